"""Labels to indices, and what is said about labels that are none."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltarule.data.labels import encode_labels, locate_labels
from deltarule.errors import DataError


def objects(*labels):
    return np.array([*labels], dtype=object)


LABELS = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1),
    st.lists(st.text(st.characters(exclude_categories=["Cs"])).filter(str), min_size=1),
    st.lists(st.booleans(), min_size=1),
    st.lists(st.integers(-(2**53), 2**53).map(float), min_size=1),
)


@given(LABELS)
def test_classes_are_sorted_and_distinct_and_indices_lead_back(labels):
    classes, indices = encode_labels(np.array(labels, dtype=object))
    assert classes.tolist() == sorted(set(labels))
    assert [classes[i] for i in indices] == labels


@given(LABELS)
def test_locating_agrees_with_encoding(labels):
    y = np.array(labels, dtype=object)
    classes, indices = encode_labels(y)
    assert np.array_equal(locate_labels(y, classes), indices)


@pytest.mark.parametrize("dtype", ["int8", "uint64", "float16", "float32", "bool", "<U5", "O"])
def test_type_of_labels_is_kept(dtype):
    y = np.array([0, 1, 1], dtype=dtype)
    assert encode_labels(y)[0].dtype == dtype


@pytest.mark.parametrize(
    ("y", "missing"),
    [
        (np.array([1.0, np.nan, np.inf, 2.0]), 2),
        (objects("a", None, "b", float("nan")), 2),
        (objects(None), 1),
        (pd.Series(["a", None, "b"]).to_numpy(), 1),
    ],
    ids=["floats", "objects", "nothing else", "pandas"],
)
def test_missing_labels_are_counted(y, missing):
    with pytest.raises(DataError, match=f"^{missing} of {len(y)} labels are missing.*drop them"):
        encode_labels(y)


@pytest.mark.parametrize(
    "y",
    [
        pytest.param(objects("a", pd.NA), id="pandas.NA"),
        pytest.param(np.array(["2020-01-01", "NaT"], "M8[D]"), id="NaT"),
    ],
)
def test_other_missing_labels_are_counted(y):
    with pytest.raises(DataError, match=r"^1 of 2 labels are missing"):
        encode_labels(y)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (objects("a", 1, "b"), r"str \(2 rows\) and int \(1 rows\)"),
        (objects(True, 1, 0), r"int \(2 rows\) and bool \(1 rows\)"),
        (objects(1, 2.0, "x", "y", "z"), r"str \(3 rows\) and int \(1 rows\) and float"),
    ],
    ids=["str and int", "bool and int", "three types"],
)
def test_mixed_types_are_named_and_counted(y, words):
    with pytest.raises(DataError, match=f"The labels mix {words}"):
        encode_labels(y)


def test_fractions_are_refused_with_a_way_out():
    words = "2 of 4 labels are fractions .*the first is 1.5.*MLPRegressor.*classes"
    with pytest.raises(DataError, match=words):
        encode_labels(np.array([1.0, 1.5, 2.0, 0.25]))


def test_fractions_among_objects_are_refused_too():
    with pytest.raises(DataError, match="fractions"):
        encode_labels(objects(1.0, 1.5, 2.0))


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (np.array(["z", "a"]), r"The label 'z' is not .* which are 'a', 'b'\."),
        (np.array(["z", "y", "a"]), r"The labels 'y', 'z' are not "),
        (np.array(list("cdefghij")), r"'c', 'd', 'e', 'f', 'g' and 3 more are not"),
        (np.array([1, 2]), r"The labels 1, 2 are not"),
    ],
)
def test_unseen_labels_are_named_beside_the_known_ones(y, words):
    with pytest.raises(DataError, match=words):
        locate_labels(y, np.array(["a", "b"]))


def test_many_known_labels_are_shortened_in_the_message():
    with pytest.raises(DataError, match=r"0, 1, 2, 3, 4 and 995 more\."):
        locate_labels(np.array([-1]), np.arange(1000))


@pytest.mark.parametrize("y", [np.array([1.0, 0.0]), np.array([True, False])])
def test_numbers_are_located_by_value(y):
    """An integer column with one missing cell was floats in training; 1.0 is still the class 1."""
    assert locate_labels(y, np.array([0, 1])).tolist() == [1, 0]


def test_no_labels_have_no_indices():
    assert locate_labels(np.array([]), np.array(["a", "b"])).shape == (0,)
