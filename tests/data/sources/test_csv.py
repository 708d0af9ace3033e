"""CSV files as they come, read right: row 40 of the contract."""

import codecs

import pyarrow as pa
import pytest

from deltarule.data.sources import BATCH_ROWS, ReadOptions, open_source, text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("\ufeffa,b\n1,2\n", {"a": [1], "b": [2]}, id="byte order mark"),
        pytest.param("a,b\r\n1,x\r\n", {"a": [1], "b": ["x"]}, id="CRLF"),
        pytest.param("a,b\r1,x\r2,y\r", {"a": [1, 2], "b": ["x", "y"]}, id="CR"),
        pytest.param("\ufeffa,b\r\n1,x\r\n", {"a": [1], "b": ["x"]}, id="both"),
        pytest.param("a,b\n1,x", {"a": [1], "b": ["x"]}, id="no newline at the end"),
        pytest.param("a,b\r\n1,x\r", {"a": [1], "b": ["x"]}, id="half a newline at the end"),
        pytest.param('a,b\n"x\ny",1\n', {"a": ["x\ny"], "b": [1]}, id="newline in quotes"),
        pytest.param('a,b\n"x\r\n",1\n', {"a": ["x\r\n"], "b": [1]}, id="CRLF in quotes"),
        pytest.param('a,b\n"x, y",1\n', {"a": ["x, y"], "b": [1]}, id="comma in quotes"),
        pytest.param('a,b\n"say ""hi""",1\n', {"a": ['say "hi"'], "b": [1]}, id="doubled quotes"),
        pytest.param('a,b\n"x"y,1\n', {"a": ["xy"], "b": [1]}, id="text after a quote"),
        pytest.param('a,b\n5" pipe,1\n', {"a": ['5" pipe'], "b": [1]}, id="quote inside text"),
        pytest.param('"a,""x""\nz",b\n1,2\n', {'a,"x"\nz': [1], "b": [2]}, id="quotes in a name"),
        pytest.param("größe,💩\n1,ü\n", {"größe": [1], "💩": ["ü"]}, id="unicode and emoji"),
        pytest.param(",b\n1,2\n", {"": [1], "b": [2]}, id="a column without a name"),
        pytest.param("a,b\n1,2\n\n\n3,4\n", {"a": [1, 3], "b": [2, 4]}, id="blank lines"),
        pytest.param("\n\na,b\n1,2\n\n", {"a": [1], "b": [2]}, id="blank lines around"),
        pytest.param("a,b\n1,x\0y\n", {"a": [1], "b": ["x\0y"]}, id="NUL in text"),
        pytest.param("a\n1\n2\n", {"a": [1, 2]}, id="one column"),
        pytest.param("a,b\n", {"a": [], "b": []}, id="header only"),
        pytest.param("a,b", {"a": [], "b": []}, id="header only, without a newline"),
        pytest.param("0,1\nx,y\n", {"0": ["x"], "1": ["y"]}, id="names that are numbers"),
    ],
)
def test_is_read_as(read, content, expected):
    options = {"header": True} if content.startswith("0") else {}
    assert read(content, **options) == expected


@pytest.mark.parametrize("length", [10_000, 2_000_000])
def test_column_names_of_any_length(read, length):
    """Longer than the sample, too."""
    assert list(read(f"{'n' * length},b\n1,2\n")) == ["n" * length, "b"]


def test_a_cell_of_any_length(read):
    assert read(f"a,b\n1,{'x' * 5_000_000}\n2,y\n")["b"] == ["x" * 5_000_000, "y"]


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        ("a\n1\n\n2\n", [1, None, 2]),
        ("a\n\n1\n", [None, 1]),
        ("a\n1\n\n\n", [1]),
        ('a\n""\nx\n', [None, "x"]),
    ],
)
def test_an_empty_line_between_rows_of_the_only_column_is_a_missing_cell(read, content, cells):
    """Or the predictions would be fewer than the rows, and shifted."""
    assert read(content) == {"a": cells}


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", codecs.BOM_UTF8),
        ("utf-8", b""),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
    ],
)
def test_encodings_with_a_mark_are_seen(read, encoding, mark):
    assert read(mark + "a,b\n1,ü💩\n".encode(encoding)) == {"a": [1], "b": ["ü💩"]}


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "cp1250", "utf-16", "utf-8", "koi8-r"])
def test_an_encoding_can_be_named(read, encoding):
    word = "мир" if encoding == "koi8-r" else "größe"
    assert read(f"a,b\n1,{word}\n".encode(encoding), encoding=encoding)["b"] == [word]


@pytest.mark.parametrize(
    ("content", "cell", "encoding"),
    [(b"a,b\n1,\xe9\x80\n", "é€", "cp1252"), (b"a,b\n1,\xe9\x81\n", "é\x81", "latin-1")],
)
def test_old_text_is_read_and_said_to_be(read, content, cell, encoding):
    with pytest.warns(UserWarning, match=f"line 2, is not UTF-8.*read as {encoding}.*encoding"):
        assert read(content) == {"a": [1], "b": [cell]}


def test_old_text_far_down_is_seen(read):
    """Past the sample and the first chunk; what comes before is the same in both."""
    content = b"a,b\n" + b"1,x\n" * 1_500_000 + b"2,\xe9\n"
    with pytest.warns(UserWarning, match="line 1500002, is not UTF-8"):
        assert read(content)["b"][-1] == "é"


def test_a_source_can_be_gone_through_again_and_in_part(write):
    source = open_source(write("a,b,c\n1,x,2.5\n2,y,3.5\n"))
    assert source.read().to_pydict() == source.read().to_pydict()
    assert source.read(["c", "a"]).to_pydict() == {"c": [2.5, 3.5], "a": [1, 2]}
    both = zip(source.batches(["a"]), source.batches(["b"]), strict=True)
    assert [(one.num_rows, other.num_rows) for one, other in both] == [(2, 2)]


def test_batches_are_bounded_and_of_one_type(write):
    rows = BATCH_ROWS * 2 + 5
    source = open_source(write("a,b\n" + "1,x\n" * (rows - 1) + "1.5,y\n"))
    batches = list(source.batches())
    assert source.n_rows == sum(batch.num_rows for batch in batches) == rows
    assert max(batch.num_rows for batch in batches) <= BATCH_ROWS
    assert {batch.schema for batch in batches} == {source.schema}
    assert source.schema == pa.schema([("a", pa.float64()), ("b", pa.string())])


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a,b\nx,1\ny,2\nz,3\n", 4),
        ("x,1\ny,2\nz,3\n", 3),
        ('a,b\n"x\nx",1\n\ny,2\nz,3\n', 6),
        ("\r\na,b\r\nx,1\r\ny,2\r\nz,3\r\n", 5),
        ("\ra,b\rx,1\ry,2\rz,3\r", 5),
    ],
)
def test_the_line_of_a_row_is_told(write, content, line):
    path = write(content)
    assert open_source(path).origin(2) == f"{path}, line {line}"


def test_the_line_of_a_row_far_down_is_told(write):
    path = write("a,b\n" + 'x,"1\n"\n' * 700_000 + "y,2\n")
    assert open_source(path).origin(700_000) == f"{path}, line 1400002"


def test_options_of_other_columns_are_ignored(write):
    options = ReadOptions(types={"absent": pa.string()})
    assert open_source(write("a,b\n1,2\n"), options).schema.names == ["a", "b"]


@pytest.mark.parametrize("size", range(1, 14))
@pytest.mark.parametrize(
    "content",
    [
        'a,b\r\n"x\r\n",1\r\n\r\n"ü💩""",2\r\ny,3\r\n',
        'a\r\n"x"\r\n\r\n"y\r\n"\r\nz\r\n\r\n',
        'a,b\r"x\r",1\r\ry,2\r',
        "a, b\n1, x\n\n2, y\n3,  z",
    ],
    ids=["CRLF", "one column", "CR", "spaced"],
)
def test_wherever_the_file_is_cut_into_chunks(write, monkeypatch, content, size):
    path = write(content)
    whole = open_source(path)
    expected = whole.read().to_pydict()
    lines = [whole.origin(row) for row in range(whole.n_rows)]
    monkeypatch.setattr(text, "CHUNK", size)
    source = open_source(path)
    assert source.read().to_pydict() == expected
    assert source.n_rows == len(lines)
    assert [source.origin(row) for row in range(source.n_rows)] == lines
