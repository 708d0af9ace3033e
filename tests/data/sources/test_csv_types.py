"""The type of a column is one that all its cells have."""

import datetime as dt

import pyarrow as pa
import pytest

from deltarule.data.sources import ReadOptions, open_source

MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "None", "NULL", "#N/A"]
UTC = dt.UTC


@pytest.mark.parametrize("word", MISSING)
def test_words_for_missing_are_missing_among_numbers(read, word):
    assert read(f"a,b\n1,0\n{word},0\n2.5,0\n")["a"] == [1, None, 2.5]


@pytest.mark.parametrize("word", MISSING)
def test_words_for_missing_are_missing_among_dates(read, word):
    day = dt.date(2024, 1, 31)
    assert read(f"a,b\n2024-01-31,0\n{word},0\n")["a"] == [day, None]


@pytest.mark.parametrize("word", [*MISSING[1:], "?", "-"])
def test_words_for_missing_are_words_among_text(read, word):
    """NA may be Namibia."""
    assert read(f"a,b\nx,0\n{word},0\n,0\n")["a"] == ["x", word, None]


@pytest.mark.parametrize("word", ["NAN", "-nan", "n/a", "nil", "?", "-", "."])
def test_no_other_word_is_missing(read, word):
    assert read(f"a,b\n1,0\n{word},0\n")["a"] == ["1", word]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [("1,?", [1, None]), ("x,?", ["x", None]), ("2024-01-31,?", [dt.date(2024, 1, 31), None])],
)
def test_further_words_are_missing_in_columns_of_any_type(read, cells, expected):
    first, second = cells.split(",")
    assert read(f"a,b\n{first},0\n{second},0\n", missing=("?",))["a"] == expected


@pytest.mark.parametrize("words", [("true", "false"), ("True", "False"), ("TRUE", "FALSE")])
def test_true_and_false_are_text(read, words):
    assert read("a,b\n{},1\n{},2\n".format(*words))["a"] == list(words)


@pytest.mark.parametrize(
    ("cells", "type_", "expected"),
    [
        (["1", "-2"], pa.int64(), [1, -2]),
        (["+7", "007"], pa.int64(), [7, 7]),
        (["1", "-0.5", "1e3", ".5", "1."], pa.float64(), [1, -0.5, 1000, 0.5, 1]),
        (["inf", "-Infinity"], pa.float64(), [float("inf"), -float("inf")]),
        (["0x1F", "1"], pa.string(), ["0x1F", "1"]),
        (["1_000"], pa.string(), ["1_000"]),
        (["1 000"], pa.string(), ["1 000"]),
        (["2024-01-31"], pa.date32(), [dt.date(2024, 1, 31)]),
        (["2024-02-31"], pa.string(), ["2024-02-31"]),
        (["31.01.2024"], pa.string(), ["31.01.2024"]),
        (["2024-01-31 23:59"], pa.timestamp("us"), [dt.datetime(2024, 1, 31, 23, 59)]),
        (
            ["2024-01-31", "2024-01-31T23:59:01.5"],
            pa.timestamp("us"),
            [dt.datetime(2024, 1, 31), dt.datetime(2024, 1, 31, 23, 59, 1, 500_000)],
        ),
        (
            ["2024-01-31T23:59Z", "2024-01-31 23:59+01:00"],
            pa.timestamp("us", "UTC"),
            [
                dt.datetime(2024, 1, 31, 23, 59, tzinfo=UTC),
                dt.datetime(2024, 1, 31, 22, 59, tzinfo=UTC),
            ],
        ),
        (["2024-01-31", "7"], pa.string(), ["2024-01-31", "7"]),
        ([str(10**29), "1"], pa.float64(), [1e29, 1]),
        ([str(2**63), str(2**63 - 1)], pa.string(), [str(2**63), str(2**63 - 1)]),
        ([str(2**63 - 1)], pa.int64(), [2**63 - 1]),
        ([str(2**63), "NA"], pa.string(), [str(2**63), "NA"]),
        (["", "NA"], pa.null(), [None, None]),
    ],
    ids=lambda value: "-".join(map(str, value))[:40] if isinstance(value, list) else str(value),
)
def test_what_cells_are(write, cells, type_, expected):
    source = open_source(write("a,b\n" + "".join(f"{cell},x\n" for cell in cells)))
    assert source.schema.field("a").type == type_
    assert source.read()["a"].to_pylist() == expected


@pytest.mark.parametrize(
    ("last", "type_"),
    [("x", pa.string()), ("2.5", pa.float64()), ("", pa.int64()), (str(2**63), pa.float64())],
)
def test_one_cell_far_down_decides(write, last, type_):
    """Past the first block, in which all are integers."""
    n = 1_200_000
    source = open_source(write("a,b\n" + "1,2\n" * n + f"{last},3\n"))
    assert source.schema.field("a").type == type_
    assert {batch.schema.field("a").type for batch in source.batches()} == {type_}
    assert source.n_rows == n + 1
    expected = {"x": "1", "2.5": 1.0}.get(last, 1)
    assert next(source.batches(["a"]))["a"][0].as_py() == expected


def test_known_types_decide_and_the_others_are_found_out(write):
    options = ReadOptions(types={"zip": pa.string(), "n": pa.float64(), "absent": pa.string()})
    source = open_source(write("zip,n,b\n00123,1,2\n04567,2,3\n"), options)
    assert source.schema == pa.schema(
        [("zip", pa.string()), ("n", pa.float64()), ("b", pa.int64())]
    )
    assert source.read().to_pydict() == {"zip": ["00123", "04567"], "n": [1.0, 2.0], "b": [2, 3]}


@pytest.mark.parametrize(
    "type_", [pa.int8(), pa.float32(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]
)
def test_any_known_type_is_given(write, type_):
    source = open_source(write("a,b\n1,x\n,y\n"), ReadOptions(types={"a": type_}))
    assert source.schema.field("a").type == type_
    assert [None if cell is None else int(cell) for cell in source.read()["a"].to_pylist()] == [
        1,
        None,
    ]


def test_other_files_can_be_read_alike(write):
    """A column of text that looks like numbers in the next file stays text there."""
    first = open_source(write("a,b\nx,1\n2,\n"))
    types = {field.name: field.type for field in first.schema}
    again = open_source(write("a,b\n1,7\n2,8\n"), ReadOptions(types=types)).read()
    assert again.to_pydict() == {"a": ["1", "2"], "b": [7, 8]}
