"""JSON lines: one object a line."""

import datetime as dt
import gzip
import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deltarule.data.sources import ReadOptions, open_source


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param('{"a": 1, "b": "x"}\n{"b": "y", "a": 2}\n', {"a": [1, 2], "b": ["x", "y"]}),
        pytest.param('{"a": 1}\n\n{"a": null}\n{}\n', {"a": [1, None, None]}, id="missing"),
        pytest.param('{"a": 1}\n{"b": 2}', {"a": [1, None], "b": [None, 2]}, id="other keys"),
        pytest.param('\ufeff{"a": 1}\r\n{"a": 2}\r\n', {"a": [1, 2]}, id="mark and CRLF"),
        pytest.param('{"a": 1}\n{"a": 2.5}\n', {"a": [1, 2.5]}, id="integers and floats"),
        pytest.param('{"a": 9007199254740993}\n{"a": 2.5}\n', {"a": [2.0**53, 2.5]}, id="large"),
        pytest.param('{"a": 1}\n{"a": "x"}\n', {"a": ["1", "x"]}, id="number and text"),
        pytest.param('{"a": true}\n{"a": 1}\n', {"a": ["true", "1"]}, id="truth and number"),
        pytest.param('{"a": true}\n{"a": false}\n', {"a": [True, False]}, id="truth"),
        pytest.param('{"a": {"b": 1}}\n', {"a": [{"b": 1}]}, id="nested"),
        pytest.param('{"a": {"b": 1}}\n{"a": 1}\n', {"a": ['{"b": 1}', "1"]}, id="nested or not"),
        pytest.param('{"a": [1, 2]}\n{"a": []}\n', {"a": [[1, 2], []]}, id="lists"),
        pytest.param('{"ü💩": "é\\n"}\n', {"ü💩": ["é\n"]}, id="unicode"),
        pytest.param('{"a": "NA"}\n', {"a": ["NA"]}, id="words are words"),
        pytest.param(
            '{"a": "2024-01-31 10:00:00"}\n', {"a": [dt.datetime(2024, 1, 31, 10)]}, id="times"
        ),
    ],
)
def test_is_read_as(read, content, expected):
    assert read(content, "data.jsonl") == expected


def test_the_content_tells_whatever_the_name(read):
    assert read(' {"a": 1}\n', "data.csv") == {"a": [1]}
    assert read(gzip.compress(b'{"a": 1}\n'), "data.txt.gz") == {"a": [1]}
    assert read('{"a": 1}\n'.encode("utf-16"), "data.txt") == {"a": [1]}


@pytest.mark.parametrize(
    ("last", "type_", "first"),
    [("x", pa.string(), "1"), (2.5, pa.float64(), 1.0), (None, pa.int64(), 1)],
)
def test_one_cell_far_down_decides(write, last, type_, first):
    """Past the first block, in which all are integers."""
    content = '{"a": 1, "b": "2024-01-31"}\n' * 160_000 + lines({"a": last, "b": "2024-02-01"})
    source = open_source(write(content, "data.jsonl"))
    assert source.schema.field("a").type == type_
    assert source.n_rows == 160_001
    assert {batch.schema for batch in source.batches()} == {source.schema}
    assert next(source.batches(["a"]))["a"][0].as_py() == first
    assert source.read(["a"])["a"][-1].as_py() == last


def test_other_columns_keep_their_types_beside_one_that_mixes(write):
    content = lines({"a": 1, "t": "2024-01-31 10:00:00"}, {"a": "x", "t": "2024-01-31 11:00:00"})
    assert pa.types.is_timestamp(open_source(write(content)).schema.field("t").type)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [([1, "?"], [1, None]), (["?", 1], [None, 1]), (["x", "?"], ["x", None]), (["?"], [None])],
)
def test_further_words_are_missing(read, rows, expected):
    assert read(lines(*({"a": cell} for cell in rows)), missing=("?",))["a"] == expected


def test_known_types_decide(write):
    options = ReadOptions(types={"zip": pa.string(), "n": pa.float64()})
    table = open_source(write(lines({"zip": 123, "n": 1}, {"zip": "x", "n": 2})), options).read()
    assert table.to_pydict() == {"zip": ["123", "x"], "n": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ('{"a": 1}\n{"a": \n', 2, "Expecting value"),
        ('{"a": 1}\n[1]\n', 2, "no object but a list"),
        ('{"a": 1}\n7\n', 2, "no object but a int"),
        ('{"a": 1}\n\n{"a": 1} {"a": 2}\n', 3, "Extra data"),
        ('{"a": 1, "a": 2}\n', 1, "'a' is there more than once"),
        ("{'a': 1}\n", 1, "Expecting property name"),
        ('{"a": 1}\n' * 400_000 + '{"a"}\n', 400_001, "Expecting"),
        ("[\n" + '{"a": 1}\n]\n', 1, "Expecting value"),
        ('{"a": 1}\n' + '{"a": ' + "[" * 100_000 + "\n", 2, "recursion"),
    ],
)
def test_a_bad_line_is_named(refuse, content, line, words):
    message = refuse(content, "data.jsonl")
    assert f"FILE, line {line}: " in message
    assert words in message
    assert len(message) < 500


def test_a_cell_of_another_type_is_named_by_line_and_key(refuse):
    content = lines({"a": 1}, {"a": "x1"})
    message = refuse("\n" + content, "data.jsonl", types={"a": pa.float64()})
    assert "FILE, line 3: 'a' is 'x1', which cannot be read as double" in message


def test_bytes_of_another_encoding_are_named_by_their_line(refuse):
    assert "line 2" in refuse(b'{"a": "x"}\n{"a": "\xff"}\n', "data.jsonl")


def test_rows_are_told_by_their_line(write):
    path = write('{"a": 1}\n\n{"a": 2}\n')
    assert open_source(path).origin(1) == f"{path}, line 3"


def test_an_empty_file_is_refused(refuse):
    assert "empty" in refuse("\n\n", "data.jsonl")


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
)


@settings(deadline=None)
@given(st.lists(st.fixed_dictionaries({"a": CELLS, "b": CELLS}), min_size=1, max_size=10))
def test_any_cells_are_read_whatever_they_mix(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("json") / "data.jsonl"
    path.write_text(lines(*rows))
    table = open_source(path).read()
    assert table.num_rows == len(rows)
    for name in table.column_names:
        for row, cell in zip(rows, table[name].to_pylist(), strict=True):
            assert (cell is None) == (row[name] is None)
