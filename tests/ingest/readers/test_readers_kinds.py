"""What is no table says what it is, whatever its name."""

import io
import zipfile

import pytest

from ingest.errors import (
    JsonArray,
    PackedFile,
    Picture,
    ProtectedWorkbook,
    TextDocument,
    TruncatedFile,
    UnknownFormat,
    WebPage,
)
from ingest.readers import read


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            packed.writestr(name, "<x/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("head", "error"),
    [
        (b"%PDF-1.7\n", TextDocument),
        (b"{\\rtf1", TextDocument),
        (b"\x89PNG\r\n\x1a\n", Picture),
        (b"\xff\xd8\xff\xe0", Picture),
        (b"\x1f\x8b\x08\x00", PackedFile),
        (b"Rar!\x1a\x07", PackedFile),
        (b"<html><table>", WebPage),
        ("<html><table>".encode("utf-16"), WebPage),
        (b"\xef\xbb\xbf<!DOCTYPE html>", WebPage),
        (b"<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?>", WebPage),
        (b"SQLite format 3\0", UnknownFormat),
        (b'[{"name": 1}]', JsonArray),
    ],
)
@pytest.mark.parametrize("name", ["wages.xls", "wages.xlsx", "wages.csv"])
def test_wrong_kind_of_file_with_the_right_name_says_what_it_is(head, error, name):
    with pytest.raises(UnknownFormat) as caught:
        read(io.BytesIO(head + b"a,b\n1,2\n" * 20), filename=name, content_type="text/csv")
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("names", "error"),
    [
        (["word/document.xml", "[Content_Types].xml"], TextDocument),
        (["ppt/presentation.xml"], TextDocument),
        (["wages.csv"], PackedFile),
        (["wages.xlsx", "more.xlsx"], PackedFile),
    ],
)
def test_archive_that_is_no_workbook_says_what_it_is(names, error):
    with pytest.raises(UnknownFormat) as caught:
        read(io.BytesIO(archive(*names)), filename="wages.xlsx")
    assert type(caught.value) is error


def test_archive_with_a_password_is_named():
    data = bytearray(archive("xl/workbook.xml"))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flags] |= 1
    with pytest.raises(ProtectedWorkbook):
        read(io.BytesIO(bytes(data)))


def test_container_of_zeros_is_truncated():
    with pytest.raises(TruncatedFile):
        read(io.BytesIO(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 512))
