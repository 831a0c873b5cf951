"""The texts that an XLSX workbook's cells share, kept close together: millions of them fit into memory."""

import re
from array import array

from ingest.errors import TooLarge
from ingest.readers.archive import Archive, Parser, local
from ingest.readers.limits import Limits

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


class Texts:
    """Texts by their number. One that is not there reads as "#REF!", as its program would say."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("L", [0])

    def add(self, text: str) -> None:
        """Add the next text."""
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))

    def __len__(self) -> int:
        return len(self._bytes)

    def __call__(self, number: str) -> str:
        """The text with this number, from 0."""
        try:
            place = int(number)
            if place < 0:
                return "#REF!"
            said = self._bytes[self._ends[place] : self._ends[place + 1]]
        except (ValueError, IndexError, OverflowError):
            return "#REF!"
        return said.decode("utf-8", "surrogatepass")


def shared_texts(archive: Archive, part: str, limits: Limits) -> Texts:
    """All shared texts of a workbook. Raises TooLarge, TruncatedFile, UnsafeWorkbook."""
    texts, said = Texts(), list[str]()
    spoken = False  # inside a reading aid, which is no part of the text

    def start(name: str, _about: dict[str, str]) -> None:
        nonlocal spoken
        element = local(name)
        if element == "si":
            said.clear()
        elif element == "rPh":
            spoken = True
        elif element == "t" and not spoken:
            parser.gather(said)

    def end(name: str) -> None:
        nonlocal spoken
        element = local(name)
        if element == "t":
            parser.gather(None)
        elif element == "rPh":
            spoken = False
        elif element == "si":
            texts.add(plain("".join(said)))

    parser = Parser(start, end)
    if part in archive:
        for piece in archive.pieces(part):
            parser.feed(piece)
            if len(texts) > limits.texts_bytes:
                raise TooLarge(limit=limits.texts_bytes)
        parser.feed(b"", True)
    return texts


def plain(text: str) -> str:
    """A text without the escapes that XLSX writes for control characters (_x000D_)."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
