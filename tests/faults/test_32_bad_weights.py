"""Fault 32: negative, NaN or all-zero sample weights are named errors."""

import numpy as np
import pytest

from deltarule import MLPClassifier
from deltarule.errors import DataError

X = np.random.default_rng(0).normal(size=(20, 3))
Y = np.arange(20) % 2


def weights(value):
    made = np.ones(20)
    made[4] = value
    return made


BAD = {
    "negative": (weights(-0.5), r"row 4 has -0\.5 \(1 such rows\)"),
    "NaN": (weights(np.nan), r"row 4 has nan \(1 such rows\)"),
    "infinite": (weights(np.inf), r"row 4 has inf \(1 such rows\)"),
    "all zero": (np.zeros(20), "zero in every row"),
    "too few": (np.ones(19), r"shape \(19,\), but there are 20 rows"),
    "a column": (np.ones((20, 1)), r"shape \(20, 1\), but there are 20 rows"),
}


@pytest.mark.parametrize("bad", BAD)
def test_the_row_and_its_weight_are_named(bad):
    sample_weight, message = BAD[bad]
    for fit in (
        lambda: MLPClassifier().fit(X, Y, sample_weight),
        lambda: MLPClassifier().partial_fit(X, Y, sample_weight, classes=[0, 1]),
        lambda: MLPClassifier().fit(X, Y, X_val=X, y_val=Y, sample_weight_val=sample_weight),
    ):
        with pytest.raises(DataError, match=message):
            fit()


def test_class_weights_that_leave_nothing():
    with pytest.raises(DataError, match="zero in every row"):
        MLPClassifier(class_weight={0: 0, 1: 0}).fit(X, Y)
