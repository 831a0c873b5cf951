"""Encodings are found by themselves, in both scripts, from very little text; damage has its line."""

import io
from collections.abc import Iterator

import opencc
import pytest

from ingest.errors import EncodingBroken, UnknownEncoding
from ingest.readers import Choices, Limits, Row, read
from ingest.readers.encodings import told_apart
from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, RECORD_TYPES
from registry.demo.city import city, surnames

TRADITIONAL = opencc.OpenCC("s2t").convert
TEXT = "姓名,身份证号,月份\n张伟,11010519491231002X,2026-03\n王芳,440524188001010014,2026-04\n"
ROWS = [
    Row(1, ["张伟", "11010519491231002X", "2026-03"]),
    Row(2, ["王芳", "440524188001010014", "2026-04"]),
]


def table_of(data: bytes, encoding: str = ""):
    return read(io.BytesIO(data), limits=Limits(), choices=Choices(encoding=encoding))


def headers() -> Iterator[str]:
    """Every Chinese header that the catalogue knows."""
    records = [field for record_type in RECORD_TYPES.values() for field in record_type.fields.values()]
    for field in (*records, *IDENTITY_FIELDS.values(), *CONSENT_FIELDS.values()):
        yield from (name for name in (field.zh, *field.also) if not name.isascii())


def people() -> Iterator[str]:
    """Names as they occur in the demo's city: every surname beside some thirty given names."""
    given = [letter for letter in str(city()["given"]) if "\u4e00" <= letter <= "\u9fff"]
    for place, surname in enumerate(surnames()[0]):
        for step in range(30):
            first, second = (
                given[(place * 7 + step) % len(given)],
                given[(place * 13 + step * 5) % len(given)],
            )
            yield surname + first + second


def wrongly_told(texts: Iterator[str], codec: str) -> list[str]:
    """Texts that are taken for another encoding when they are written in this one, if they can be."""
    return [text for text in texts if (data := encoded(text, codec)) and told_apart(data) != codec]


def encoded(text: str, codec: str) -> bytes:
    try:
        return text.encode(codec)
    except UnicodeError:
        return b""


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_every_single_header_in_simplified_characters_tells_its_encoding(codec):
    assert wrongly_told(headers(), codec) == []


@pytest.mark.parametrize("codec", ["utf-8", "big5hkscs"])
def test_every_single_header_in_traditional_characters_tells_its_encoding(codec):
    assert wrongly_told(map(TRADITIONAL, headers()), codec) == []


@pytest.mark.parametrize(("codec", "script"), [("utf-8", str), ("gb18030", str), ("big5hkscs", TRADITIONAL)])
def test_three_names_tell_their_encoding(codec, script):
    names = list(people())
    files = ["\n".join(f"{name},2026-03" for name in names[at : at + 3]) for at in range(0, len(names), 3)]
    assert len(files) > 500
    assert wrongly_told(map(script, files), codec) == []


@pytest.mark.parametrize(
    ("codec", "named"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("gbk", "gb18030"),
     ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be")],
)  # fmt: skip
def test_encoding_is_found_by_itself(codec, named):
    table = table_of(TEXT.encode(codec))
    assert (table.encoding, table.columns, list(table.rows)) == (named, ["姓名", "身份证号", "月份"], ROWS)


@pytest.mark.parametrize("codec", ["big5", "cp950", "big5hkscs"])
def test_big5_is_found_by_itself(codec):
    table = table_of(TRADITIONAL(TEXT).encode(codec))
    assert (table.encoding, table.columns) == ("big5hkscs", ["姓名", "身份證號", "月份"])
    assert [row.cells[0] for row in table.rows] == ["張偉", "王芳"]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
def test_ndjson_in_every_encoding(codec):
    table = table_of('{"姓名": "张伟", "月份": "2026-03"}\n'.encode(codec))
    assert (table.kind, table.encoding, list(table.rows)) == ("ndjson", codec, [Row(1, ["张伟", "2026-03"])])


def test_english_file_with_one_chinese_name_far_down_in_big5():
    table = table_of(b"name,month\n" + b"Wang,2026-03\n" * 9_000 + "黃志明,2026-03\n".encode("big5"))
    assert (list(table.rows)[-1].cells[0], table.encoding) == ("黃志明", "big5hkscs")


def test_chosen_encoding_is_obeyed():
    data = "姓名,月份\n水,2026-03\n".encode("gb18030")
    assert table_of(data, "gbk").columns == ["姓名", "月份"]
    assert table_of(data, "Big5").columns != ["姓名", "月份"]


def test_encoding_that_is_not_offered_is_refused():
    with pytest.raises(UnknownEncoding):
        table_of(TEXT.encode(), "ebcdic")


@pytest.mark.parametrize("rows", [1, 20_000])
def test_encoding_that_changes_midway_is_named_with_its_line(rows):
    data = ("姓名,月份\n" + "张伟,2026-03\n" * rows).encode() + "王芳,2026-03\n".encode("gb18030")
    with pytest.raises(EncodingBroken) as caught:
        list(table_of(data).rows)
    assert caught.value.context == {"encoding": "utf-8", "line": rows + 2}


def test_one_broken_byte_is_named_with_its_line():
    data = TEXT.encode().replace("王".encode(), b"\xe7\x8e")
    with pytest.raises(EncodingBroken) as caught:
        list(table_of(data).rows)
    assert caught.value.context == {"encoding": "utf-8", "line": 3}


def test_broken_byte_in_gb18030_is_named_with_its_line():
    data = ("姓名,月份\n" + "张伟,2026-03\n" * 9).encode("gb18030") + b"\xff\xff,1\n"
    with pytest.raises(EncodingBroken) as caught:
        list(table_of(data).rows)
    assert caught.value.context == {"encoding": "gb18030", "line": 11}
