"""Which encoding a text is in: by validity, and by how common the characters are that it would hold.

Short Chinese headers are valid in several encodings at once. Read in the wrong one they become rare
characters: most of what anybody writes stands in the first level of GB 2312 or of Big5, and what headers,
surnames and places are written with is known.
"""

import codecs
from functools import cache

from ingest.readers.known import typical_characters

ENCODINGS = ("utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be")
"""What a partner may choose; gb18030 holds GBK and GB2312, big5hkscs holds Big5."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ALSO = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs",
         "utf8": "utf-8", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}  # fmt: skip
_SIGNS = frozenset("，。、：；（）“”‘’《》·！？【】—…￥％　〇①②③") | frozenset(
    map(chr, range(0xFF10, 0xFF5B))
)
_SAMPLE = 16 * 1024
_ENOUGH = 3  # so many characters of three bytes each do not come out as UTF-8 by chance
_COMMON = 1.5
_PLAIN = frozenset(range(0x20, 0x7F)) | {9, 10, 13}


def marked(head: bytes) -> str:
    """The encoding that a byte-order mark at the beginning names; "" without one."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), "")


def chosen(name: str) -> str:
    """The codec for an encoding that somebody chose; "" for one that is not offered."""
    name = name.strip().lower().replace("_", "-")
    name = _ALSO.get(name, name)
    return name if name in (*ENCODINGS, "utf-8-sig", "utf-16") else ""


def wide(head: bytes) -> str:
    """utf-16-le or utf-16-be where the bytes read as text in it, though no mark says so; else ""."""
    if b"\0" not in head:
        return ""
    whole = head[: len(head) // 2 * 2][:_SAMPLE]
    return max(
        (name for name in ("utf-16-le", "utf-16-be") if _readable(whole, name) > 0.9),
        key=lambda name: _readable(whole, name),
        default="",
    )


def _readable(data: bytes, name: str) -> float:
    text = codecs.getincrementaldecoder(name)("replace").decode(data)
    if not any(mark in text for mark in "\n\r\t,;|"):
        return 0.0
    good = sum(1 for letter in text if ord(letter) in _PLAIN or _usual(letter) > 0)
    return good / len(text)


def told_apart(sample: bytes) -> str:
    """utf-8, gb18030 or big5hkscs, whichever makes the most of bytes that are not all ASCII; "" for none."""
    sample = sample[:_SAMPLE]
    if _begins_as_utf_8(sample) and not _by_chance(sample):
        return "utf-8"
    ranked = {name: usualness(sample, name) for name in ("gb18030", "big5hkscs")}
    best = max(ranked, key=lambda name: ranked[name])
    return best if ranked[best] >= 0 else ""


def _begins_as_utf_8(sample: bytes) -> bool:
    """Whether it is UTF-8, at least up to a place where it is damaged or another encoding sets in."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError as error:
        good = [letter for letter in sample[: error.start].decode() if letter > "\x7f"]
        return len(good) >= _ENOUGH and sum(map(_usual, good)) / len(good) >= 1
    return True


def _by_chance(sample: bytes) -> bool:
    """Whether words of GB18030 happen to be UTF-8: letters of other alphabets there, common words here."""
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample)
    return max(text, default="\uffff") < "\u0800" and usualness(sample, "gb18030") >= _COMMON


def usualness(data: bytes, name: str) -> float:
    """How usual the characters are that these bytes would be, from -4 (nothing can be read) to 2."""
    text = codecs.getincrementaldecoder(name)("replace").decode(data)
    letters = [letter for letter in text if letter > "\x7f"]
    first_level = _first_level(name)
    return sum(_usual(letter, first_level) for letter in letters) / max(1, len(letters))


def _usual(letter: str, first_level: frozenset[str] | None = None) -> int:
    if letter in typical_characters():
        return 2
    if letter in _SIGNS:
        return 1
    if "\u4e00" <= letter <= "\u9fff":
        return 1 if first_level is None or letter in first_level else 0
    return -4 if letter == "\ufffd" else -1


@cache
def _first_level(name: str) -> frozenset[str]:
    """The commonest characters of a double-byte set, as its makers sorted them."""
    first, last = (0xB0, 0xD7) if name == "gb18030" else (0xA4, 0xC6)
    pairs = (bytes((lead, trail)) for lead in range(first, last + 1) for trail in range(0x40, 0xFF))
    codec = "gb2312" if name == "gb18030" else "big5"
    return frozenset(pair.decode(codec, "ignore") for pair in pairs) - {""}
