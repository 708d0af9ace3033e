"""Fault 23: NaN or None in y is a named error with the count."""

import numpy as np
import pytest

from deltarule import MLPClassifier, TabularClassifier
from deltarule.errors import DataError

X = np.random.default_rng(0).normal(size=(12, 2))
LABELS = {
    "NaN among floats": np.array([0.0, 1.0, np.nan] * 4),
    "None among texts": np.array(["a", "b", None] * 4, dtype=object),
    "None among ints": np.array([1, 2, None] * 4, dtype=object),
    "NaN among texts": np.array(["a", "b", np.nan] * 4, dtype=object),
    "a list": [0, 1, None] * 4,
    "infinity": np.array([0.0, 1.0, np.inf] * 4),
}


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_missing_labels_are_counted(labels, method):
    arguments = {"classes": [0, 1]} if method == "partial_fit" else {}
    with pytest.raises(DataError, match=r"^4 of 12 labels are missing.*drop them first"):
        getattr(MLPClassifier(), method)(X, LABELS[labels], **arguments)


def test_also_of_the_rows_to_validate_on():
    y = np.arange(12) % 2
    with pytest.raises(DataError, match=r"\(X_val\): 4 of 12 labels are missing"):
        MLPClassifier().fit(X, y, X_val=X, y_val=LABELS["None among ints"])


def test_pandas_missing_labels():
    pandas = pytest.importorskip("pandas", reason="pandas has a missing value of its own")
    y = pandas.Series([1, 2, None] * 4, dtype="Int64")
    with pytest.raises(DataError, match=r"^4 of 12 labels are missing"):
        MLPClassifier().fit(X, y)


@pytest.mark.parametrize("labels", LABELS)
def test_of_a_table_too(labels):
    with pytest.raises(DataError, match=r"^4 of 12 labels are missing"):
        TabularClassifier().fit({"a": X[:, 0], "b": X[:, 1]}, LABELS[labels])
