"""CSV files that cannot be read: refused with the file's name, the line and a reason."""

import datetime as dt
import re

import pyarrow as pa
import pytest

from deltarule.data.sources import ReadOptions, open_source
from deltarule.errors import SettingError


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("\ufeff", "empty"),
        ('a,b\n1,"x\ny,2\n', "line 2: a quote .* never closed"),
        ('a,b\n1,x\n2,"y\n', "line 3: a quote .* never closed"),
        ("a,a\n1,2\n", "more than one column named 'a'"),
        ("a,b,a,b\n1,2,3,4\n", "more than one column named 'a', 'b'"),
        ("a,b,a\nx,y,z\n", "more than one column named 'a'"),
        (",\n1,2\n", "more than one column named ''"),
    ],
    ids=[
        "empty file",
        "newlines only",
        "byte order mark only",
        "an unclosed quote",
        "an unclosed quote in the last line",
        "a name twice",
        "two names twice",
        "a name of text twice",
        "no name twice",
    ],
)
def test_is_refused(refuse, content, words):
    assert re.search(words, refuse(content))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a,b\n1,2\n3\n", 3),
        ("a,b\n1,2\n3,4,5\n", 3),
        ("a,b\n" + "1,2\n" * 50_000 + "3\n", 50_002),
        ("a,b\n" + "1,2\n" * 1_100_000 + "3\n", 1_100_002),
        ('a,b\n"x\ny",2\n3\n', 4),
        ("a,b\r\n1,2\r\n\r\n3,4,5\r\n", 4),
        ("1,2\n3,4\n5\n", 3),
    ],
    ids=["short", "long", "far", "very far", "after quotes", "after a blank line", "no header"],
)
def test_a_ragged_row_is_named_by_its_line_and_text(refuse, content, line):
    message = refuse(content)
    assert f"FILE, line {line}: " in message
    assert repr(content.splitlines()[-1]) in message


def test_of_a_long_line_80_characters_are_shown(refuse):
    message = refuse("a,b\n1,2\n" + "x" * 1000 + "\n")
    assert repr("x" * 77 + "...") in message
    assert "x" * 78 not in message


@pytest.mark.parametrize(
    ("cell", "type_"),
    [
        ("x1", pa.float64()),
        ("x1", pa.int64()),
        ("2.5", pa.int64()),
        ("0x1F", pa.int64()),
        ("300", pa.int8()),
        ("NAN", pa.float64()),
        ("yesterday", pa.date32()),
    ],
)
@pytest.mark.parametrize("before", [1, 1_100_000], ids=["near", "far"])
def test_a_cell_of_another_type_is_named_by_column_line_and_cell(refuse, cell, type_, before):
    """A file that is read like another, where training had numbers."""
    good = "2024-01-31" if pa.types.is_date(type_) else "2"
    if before > 1 and cell != "x1":
        before = 1000
    content = "a,price\n" + f"1,{good}\n" * before + f"2,{cell}\n"
    message = refuse(content, types={"price": type_})
    assert f"FILE, line {before + 2}: column 'price' holds {cell!r}" in message


def test_dates_are_read_by_a_known_type(read):
    types = {"day": pa.timestamp("us")}
    day = dt.datetime(2024, 1, 31)
    assert read("day,b\n2024-01-31,1\nNA,2\n", types=types)["day"] == [day, None]


@pytest.mark.parametrize(
    ("content", "encoding", "line"),
    [
        ("a,b\n1,x\n2,é\n".encode("latin-1"), "utf-8", 3),
        ("a,é\n1,2\n".encode("latin-1"), "utf-8", 1),
        (b"a,b\n" + b"1,x\n" * 2_000_000 + b"2,\xff\n", "utf-8", 2_000_002),
        (b"a,b\n1,\x81\n", "cp1252", 2),
        ("a,b\n1,é\n".encode(), "ascii", 2),
        (b"\xff\xfea\0,\0b\0\n\0" + b"1\0,\0\x00\xd8\n\0", None, 2),
    ],
)
def test_bytes_of_another_encoding_are_named_by_their_line(refuse, content, encoding, line):
    message = refuse(content, encoding=encoding)
    assert f"FILE, line {line}: " in message
    assert "encoding" in message


@pytest.mark.parametrize(
    "content", [bytes(range(256)) * 40, b"\x7fELF\x02\x01\x01\0\xff\xfe" * 9, b"\x80\x04\0\xff"]
)
def test_what_is_no_text_is_refused(refuse, content):
    assert "neither text nor in a format that is known" in refuse(content)


@pytest.mark.parametrize(
    ("magic", "what"),
    [
        (b"\x93NUMPY\x01\0", "NumPy"),
        (b"\x89HDF\r\n", "HDF5"),
        (b"SQLite format 3\0", "SQLite"),
        (b"\xd0\xcf\x11\xe0\xa1", "Excel"),
        (b"ORC\0\x01", "ORC"),
        (b"Obj\x01\x02", "Avro"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x80\x05\x95\x10\0", "pickle"),
    ],
)
def test_other_formats_are_refused_by_name(refuse, magic, what):
    assert what in refuse(magic + b"\xff" * 100)


def test_a_column_may_be_named_like_another_format(read):
    assert read("ORC,b\n1,2\n") == {"ORC": [1], "b": [2]}


def test_a_line_that_is_too_long_is_named(refuse):
    assert "FILE, line 3: this line is longer than 16 MB" in refuse(
        b"a,b\n1,2\n3," + b"x" * 25_000_000 + b"\n4,5\n"
    )


def test_the_file_is_closed_whatever_happens(write):
    """A file left open is a ResourceWarning, and those are errors here."""
    source = open_source(write("a,b\n" + "1,2\n" * 200_000))
    batches = source.batches()
    next(batches)
    del batches


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", "xlsx"),
        ("compression", "rar"),
        ("decimal", ";"),
        ("delimiter", ""),
        ("delimiter", "ab"),
        ("delimiter", "§"),
        ("delimiter", "\n"),
        ("quote", "''"),
        ("encoding", "klingon"),
        ("encoding", "hex"),
        ("missing", "?"),
    ],
)
def test_options_that_no_file_can_be_read_with_are_refused(name, value):
    with pytest.raises(SettingError, match=name):
        ReadOptions(**{name: value})


def test_one_character_cannot_be_delimiter_and_quote():
    with pytest.raises(SettingError, match="both"):
        ReadOptions(delimiter=";", quote=";")
