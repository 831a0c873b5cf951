"""CSV and its kin: encodings, delimiters, headers, ragged rows, quotation marks."""

import io

import pytest

from ingest.errors import (
    CellTooLong,
    DuplicateHeader,
    EmptyFile,
    HeaderMissing,
    NulBytes,
    TooLarge,
    TooManyColumns,
    TruncatedFile,
    UnknownEncoding,
    UploadError,
)
from ingest.readers import Limits, Row, read

TEXT = "姓名,身份证号,月份\n张伟,11010519491231002X,2026-03\n王芳,440524188001010014,2026-04\n"
ROWS = [
    Row(1, ["张伟", "11010519491231002X", "2026-03"]),
    Row(2, ["王芳", "440524188001010014", "2026-04"]),
]


def table_of(data: bytes | str, **limits: int):
    data = data.encode() if isinstance(data, str) else data
    return read(io.BytesIO(data), limits=Limits(**limits))


def rows_of(data: bytes | str, **limits: int) -> list[Row]:
    return list(table_of(data, **limits).rows)


@pytest.mark.parametrize(
    ("codec", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_encoding_is_found_by_itself(codec, named):
    table = table_of(TEXT.encode(codec))
    assert (table.kind, table.encoding, table.columns) == ("csv", named, ["姓名", "身份证号", "月份"])
    assert list(table.rows) == ROWS


def test_utf_16_big_endian_by_its_mark():
    assert rows_of(b"\xfe\xff" + TEXT.encode("utf-16-be")) == ROWS


def test_encoding_that_shows_late_is_found_when_it_shows():
    ascii_rows = "".join(f"Wang {n},2026-03\n" for n in range(20_000))
    table = table_of(b"name,month\n" + ascii_rows.encode() + "张伟,2026-03\n".encode("gb18030"))
    assert table.encoding == "utf-8"
    assert list(table.rows)[-1] == Row(20_001, ["张伟", "2026-03"])
    assert table.encoding == "gb18030"


@pytest.mark.parametrize("data", ["姓名,月\n".encode() + b"\xff\xff\xff,1\n", b"\x81 \xff\xff,\xff\n\xff"])
def test_unknown_encoding_is_refused(data):
    with pytest.raises(UnknownEncoding):
        rows_of(data)


@pytest.mark.parametrize("data", ["姓名,月份\n张\0伟,1\n".encode(), b"name,month\nWang\0,1\n"])
def test_nul_bytes_are_refused(data):
    with pytest.raises(NulBytes):
        rows_of(data)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiter_is_found_by_itself(mark):
    table = table_of(TEXT.replace(",", mark))
    assert table.delimiter == mark
    assert list(table.rows) == ROWS


def test_delimiter_of_a_table_with_commas_in_its_cells():
    table = table_of("name;amount\nWang, Fang;1,5\nLi, Na;2,5\n")
    assert (table.delimiter, table.columns) == (";", ["name", "amount"])


def test_hint_decides_where_the_text_does_not():
    assert read(io.BytesIO(b"name\nWang\n"), filename="people.TSV").delimiter == "\t"
    assert read(io.BytesIO(b"name\nWang\n"), content_type="text/csv").delimiter == ","


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending(ending):
    assert rows_of(TEXT.replace("\n", ending)) == ROWS


def test_last_line_without_an_ending():
    assert rows_of(TEXT.rstrip("\n")) == ROWS


def test_line_break_inside_a_quoted_cell():
    assert rows_of('name,address\n"Wang","1 Road\r\nTown"\n"Li, Na","say ""hi"""\n') == [
        Row(1, ["Wang", "1 Road\nTown"]),
        Row(2, ["Li, Na", 'say "hi"']),
    ]


@pytest.mark.parametrize("data", [b"", b"\n\n  \n", b"\xef\xbb\xbf", b" ", ",,,\n,,\n", "\ufeff\n\n"])
def test_empty_file(data):
    with pytest.raises(EmptyFile):
        rows_of(data)


def test_header_without_rows_is_empty():
    with pytest.raises(EmptyFile):
        rows_of("姓名,月份\n\n,\n")


def test_ragged_rows_are_faults_and_the_file_goes_on():
    assert rows_of("a,b\n1,2,3\n1\n5,6\n7,8,,\n") == [
        Row(1, [], "ragged_row"),
        Row(2, [], "ragged_row"),
        Row(3, ["5", "6"]),
        Row(4, ["7", "8"]),
    ]


def test_blank_rows_are_left_out_and_still_counted():
    assert rows_of("a,b\n\n1,2\n , \n3,4\n") == [Row(2, ["1", "2"]), Row(4, ["3", "4"])]


def test_title_above_the_header_is_passed_over():
    table = table_of("某公司2026年3月工资表,,\n\n姓名,月份,应发工资\n张伟,2026-03,1\n")
    assert (table.columns, table.header_row) == (["姓名", "月份", "应发工资"], 3)
    assert list(table.rows) == [Row(1, ["张伟", "2026-03", "1"])]


def test_table_of_one_column():
    assert rows_of("姓名\n张伟\n") == [Row(1, ["张伟"])]


@pytest.mark.parametrize(
    "data",
    [
        "张伟,11010519491231002X,2026-03\n王芳,440524188001010014,2026-04\n",
        "张伟,13800138000\n",
        "1,2,3\n4,5,6\n",
        "2026-03,8650.00,x\n2026-04,1,y\n",
    ],
)
def test_file_without_a_header_is_refused_before_its_data_are_taken_for_names(data):
    with pytest.raises(HeaderMissing) as caught:
        rows_of(data)
    assert caught.value.context == {}


def test_duplicate_header_names_the_column():
    with pytest.raises(DuplicateHeader) as caught:
        rows_of("姓名,月份, 姓名 \n1,2,3\n")
    assert caught.value.context == {"column": "姓名", "positions": [1, 3]}


def test_unnamed_columns_do_not_count_as_duplicates():
    assert table_of("a,,b,,\n1,2,3,,\n").columns == ["a", "", "b"]


def test_too_many_columns():
    with pytest.raises(TooManyColumns):
        rows_of(",".join(f"c{n}" for n in range(501)) + "\n")


def test_a_million_columns_are_refused_without_reading_them_all():
    data = io.BytesIO(b",".join(b"c%d" % n for n in range(1_000_000)))
    with pytest.raises(TooManyColumns):
        read(data)
    assert data.tell() < 3_000_000


def test_line_without_an_end_is_refused():
    with pytest.raises(CellTooLong):
        rows_of("a,b\n" + "x" * 300_000, line_chars=100_000)


def test_long_cell_is_a_fault_of_its_row():
    assert rows_of("a,b\n" + "x" * 20 + ",1\n1,2\n", cell_chars=10) == [
        Row(1, [], "row_cell_too_long"),
        Row(2, ["1", "2"]),
    ]


def test_cell_beyond_all_bounds_ends_the_file():
    with pytest.raises(CellTooLong):
        rows_of("a,b\n" + "x" * 140_000 + ",1\n")


def test_file_that_ends_inside_a_quoted_cell_is_truncated():
    with pytest.raises(TruncatedFile):
        rows_of('a,b\n1,2\n3,"four')


def test_file_that_ends_inside_a_character_is_truncated():
    with pytest.raises(TruncatedFile):
        rows_of("姓名,月份\n张伟,三月".encode()[:-1])


def test_stray_quotation_mark_costs_only_its_own_row():
    data = 'a,b\n1,2\n"3,4\n5,6\n7,"8"\n"9"x,10\n11,12\n'
    assert rows_of(data) == [
        Row(1, ["1", "2"]),
        Row(2, [], "quote_damaged"),
        Row(3, ["5", "6"]),
        Row(4, ["7", "8"]),
        Row(5, [], "quote_damaged"),
        Row(6, ["11", "12"]),
    ]


def test_unclosed_quotation_mark_before_many_rows_loses_none_of_them():
    data = 'a,b\n"1,2\n' + "".join(f"{n},{n}\n" for n in range(50_000))
    rows = rows_of(data)
    assert rows[0] == Row(1, [], "quote_damaged")
    assert len(rows) == 50_001
    assert rows[-1] == Row(50_001, ["49999", "49999"])


def test_formula_stays_text():
    assert rows_of("a,b\n=cmd|'/C calc'!A0,+1\n") == [Row(1, ["=cmd|'/C calc'!A0", "+1"])]


def test_too_many_bytes_or_rows():
    with pytest.raises(TooLarge):
        rows_of(TEXT, bytes=50)
    with pytest.raises(TooLarge):
        rows_of(TEXT, rows=1)


def test_rows_are_read_as_they_are_walked():
    stream = io.BytesIO(b"a,b\n" + b"1,2\n" * 1_000_000)
    rows = read(stream).rows
    assert next(rows) == Row(1, ["1", "2"])
    assert stream.tell() < 200_000


def test_stream_that_gives_little_at_a_time():
    class Drops(io.RawIOBase):
        """Gives seven bytes at a time and cannot be searched."""

        def __init__(self, data: bytes) -> None:
            self.data = io.BytesIO(data)

        def read(self, size: int = -1) -> bytes:
            return self.data.read(min(7, size) if size >= 0 else 7)

        def seekable(self) -> bool:
            return False

    assert list(read(Drops(TEXT.encode("gb18030"))).rows) == ROWS


def test_error_of_a_file_says_what_to_do():
    with pytest.raises(UploadError) as caught:
        rows_of(b"")
    assert (caught.value.code, caught.value.status) == ("empty_file", 422)
    assert caught.value.cure
