"""How partners' files put things: headers and words beside our own, from `synonyms.toml`."""

import tomllib
from importlib import resources

_SAID: dict[str, dict[str, dict[str, list[str]]]] = tomllib.loads(
    (resources.files("registry.catalogue") / "synonyms.toml").read_text(encoding="utf-8")
)


def headers(section: str, field: str) -> tuple[str, ...]:
    """Other headers in use for a field of a record type, of the identity or of the consent."""
    return tuple(_SAID["headers"].get(section, {}).get(field, ()))


def words(vocabulary: str, code: str) -> tuple[str, ...]:
    """Other ways to say one word of a vocabulary."""
    return tuple(_SAID["words"].get(vocabulary, {}).get(code, ()))
