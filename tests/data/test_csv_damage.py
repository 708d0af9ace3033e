"""CSV files that cannot be read: refused with the file's name, the line and a reason."""

import gzip
import io

import pyarrow
import pyarrow.parquet
import pytest

from deltarule.data import NUMBER, TEXT, read_csv
from deltarule.errors import DataError

reported = {
    "line": "pyarrow says no line; part 5 replaces the reader",
}


def xfail(reason):
    return pytest.mark.xfail(strict=True, reason=reported[reason])


def as_parquet(columns):
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), buffer)
    return buffer.getvalue()


class Endless(io.RawIOBase):
    """A file that begins in some way and then repeats itself for ever."""

    def __init__(self, beginning, repeated):
        self.beginning, self.repeated, self.given = beginning, repeated, 0

    def readable(self):
        return True

    def readinto(self, buffer):
        start, self.beginning = self.beginning[: len(buffer)], self.beginning[len(buffer) :]
        content = start + self.repeated * (len(buffer) // len(self.repeated) + 1)
        buffer[:] = content[: len(buffer)]
        self.given += len(buffer)
        assert self.given < 100_000_000, "it would be read until memory is full"
        return len(buffer)


@pytest.fixture
def refuse(tmp_path):
    """Return the message of the error that reading some bytes raises."""

    def message(content, **kinds):
        path = tmp_path / "table.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(DataError) as caught:
            read_csv(path, kinds=kinds)
        assert str(path) in str(caught.value)
        return str(caught.value).replace(str(path), "FILE")

    return message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "Empty"),
        ("\n\n", "Empty"),
        ("\ufeff", "Empty"),
        ("a,b\n1,2\n3\n", "Expected 2 columns, got 1"),
        ("a,b\n1,2\n3,4,5\n", "Expected 2 columns, got 3"),
        ('a,b\n"x,1\ny,2\n', "Expected 2 columns"),
        ("a,a\n1,2\n", "more than one column named 'a'"),
        ("a,b,a,b\n1,2,3,4\n", "more than one column named 'a', 'b'"),
        (",\n1,2\n", "more than one column named ''"),
    ],
    ids=[
        "empty file",
        "newlines only",
        "byte order mark only",
        "a short row",
        "a long row",
        "an unclosed quote",
        "a name twice",
        "two names twice",
        "no name twice",
    ],
)
def test_is_refused(refuse, content, words):
    assert words in refuse(content)


@xfail("line")
@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a,b\n1,2\n3\n", 3),
        ("a,b\n" + "1,2\n" * 50_000 + "3\n", 50_002),
        ('a,b\n"x\ny",2\n3\n', 4),
        ("a,b\r\n1,2\r\n\r\n3,4,5\r\n", 4),
    ],
    ids=["near", "far", "after a newline in quotes", "after a blank line"],
)
def test_a_ragged_row_is_named_by_its_line(refuse, content, line):
    assert f"line {line}" in refuse(content)


def test_text_in_a_column_of_numbers_is_named(refuse):
    """A file that is read like another, where training had numbers."""
    assert "'x1'" in refuse("a,b\n1,2\nx1,3\n", a=NUMBER)


@pytest.mark.xfail(strict=True, reason="pyarrow says no line; part 5 replaces the reader")
def test_text_in_a_column_of_numbers_is_named_by_column_and_line(refuse):
    message = refuse("a,price\n1,2\n2,x1\n", price=NUMBER)
    assert "'price'" in message
    assert "line 3" in message


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        pytest.param("a,é\n1,2\n", {}, id="in a name"),
        pytest.param("a,b\n1,é\n", {}, id="in a cell"),
        pytest.param("a,b\n1,é\n", {"b": TEXT}, id="in a cell of text"),
    ],
)
def test_latin_1_is_refused(refuse, content, kinds):
    assert "UTF8" in refuse(content.encode("latin-1"), **kinds).replace("-", "").upper()


@xfail("line")
def test_latin_1_is_named_by_its_line(refuse):
    assert "line 3" in refuse("a,b\n1,x\n2,é\n".encode("latin-1"))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("a,b\n1,2\n".encode("utf-16"), id="UTF-16"),
        pytest.param(bytes(range(256)) * 40, id="every byte"),
        pytest.param(gzip.compress(b"a,b\n1,2\n", mtime=0), id="gzip"),
        pytest.param(as_parquet({"a": [1, 2], "b": ["x", "y"]}), id="parquet"),
    ],
)
def test_other_formats_are_refused(refuse, content):
    refuse(content)


@pytest.mark.parametrize(
    ("beginning", "repeated"),
    [(b"a,b\n1,", b"x"), (b"", b"n"), (b"a,b\n", b"1,")],
    ids=["cell", "name", "row"],
)
def test_one_endless_line_is_refused_before_it_fills_the_memory(beginning, repeated):
    with pytest.raises(DataError):
        read_csv(Endless(beginning, repeated))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("a,b\n1," + "x" * 2_000_000 + "\n2,y\n", id="cell"),
        pytest.param("n" * 2_000_000 + ",b\n1,2\n", id="name"),
    ],
)
@pytest.mark.xfail(strict=True, reason="pyarrow's own words; part 5 replaces the reader")
def test_a_line_that_is_too_long_is_named_in_words_for_a_user(refuse, content):
    """It says how long a line may be, and which one is longer."""
    message = refuse(content)
    assert "line" in message
    assert "straddling" not in message


def test_what_cannot_be_opened_is_an_os_error(tmp_path):
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(OSError, match=str(path)):
            read_csv(path)


def test_the_file_is_closed_whatever_happens(tmp_path):
    """A file left open is a ResourceWarning, and those are errors here."""
    path = tmp_path / "table.csv"
    for content in (b"a,b\n1,2\n", b"a,b\n1\n"):
        path.write_bytes(content)
        file = path.open("rb")
        try:
            read_csv(file)
        except DataError:
            assert content == b"a,b\n1\n"
        assert file.closed
