"""Data frames, Arrow data and dicts of columns: rows 37 to 39 of the contract."""

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
import pytest

from deltarule.data.sources import ReadOptions, as_table, open_source, require_columns
from deltarule.errors import DataError

INDEXES = {
    "default": None,
    "labels": ["x", "y"],
    "named": pd.Index([7, 8], name="row"),
    "named like a column": pd.Index([7, 8], name="a"),
    "dates": pd.to_datetime(["2020-01-01", "2020-01-02"]),
    "several levels": pd.MultiIndex.from_tuples([(1, "x"), (2, "y")]),
    "with gaps": [10, 3],
}


@pytest.mark.parametrize("index", INDEXES)
def test_a_pandas_index_is_no_column(index):
    frame = pd.DataFrame({"a": [1, 2], "b": ["u", "v"]}, index=INDEXES[index])
    assert as_table(frame).to_pydict() == {"a": [1, 2], "b": ["u", "v"]}


COLUMNS = {
    "Int64": (pd.array([1, None], dtype="Int64"), [1, None]),
    "Float32": (pd.array([1.5, None], dtype="Float32"), [1.5, None]),
    "boolean": (pd.array([True, None], dtype="boolean"), [True, None]),
    "string": (pd.array(["x", None], dtype="string"), ["x", None]),
    "category": (pd.Categorical(["x", None]), ["x", None]),
    "text objects": (np.array(["x", None], dtype=object), ["x", None]),
    "text and nan": (np.array(["x", np.nan], dtype=object), ["x", None]),
    "bool and None": (np.array([True, None], dtype=object), [True, None]),
    "int and None": (np.array([1, None], dtype=object), [1, None]),
    "int and NA": (np.array([1, pd.NA], dtype=object), [1, None]),
    "int and float": (np.array([1, 2.5], dtype=object), [1.0, 2.5]),
    "numeric text": (np.array(["1", "2"], dtype=object), ["1", "2"]),
    "decimals": (
        np.array([Decimal("1.50"), Decimal("NaN"), None], dtype=object),
        [Decimal("1.50"), None, None],
    ),
    "floats": (np.array([1.5, np.nan]), [1.5, None]),
    "half": (np.array([1.5, np.nan], np.float16), [1.5, None]),
    "long": (np.array([1.5, 2], np.longdouble), [1.5, 2]),
    "byte order": (np.array([1, 2], ">i4"), [1, 2]),
    "float byte order": (np.array([1.5, np.nan], ">f8"), [1.5, None]),
    "sparse": (pd.arrays.SparseArray([0, 1]), [0, 1]),
    "times": (
        pd.to_datetime(["2024-01-31 10:00", None]),
        [pd.Timestamp("2024-01-31 10:00"), None],
    ),
    "zoned": (
        pd.to_datetime(["2024-01-31 10:00"]).tz_localize("UTC"),
        [pd.Timestamp("2024-01-31 10:00", tz="UTC")],
    ),
    "days": (np.array([dt.date(2024, 1, 31), None], dtype=object), [dt.date(2024, 1, 31), None]),
    "bytes": (np.array([b"x"], dtype=object), [b"x"]),
    "lists": (pd.Series([[1], [2]]), [[1], [2]]),
    "arrow": (pd.array([1, None], dtype=pd.ArrowDtype(pa.int8())), [1, None]),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_of_pandas(name):
    column, expected = COLUMNS[name]
    assert as_table(pd.DataFrame({"a": column}))["a"].to_pylist() == expected


@pytest.mark.parametrize("name", [n for n in COLUMNS if n not in ("floats", "half", "lists")])
def test_columns_of_a_dict(name):
    column, expected = COLUMNS[name]
    values = as_table({"a": column})["a"].to_pylist()
    assert [None if value != value else value for value in values] == expected


def test_a_part_of_a_frame_is_its_rows():
    """Rows taken with a filter keep their order and lose the index that tells where they were."""
    frame = pd.DataFrame({"a": range(10)})
    assert as_table(frame[frame["a"] % 3 == 0])["a"].to_pylist() == [0, 3, 6, 9]


def test_a_frame_is_left_as_it_was():
    frame = pd.DataFrame({"a": [1, 2]}, index=["x", "y"])
    as_table(frame)
    assert frame.index.tolist() == ["x", "y"]


@pytest.mark.parametrize(
    "columns",
    [
        {"a": [1, 2], "b": ["x", None]},
        {"a": np.array([1, 2]), "b": np.array(["x", None], dtype=object)},
        {"a": (1, 2), "b": pa.array(["x", None])},
        {"a": range(1, 3), "b": pa.chunked_array([["x"], [None]])},
        {"a": pd.Series([1, 2]), "b": pd.Series(["x", None], index=[7, 3])},
        {"a": np.arange(4)[1:3], "b": ["x", None]},
    ],
    ids=["lists", "numpy", "arrow", "chunked", "pandas", "a view"],
)
def test_a_dict_of_columns(columns):
    source = open_source(columns)
    assert source.is_named
    assert source.read().to_pydict() == {"a": [1, 2], "b": ["x", None]}


class Stream:
    """What speaks Arrow's stream and is nothing that is known."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


class Array:
    """What speaks Arrow's array and is nothing that is known."""

    def __init__(self, table):
        self.batch = table.combine_chunks().to_batches()[0]

    def __arrow_c_array__(self, requested_schema=None):
        return self.batch.__arrow_c_array__(requested_schema)


def views(table):
    return table.cast(pa.schema([("a", pa.int64()), ("b", pa.string_view())]))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda table: table,
        lambda table: table.to_batches()[0],
        lambda table: table.to_reader(),
        Stream,
        Array,
        pa.dataset.dataset,
        views,
    ],
    ids=["table", "batch", "reader", "stream", "array", "dataset", "views"],
)
def test_arrow_can_be_gone_through_again(wrap):
    table = pa.table({"a": [1, 2], "b": ["x", None]})
    source = open_source(wrap(table))
    assert source.schema == table.schema
    assert source.n_rows in (2, None)  # of a stream, nobody knows
    assert source.read().to_pydict() == source.read().to_pydict() == table.to_pydict()
    assert source.read(["b"]).to_pydict() == {"b": ["x", None]}


def test_polars():
    polars = pytest.importorskip("polars")
    columns = {"a": [1, None], "b": ["x", "y"], "c": [True, None]}
    frame = polars.DataFrame(columns).with_columns(polars.col("b").cast(polars.Categorical))
    for data in (frame, frame.lazy()):
        table = as_table(data)
        assert table.to_pydict() == columns
        assert "view" not in str(table.schema)
    assert as_table({"a": polars.Series([1, 2]), "b": ["x", "y"]})["a"].to_pylist() == [1, 2]


def test_other_frames_come_through_narwhals():
    narwhals = pytest.importorskip("narwhals")
    polars = pytest.importorskip("polars")
    frame = narwhals.from_native(polars.LazyFrame({"a": [1, 2]}))
    assert not hasattr(frame, "__arrow_c_stream__")
    assert as_table(frame).to_pydict() == {"a": [1, 2]}


def test_a_source_is_one():
    source = open_source({"a": [1]})
    assert open_source(source) is source


def test_names_become_text():
    assert as_table(pd.DataFrame([[1, 2]], columns=[0, 1])).column_names == ["0", "1"]
    assert as_table({0: [1], None: [2]}).column_names == ["0", "None"]
    names = ["", "a b\n", "💩", 'quote"', "n" * 10_000]
    assert as_table(pd.DataFrame([[1] * 5], columns=names)).column_names == names


@pytest.mark.parametrize(
    "data",
    [
        pa.table([[1], [2], [3]], names=["b", "a", "b"]),
        pd.DataFrame([[1, 2]], columns=["b", "b"]),
        {1: [1], "1": [2]},
        pd.DataFrame([[1, 2]], columns=[1, "1"]),
    ],
    ids=["arrow", "pandas", "as text", "as text in pandas"],
)
def test_a_name_twice_is_refused(data):
    with pytest.raises(DataError, match=r"more than one column named '(b|1)'"):
        as_table(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            pd.DataFrame({"a": [1, "x"]}, dtype=object),
            r"'a' mixes int and str \(1 and 'x'\).*astype",
        ),
        ({"a": np.array([1, "x"], dtype=object)}, "'a' mixes int and str"),
        ({"a": [True, 2]}, "'a' mixes bool and int"),
        ({"a": [None, "x", 2.5]}, "'a' mixes str and float"),
        ({"a": [1, 2], "b": [1]}, "'a' has 2 rows, 'b' has 1"),
        ({"a": 1}, "'a' is 1, one value"),
        ({"a": "xy"}, "'a' is 'xy', one value"),
        ({"a": np.eye(2)}, r"'a' has 2 dimensions \(2, 2\)"),
        ({"a": [object()]}, "'a' cannot be read"),
        (pd.DataFrame({"a": [1j, 2]}), "'a' cannot be read: Complex"),
        (pd.Series([1, 2], name="a"), "one column: Series"),
        (pa.array([1, 2]), "one column: Int64Array"),
    ],
)
def test_what_cannot_be_read_is_a_named_error(data, words):
    with pytest.raises(DataError, match=words):
        as_table(data)


@pytest.mark.parametrize("X", [None, 3, object()], ids=["None", "int", "object"])
def test_what_is_no_table_is_refused_with_what_is(X):
    with pytest.raises(DataError, match=f"{type(X).__name__}.*DataFrame.*dict"):
        open_source(X)


@pytest.mark.parametrize(
    "X", ["table.csv", Path("table.csv"), b"a,b\n", io.BytesIO(b"a,b\n"), ["table.csv"]]
)
def test_files_are_not_opened_as_tables(X):
    with pytest.raises(DataError, match=r"files are not opened here.*read_csv"):
        as_table(X)


def test_known_types_and_missing_cells_hold_in_memory_too():
    options = ReadOptions(types={"a": pa.string(), "absent": pa.string()}, missing=("?",))
    source = open_source({"a": [1, 2], "b": ["?", "x"]}, options)
    assert source.schema == pa.schema([("a", pa.string()), ("b", pa.string())])
    assert source.read().to_pydict() == {"a": ["1", "2"], "b": [None, "x"]}
    assert (source.n_rows, source.origin(1)) == (2, "The table, row 2")


def test_a_value_that_does_not_fit_its_known_type_is_named():
    source = open_source({"a": ["1", "x"]}, ReadOptions(types={"a": pa.float64()}))
    with pytest.raises(DataError, match="column 'a' of type string that cannot be read as double"):
        source.read()


def test_required_columns_are_there():
    table = as_table({"a": [1], "b": [2]})
    require_columns(table, ["b", "a"], "x.csv")
    require_columns(table.schema, ["b", "a"], "x.csv")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("incme", "Did you mean 'income'"),
        ("Income", "Did you mean 'income'"),
        ("zzz", "It has 'age', 'income'"),
    ],
)
def test_a_required_column_that_lacks_is_named_with_what_was_meant(name, hint):
    source = open_source({"age": [1], "income": [2]})
    with pytest.raises(DataError, match=f"x.csv has no column '{name}'. {hint}"):
        require_columns(source.schema, [name], "x.csv")
    with pytest.raises(DataError, match=f"no column '{name}'"):
        source.read([name])


def test_a_long_list_of_columns_is_shortened():
    table = as_table({f"{i}-{'n' * 100}": [] for i in range(50)})
    with pytest.raises(DataError, match=r"and 40 more") as caught:
        require_columns(table, ["?"], "x.csv")
    assert len(str(caught.value)) < 700
