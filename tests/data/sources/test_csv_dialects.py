"""How a CSV file is written is found out, or said."""

import csv
import io

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deltarule.data.sources import ReadOptions, open_source

PEOPLE = [["name", "age", "town"], ["Ann", "31", "Bonn"], ["Bob, Jr", "45", "New York"]]


def written(rows, **dialect):
    file = io.StringIO()
    csv.writer(file, **dialect).writerows(rows)
    return file.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
def test_delimiters_and_quotes_are_found_out(read, delimiter, quote, quoting):
    content = written(PEOPLE, delimiter=delimiter, quotechar=quote, quoting=quoting)
    # Where nothing shows that it is a quote, an apostrophe is one.
    options = {"quote": quote} if quote == "'" and quoting == csv.QUOTE_MINIMAL else {}
    if delimiter == " " and quote == "'":
        options = {"quote": quote}
    expected = {"name": ["Ann", "Bob, Jr"], "age": [31, 45], "town": ["Bonn", "New York"]}
    assert read(content, **options) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("a;b\n1,5;x\n2,5;y\n", {"a": [1.5, 2.5], "b": ["x", "y"]}, id="decimal comma"),
        pytest.param("1,5;2,5\n3,5;4\n", {"column1": [1.5, 3.5], "column2": [2.5, 4]}, id="only"),
        pytest.param("a\tb\n1,5\t2\n", {"a": [1.5], "b": [2]}, id="decimal comma with tabs"),
        pytest.param("a;b\n1.5;1,2\n", {"a": [1.5], "b": ["1,2"]}, id="points win"),
        pytest.param("a;b\n1.5;2\n", {"a": [1.5], "b": [2]}, id="decimal point"),
        pytest.param("a;b\n1;x, y\n2;z\n", {"a": [1, 2], "b": ["x, y", "z"]}, id="commas in text"),
        pytest.param("a b\n1 2\n3 4\n", {"a": [1, 3], "b": [2, 4]}, id="spaces"),
        pytest.param(" a   b\n 1  22\n33   4 \n", {"a": [1, 33], "b": [22, 4]}, id="aligned"),
        pytest.param("name\nAnn Lee\nBob Ray\n", {"name": ["Ann Lee", "Bob Ray"]}, id="no spaces"),
        pytest.param("a, b\n1, x y\n2, z\n", {"a": [1, 2], "b": ["x y", "z"]}, id="spaced"),
        pytest.param('a, b\n1, "x, y"\n2, z\n', {"a": [1, 2], "b": ["x, y", "z"]}, id="spaced"),
        pytest.param('a, b\n1, " x"\n2,   z\n', {"a": [1, 2], "b": [" x", "z"]}, id="in quotes"),
        pytest.param("a,b\n1, x\n2,y\n", {"a": [1, 2], "b": [" x", "y"]}, id="some spaced"),
        pytest.param("a,b\n1, 2\n2,3 \n", {"a": [1, 2], "b": [2, 3]}, id="spaced numbers"),
        pytest.param("a,'b'\n'it''s',1\n", {"a": ["it's"], "b": [1]}, id="doubled apostrophe"),
        pytest.param("a,b\n'tis,1\nx,2\n", {"a": ["'tis", "x"], "b": [1, 2]}, id="apostrophe"),
    ],
)
def test_is_found_out(read, content, expected):
    assert read(content) == expected


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("a;b,c\n1;2,3\n", {"delimiter": ","}, {"a;b": ["1;2"], "c": [3]}),
        ("a:b\n1:2\n", {"delimiter": ":"}, {"a": [1], "b": [2]}),
        ('a,b\n"x,1\n', {"quote": ""}, {"a": ['"x'], "b": [1]}),
        ("a,b\n~x,y~,1\n", {"quote": "~"}, {"a": ["x,y"], "b": [1]}),
        ("a;b\n1,5;2\n", {"decimal": "."}, {"a": ["1,5"], "b": [2]}),
        ("a;b\n1,5;2\n-;3\n", {"missing": ["-"]}, {"a": [1.5, None], "b": [2, 3]}),
        ('a,b\n"1,5",2\n', {"decimal": ","}, {"a": [1.5], "b": [2]}),
        ('a,b\n"1,5",2\n', {}, {"a": ["1,5"], "b": [2]}),
        ("x,1\ny,2\n", {"header": True}, {"x": ["y"], "1": [2]}),
        ("x,y\n1,2\n", {"header": False}, {"column1": ["x", "1"], "column2": ["y", "2"]}),
        ("a\0b,c\n1,2\n", {"format": "csv"}, {"a\0b": [1], "c": [2]}),
    ],
)
def test_what_is_said_is_not_found_out(read, content, options, expected):
    assert read(content, **options) == expected


@pytest.mark.parametrize(
    ("content", "has_header"),
    [
        pytest.param("a,b\n1,x\n2,y\n", True, id="text over numbers"),
        pytest.param("1,x\n2,y\n3,z\n", False, id="numbers over numbers"),
        pytest.param("day,n\n2024-01-31,x\n2024-02-01,y\n", True, id="text over dates"),
        pytest.param("2024-01-31,x\n2024-02-01,y\n", False, id="dates over dates"),
        pytest.param("p,x\np,x\ne,x\n", False, id="words that recur"),
        pytest.param("class,cap\np,x\ne,y\n", True, id="words that do not"),
        pytest.param("id,2019,2020\n1,5,6\n2,7,8\n", False, id="years over numbers: most decide"),
        pytest.param("x\ny\n", True, id="in doubt"),
        pytest.param("x,y\n", True, id="one line"),
        pytest.param("1,2\n", True, id="one line of numbers"),
        pytest.param("?,1,2\n3,4,5\n6,7,8\n", False, id="a gap in a first row of numbers"),
        pytest.param("a,b,c\n?,1,\n?,,2\n", True, id="gaps below"),
        pytest.param("39, State-gov, 7, White\n50, Private, 8, White\n", False, id="spaced"),
    ],
)
def test_a_header_is_seen(write, content, has_header):
    names = open_source(write(content)).schema.names
    assert names[0].startswith("column") != has_header


def test_a_header_of_known_names_is_one(write):
    """Another file of the same table, in which the names happen to recur as cells."""
    path = write("x,y\nx,y\nx,y\n")
    assert open_source(path).schema.names == ["column1", "column2"]
    types = {"x": pa.string(), "y": pa.string()}
    assert open_source(path, ReadOptions(types=types)).schema.names == ["x", "y"]


PRINTABLE = st.characters(exclude_categories=["Cs", "Cc"])
TEXT = st.text(st.one_of(PRINTABLE, st.sampled_from(" \"',;\n\r\t|")), min_size=1, max_size=8)
INTS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False)
DIALECTS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t|"),
        "quotechar": st.sampled_from("\"'"),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
        "lineterminator": st.sampled_from(["\n", "\r\n"]),
    }
)


@settings(deadline=None)
@given(st.lists(st.tuples(INTS, FLOATS, TEXT), min_size=1, max_size=20), DIALECTS)
def test_any_table_written_under_any_dialect_is_read_back(rows, dialect):
    """The dialect is told: in a few rows of odd text nothing could find it out."""
    if dialect["quoting"] == csv.QUOTE_MINIMAL:  # which leaves a \r without quotes
        rows = [(whole, real, text.replace("\r", "\n")) for whole, real, text in rows]
    names = ["whole", "real", "words, with; odd|characters"]
    content = written([names, *rows], **dialect).encode()
    options = ReadOptions(
        delimiter=dialect["delimiter"],
        quote=dialect["quotechar"],
        header=True,
        decimal=".",
        types={names[2]: pa.string()},
    )
    table = open_source(io.BytesIO(content), options).read()
    assert table.schema == pa.schema(
        zip(names, [pa.int64(), pa.float64(), pa.string()], strict=True)
    )
    assert list(zip(*table.to_pydict().values(), strict=True)) == rows


PLAIN = st.text(st.characters(codec="utf-8", categories=["L"]), min_size=1, max_size=8)


@settings(deadline=None)
@given(
    st.lists(st.tuples(INTS, PLAIN, PLAIN), min_size=2, max_size=20),
    DIALECTS.map(lambda dialect: {**dialect, "quoting": csv.QUOTE_NONNUMERIC}),
)
def test_any_dialect_of_plain_words_is_found_out(rows, dialect):
    content = written([["n", "one", "two"], *rows], **dialect).encode()
    table = open_source(io.BytesIO(content)).read()
    assert table.column_names == ["n", "one", "two"]
    assert table["n"].to_pylist() == [row[0] for row in rows]
