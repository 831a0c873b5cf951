"""Values of JSON records that come without a file, as the cells of a row."""

import re
from typing import Any

# No database keeps a NUL or half of a surrogate pair.
_UNFIT = re.compile("[\0\ud800-\udfff]")


def text_of(value: Any) -> str | None:
    """A JSON value, numbers kept as they were written, as a cell says it; None for what no cell can hold."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = ",".join(value)
    return value if isinstance(value, str) and not _UNFIT.search(value) else None
