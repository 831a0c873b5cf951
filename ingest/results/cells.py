"""Cells as they may stand in a file that somebody opens in a spreadsheet program."""

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet might take it for a formula.

    Readers take that apostrophe away again. A text guarded as ="0123" is guarded as '0123 instead.
    """
    if not cell.startswith(_DANGEROUS):
        return cell
    guarded = cell.startswith('="') and cell.endswith('"') and len(cell) > 3 and '"' not in cell[2:-1]
    return "'" + (cell[2:-1] if guarded else cell)
