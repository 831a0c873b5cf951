"""Short notes about a file: its name, the headers of its table, what was wrong with it."""

import json
from typing import Any
from uuid import UUID

from registry import keys
from registry.vault import Place, open_sealed, seal

_NOBODY = UUID(int=0)


def seal_note(*, owner: UUID, field: str, note: Any) -> bytes:
    """A short JSON value, sealed to a field of its owner's row."""
    text = json.dumps(note, ensure_ascii=False, separators=(",", ":")).encode()
    return seal(keys.system_data_key("staging"), text, _place(owner, field))


def open_note(*, owner: UUID, field: str, sealed: bytes) -> Any:
    """The value that `seal_note` sealed. Raises SealBroken."""
    return json.loads(open_sealed(keys.system_data_key("staging"), sealed, _place(owner, field)))


def _place(owner: UUID, field: str) -> Place:
    return Place("staging_note", owner, _NOBODY, field)
