"""Tables in memory: read, labelled, and matched with the columns of training."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.sparse import csr_matrix
from sklearn.exceptions import DataConversionWarning

from deltarule import TabularClassifier
from deltarule.errors import DataError
from deltarule.tabular.rows import match_columns, read_labelled, read_labels, read_rows

X = np.array([[1.5, 2.0], [3.0, 4.5], [5.0, 6.0]])
NAMED = {
    "dict": {"a": X[:, 0], "b": X[:, 1]},
    "pandas": pd.DataFrame(X, columns=["a", "b"]),
    "polars": pl.DataFrame({"a": X[:, 0], "b": X[:, 1]}),
    "Arrow": pa.table({"a": X[:, 0], "b": X[:, 1]}),
    "a record batch": pa.record_batch({"a": X[:, 0], "b": X[:, 1]}),
}
UNNAMED = {"array": X, "rows": X.tolist(), "sparse": csr_matrix(X), "columns": np.asfortranarray(X)}


@pytest.mark.parametrize("data", NAMED.values(), ids=NAMED)
def test_columns_of_a_frame_keep_their_names(data):
    rows = read_rows(data)
    assert rows.is_named
    assert rows.names == ["a", "b"]
    assert rows.table.to_pydict() == {"a": [1.5, 3, 5], "b": [2, 4.5, 6]}


@pytest.mark.parametrize("data", UNNAMED.values(), ids=UNNAMED)
def test_columns_of_an_array_are_numbered(data):
    rows = read_rows(data)
    assert not rows.is_named
    assert rows.table.to_pydict() == {"x0": [1.5, 3, 5], "x1": [2, 4.5, 6]}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.zeros((3, 0)), r"0 feature\(s\) \(shape=\(3, 0\)\)"),
        ({}, r"0 feature\(s\) \(shape=\(0, 0\)\)"),
        (pd.DataFrame(index=range(4)), r"0 feature\(s\)"),
        ("data.csv", "files are not opened here"),
        (3, r"Cannot read a table from int\."),
        (np.zeros(3), "Expected 2D array, got 1D array instead"),
        (pd.Series([1, 2]), "got one column: Series"),
    ],
    ids=["no columns", "no dict", "no frame", "path", "number", "one dimension", "series"],
)
def test_what_is_no_table_is_refused(data, words):
    with pytest.raises(DataError, match=words):
        read_rows(data)


COLUMNS = {
    "patient": ["u", "v"] * 20,
    "when": [1, None, *range(37), None],
    "size": [1, 2, 3, 5] * 10,
}


@pytest.mark.parametrize("name", ["groups", "order"])
def test_a_column_for_a_purpose_is_found_by_name(name):
    with pytest.raises(DataError, match=r"no column 'patent'\. Did you mean 'patient'"):
        TabularClassifier().fit(COLUMNS, [0, 1] * 20, **{name: "patent"})


@pytest.mark.parametrize("name", ["groups", "order"])
def test_a_column_for_a_purpose_with_missing_cells_is_refused_with_their_number(name):
    words = f"^{name}, column 'when', needs a value in every row, and lacks one in 2"
    with pytest.raises(DataError, match=words):
        TabularClassifier().fit(COLUMNS, [0, 1] * 20, **{name: "when"})


LABELS = {
    "list": (["u", "v"], ["u", "v"], "U"),
    "tuple": ((1, 2), [1, 2], "i"),
    "array": (np.array([1, 2], np.int8), [1, 2], "i"),
    "booleans": ([True, False], [True, False], "b"),
    "pandas": (pd.Series(["u", "v"], index=[7, 3]), ["u", "v"], "O"),
    "pandas categories": (pd.Series(["u", "v"], dtype="category"), ["u", "v"], "O"),
    "polars": (pl.Series([1, 2]), [1, 2], "i"),
    "Arrow": (pa.array([1, 2]), [1, 2], "i"),
    "mixed": (["u", 1], ["u", 1], "O"),
    "mixed with a boolean": (["u", True], ["u", True], "O"),
    "with a gap": (["u", None], ["u", None], "O"),
    "with NaN": (["u", float("nan")], ["u", pytest.approx(float("nan"), nan_ok=True)], "O"),
    "numbers and NumPy's": ([1, np.int64(2)], [1, 2], "i"),
}


@pytest.mark.parametrize(("y", "labels", "kind"), LABELS.values(), ids=LABELS)
def test_labels_keep_their_values_and_types(y, labels, kind):
    read = read_labels(y)
    assert read.dtype.kind == kind
    assert read.tolist() == labels


def test_labels_in_one_column_are_taken_out_of_it_with_scikit_learns_warning():
    with pytest.warns(DataConversionWarning, match="column-vector"):
        assert read_labels(np.array([[1], [2]])).tolist() == [1, 2]


@pytest.mark.parametrize("y", [[1, 2], [1, 2, 3, 4], [[1, 2, 3]], 5, [[1, 2]] * 3])
def test_there_is_one_label_a_row(y):
    with pytest.raises(DataError, match=r"^The table has 3 rows, but the labels have shape"):
        read_labelled(X, y)


def test_labels_that_lack_and_rows_that_lack_are_refused():
    with pytest.raises(DataError, match="requires y to be passed"):
        read_labelled(X, None)
    with pytest.raises(DataError, match=r"Found array with 0 sample\(s\)"):
        read_labelled(X[:0], [])


NAMES = ["a", "b"]


@pytest.mark.parametrize("data", NAMED.values(), ids=NAMED)
def test_columns_with_names_are_found_by_name_in_any_order(data):
    rows = read_rows(read_rows(data).table.select(["b", "a"]))
    assert match_columns(rows, NAMES, True).to_pydict() == {"b": [2, 4.5, 6], "a": [1.5, 3, 5]}


def test_columns_of_an_array_have_their_place():
    table = match_columns(read_rows(X), ["x0", "x1"], False)
    assert table.to_pydict() == {"x0": [1.5, 3, 5], "x1": [2, 4.5, 6]}


def test_an_array_where_training_had_names_is_matched_by_place_with_a_warning():
    with pytest.warns(UserWarning, match="X does not have valid feature names, but Tabular"):
        table = match_columns(read_rows(X), NAMES, True)
    assert table.to_pydict() == {"a": [1.5, 3, 5], "b": [2, 4.5, 6]}


def test_names_where_training_had_an_array_are_matched_by_place_with_a_warning():
    with pytest.warns(UserWarning, match="X has feature names, but Tabular.* without feature"):
        table = match_columns(read_rows(NAMED["pandas"]), ["x0", "x1"], False)
    assert table.to_pydict() == {"x0": [1.5, 3, 5], "x1": [2, 4.5, 6]}


def test_the_names_of_an_array_are_names_that_a_frame_may_have():
    """A model of an array reads a file whose columns are called x0, x1, in any order."""
    rows = read_rows({"x1": [2.0], "x0": [1.0], "x2": [3.0]})
    with pytest.warns(UserWarning, match=r"^Not used, as training had no such column: 'x2'\.$"):
        assert match_columns(rows, ["x0", "x1"], False)["x0"].to_pylist() == [1]


@pytest.mark.parametrize(
    ("data", "was_named"), [(X[:, :1], False), (X[:, :1], True), ({"a": [1.0]}, False)]
)
def test_where_the_place_counts_there_are_as_many_columns(data, was_named):
    words = r"^X has 1 features, but TabularClassifier is expecting 2 features as input\.$"
    with pytest.raises(DataError, match=words):
        match_columns(read_rows(data), ["x0", "x1"], was_named)


def test_extra_columns_are_named_in_a_warning_ten_of_them():
    extra = {f"extra {i}": [1.0] for i in range(12, 0, -1)}
    words = r"no such column: 'extra 12', 'extra 11'.*'extra 3' and 2 more\.$"
    with pytest.warns(UserWarning, match=words):
        match_columns(read_rows({"a": [1.0], **extra, "b": [2.0]}), NAMES, True)


def test_columns_that_fit_are_no_cause_for_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        match_columns(read_rows(NAMED["dict"]), NAMES, True)
        match_columns(read_rows(X), ["x0", "x1"], False)
