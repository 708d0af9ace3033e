"""Fault 29: labels of mixed types are told apart in the message."""

import numpy as np
import pytest

from deltarule import MLPClassifier, TabularClassifier
from deltarule.errors import DataError

X = np.random.default_rng(0).normal(size=(6, 2))
MIXED = {
    "int and str": ([1, "a", 2, "b", 1, 2], r"int \(4 rows\) and str \(2 rows\)"),
    "bool and str": ([True, "a", "b", "b", "a", "a"], r"str \(5 rows\) and bool \(1 rows\)"),
    "float and str": ([1.0, "a", "b", "b", "a", "a"], r"str \(5 rows\) and float \(1 rows\)"),
}


@pytest.mark.parametrize("mixed", MIXED)
def test_types_and_rows_are_named(mixed):
    labels, message = MIXED[mixed]
    y = np.array(labels, dtype=object)
    table = {"a": X[:, 0], "b": X[:, 1]}
    for fit in (
        lambda: MLPClassifier().fit(X, y),
        lambda: MLPClassifier().partial_fit(X, y, classes=["a", "b"]),
        lambda: TabularClassifier().fit(table, y),
    ):
        with pytest.raises(DataError, match=rf"The labels mix {message}"):
            fit()
