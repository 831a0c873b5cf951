"""What merged cells mean: a community's name merged down beside forty people is the community of each."""

from ingest.readers.sheet import Area


class Merging:
    """Gives the rows of merged areas the value that stands in the first of them.

    Areas that begin in the header or above it belong to titles. Across columns a merged value stays in its
    first column: the others belong to other fields. `areas` may still grow, in the order of their first rows.
    """

    def __init__(self, areas: list[Area]) -> None:
        areas.sort()
        self._areas = areas
        self._next = 0
        self._open: dict[int, tuple[str, int]] = {}

    def fill(self, row: int, cells: list[str]) -> None:
        """Complete the cells of the next row (numbered as in the sheet)."""
        for column, (value, bottom) in list(self._open.items()):
            if row > bottom:
                del self._open[column]
            elif column > len(cells):
                cells += [""] * (column - 1 - len(cells))
                cells.append(value)
            elif not cells[column - 1]:
                cells[column - 1] = value
        while self._next < len(self._areas) and self._areas[self._next].top <= row:
            area = self._areas[self._next]
            self._next += 1
            if area.top == row and area.bottom > row and area.left <= len(cells) and cells[area.left - 1]:
                self._open[area.left] = (cells[area.left - 1], area.bottom)
