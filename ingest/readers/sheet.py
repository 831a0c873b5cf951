"""What a workbook's sheets look like to whoever reads a table from them."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

Numbered = tuple[int, list[str]]
"""A row as (its number in the sheet from 1, its cells from the sheet's first column on)."""


class Area(NamedTuple):
    """Merged cells: rows and columns from 1, all inclusive."""

    top: int
    left: int
    bottom: int
    right: int


class About(NamedTuple):
    """A sheet's name, and whether its program shows it."""

    name: str
    visible: bool


class Workbook(Protocol):
    """An opened workbook of any format. Only worksheets are named, in their order."""

    kind: str
    sheets: list[About]

    def blocks(self, name: str) -> Iterator[list[Numbered]]:
        """The sheet's rows that hold anything, some at a time (some may be none)."""
        ...

    def merged(self, name: str) -> list[Area]:
        """The sheet's merged areas."""
        ...
