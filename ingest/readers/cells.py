"""What a spreadsheet's cell says, as text: what its program shows, days and numbers in one way of writing."""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

# Beyond 15 digits a spreadsheet's numbers are no longer what was typed.
_EXACT = 10**15
_SHORT = re.compile(r"-?(?:0|[1-9]\d{0,13})(?:\.\d{1,6})?(?<!\.0)", re.ASCII)
_EPOCHS = {False: datetime.fromisoformat("1899-12-30"), True: datetime.fromisoformat("1904-01-01")}
_LAST_DAY = 2_958_466
_LOTUS_LEAP_DAY = 60  # a 29th of February 1900 that never was; before it, serials count from a day later
_DAY = 86_400
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.I)
_PLAIN_ZEROS = re.compile(r"0{2,18}")
_BUILT_IN = dict.fromkeys([14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 59)], "day")
_BUILT_IN |= dict.fromkeys([18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56], "clock")
_BUILT_IN |= {9: "percent", 10: "percent", 49: "text"}


def cell_text(value: Any) -> str:
    """A Python value of a cell as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(float(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else ""


def number_text(value: float) -> str:
    """A number: whole ones without a point, 15 significant digits at most.

    One too long for a spreadsheet is given in scientific notation, so that it is recognised as damaged.
    """
    if abs(value) >= _EXACT:
        return f"{value:.14E}" if abs(value) < 1e300 else "1E+300"
    if value != value:
        return "#NUM!"
    if value.is_integer():
        return str(int(value))
    short = f"{value:.15g}"
    return f"{value:.15f}".rstrip("0") if "e" in short else short


@lru_cache(maxsize=1024)
def form_of(code: str) -> str:
    """What a number format makes of a number: day, clock, percent, text, zeros and their count, or "".

    >>> form_of('yyyy"年"m"月"'), form_of("0000"), form_of("0.00%")
    ('day', '0000', 'percent')
    """
    plain = _QUOTED.sub("", code.partition(";")[0]).strip()
    if _PLAIN_ZEROS.fullmatch(plain):
        return plain
    lower = plain.lower()
    if lower in ("general", "", "@"):
        return "text" if lower == "@" else ""
    if any(letter in lower for letter in ("y", "d", "e")) and "e+" not in lower and "e-" not in lower:
        return "day"
    if "[" in lower or any(letter in lower for letter in ("h", "s")):
        return "clock"
    if "m" in lower:
        return "day"
    return "percent" if "%" in plain else ""


def built_in(number: int) -> str:
    """The same for a number format that spreadsheet programs know by its number."""
    return _BUILT_IN.get(number, "")


def written_number(raw: str, form: str = "", mac: bool = False) -> str:
    """A number as it stands in the file, in a form of `form_of`, as text; what is no number as it is.

    `mac` says that days count from 1904.
    """
    if not form and _SHORT.fullmatch(raw):
        return raw
    try:
        value = float(raw)
    except ValueError:
        return raw
    if form in ("day", "clock"):
        return _moment(value, form, mac)
    if form == "percent":
        return number_text(value * 100) + "%"
    if form.startswith("0") and value.is_integer() and 0 <= value < _EXACT:
        return str(int(value)).zfill(len(form))
    return number_text(value)


def _moment(serial: float, form: str, mac: bool) -> str:
    if not 0 <= serial < _LAST_DAY:
        return number_text(serial)
    if serial < 1 and form == "clock":
        return _clock(round(serial * _DAY))
    early = 1 if not mac and serial < _LOTUS_LEAP_DAY else 0
    moment = _EPOCHS[mac] + timedelta(days=int(serial) + early, seconds=round(serial % 1 * _DAY))
    return cell_text(moment)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
