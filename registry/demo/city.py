"""The invented city as data: surnames by share, given names, places, jobs, and what clerks confuse."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_SHARE = re.compile(r"([^\d\s]+)(\d+)")


@cache
def city() -> dict[str, Any]:
    """The whole of city.toml."""
    return tomllib.loads(Path(__file__).with_name("city.toml").read_text("utf-8"))


@cache
def surnames() -> tuple[list[str], list[int]]:
    """Surnames, and the share of each per thousand people."""
    found = _SHARE.findall(city()["surnames"]["common"])
    return [name for name, _ in found], [int(share) for _, share in found]


@cache
def lookalikes() -> dict[str, str]:
    """Characters, each with the one that is written for it by mistake."""
    return {pair[0]: pair[1] for pair in city()["lookalikes"]["pairs"].split()}
