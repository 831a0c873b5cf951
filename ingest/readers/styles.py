"""How an XLSX workbook shows its numbers: as days, times of day, percentages, with leading zeros."""

from ingest.readers.archive import Archive, Parser, local
from ingest.readers.cells import built_in, form_of

_SMALL = 16 * 1024**2


def forms_of(archive: Archive, part: str) -> dict[str, str]:
    """The form (of `form_of`) for each style's number, as cells name it; plain styles are left out.

    Raises TruncatedFile, TooLarge, UnsafeWorkbook.
    """
    formats: dict[str, str] = {}
    forms: dict[str, str] = {}
    inside = False
    count = 0

    def start(name: str, about: dict[str, str]) -> None:
        nonlocal inside, count
        element = local(name)
        if element == "numFmt":
            formats[about.get("numFmtId", "")] = form_of(about.get("formatCode", "")[:200])
        elif element == "cellXfs":
            inside = True
        elif element == "xf" and inside:
            number = about.get("numFmtId", "0")
            form = formats[number] if number in formats else built_in(int(number) if number.isdigit() else 0)
            if form and form != "text":
                forms[str(count)] = form
            count += 1

    def end(name: str) -> None:
        nonlocal inside
        if local(name) == "cellXfs":
            inside = False

    if part in archive:
        Parser(start, end).feed(archive.whole(part, _SMALL), True)
    return forms
