"""Tables from pandas, Arrow and dicts; what is none, by name."""

import contextlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from deltarule.data import as_table
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


@pytest.mark.parametrize(
    "column",
    [
        pd.array([1, None], dtype="Int64"),
        pd.array([1.5, None], dtype="Float32"),
        pd.array([True, None], dtype="boolean"),
        pd.array(["x", None], dtype="string"),
        pd.Categorical(["x", None]),
        np.array(["x", None], dtype=object),
        np.array([True, None], dtype=object),
    ],
    ids=lambda column: str(column.dtype),
)
def test_missing_cells_of_pandas_are_missing(column):
    values = as_table(pd.DataFrame({"a": column}))["a"].to_pylist()
    assert values[0] == column[0]
    assert values[1] is None


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
        {"a": pd.Series([1, 2]), "b": pd.Series(["x", None])},
        {"a": np.arange(4)[1:3], "b": ["x", None]},
    ],
    ids=["lists", "numpy", "arrow", "chunked", "pandas", "a view"],
)
def test_a_dict_of_columns(columns):
    assert as_table(columns).to_pydict() == {"a": [1, 2], "b": ["x", None]}


@pytest.mark.parametrize(
    "wrap", [lambda t: t, lambda t: t.to_batches()[0], lambda t: t.to_reader()]
)
def test_arrow(wrap):
    table = pa.table({"a": [1, 2], "b": ["x", None]})
    assert as_table(wrap(table)).to_pydict() == table.to_pydict()


def test_names_become_text():
    assert as_table(pd.DataFrame([[1, 2]], columns=[0, 1])).column_names == ["0", "1"]
    assert as_table(pd.DataFrame([[1, 2]], columns=["a b\n", "💩"])).column_names == ["a b\n", "💩"]


@pytest.mark.parametrize(
    "X", [np.eye(2), [[1, 2]], None, "table.csv", 3], ids=["array", "list", "None", "str", "int"]
)
def test_what_is_no_table_is_refused_with_what_is(X):
    with pytest.raises(DataError, match=f"{type(X).__name__}.*DataFrame.*dict.*MLPClassifier"):
        as_table(X)


def test_a_name_twice_is_refused():
    table = pa.table([[1], [2], [3]], names=["b", "a", "b"])
    with pytest.raises(DataError, match="more than one column named 'b'"):
        as_table(table)


@pytest.mark.parametrize(
    "X",
    [
        pytest.param(pd.DataFrame([[1, 2]], columns=["a", "a"]), id="a name twice in pandas"),
        pytest.param(pd.DataFrame({"a": [1, "x"]}, dtype=object), id="a column of mixed types"),
        pytest.param({"a": np.array([1, "x"], dtype=object)}, id="mixed types in a dict"),
        pytest.param({"a": [1, 2], "b": [1]}, id="columns of different lengths"),
        pytest.param({"a": 1}, id="a number for a column"),
        pytest.param({"a": np.eye(2)}, id="a matrix for a column"),
        pytest.param({"a": np.array([1, 2], ">f8")}, id="other byte order"),
        pytest.param(pd.DataFrame({"a": np.array([1, 2], ">i4")}), id="other byte order in pandas"),
        pytest.param(pd.DataFrame({"a": pd.arrays.SparseArray([0, 1])}), id="sparse"),
        pytest.param(pd.DataFrame({"a": [1j, 2]}), id="complex"),
        pytest.param(pd.Series([1, 2], name="a"), id="a series"),
    ],
)
def test_what_cannot_be_read_is_a_named_error(X):
    """Rows 37 and 39 of the contract: the right result, or a named refusal."""
    with contextlib.suppress(DataError):
        assert as_table(X)["a"].to_pylist() == [1, 2]
