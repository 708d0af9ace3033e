"""Rows to predict on: plain ones go straight through, all others the way of scikit-learn."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError

from deltarule import MLPClassifier
from deltarule.classifier import rows


@pytest.fixture(scope="module")
def fitted():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MLPClassifier(max_iter=2, random_state=0).fit(*load_iris(return_X_y=True))


@pytest.fixture
def validated(monkeypatch):
    """Counts the calls of scikit-learn's validation."""
    calls = []

    def spy(*args, **kwargs):
        calls.append(args)
        return original(*args, **kwargs)

    original = rows.validate_data
    monkeypatch.setattr(rows, "validate_data", spy)
    return calls


X = load_iris().data


@pytest.mark.parametrize("plain", [X, X[:1], X.astype(np.float32), X[::2, ::-1]])
def test_plain_rows_are_not_validated_twice(fitted, validated, plain):
    assert fitted.predict_proba(plain).shape == (len(plain), 3)
    assert validated == []


@pytest.mark.parametrize(
    "other",
    [X.tolist(), X.astype(int), X.astype(">f8"), np.ma.array(X), pd.DataFrame(X)],
    ids=["list", "int", "big-endian", "masked", "frame"],
)
def test_all_else_is_validated(fitted, validated, other):
    assert fitted.predict_proba(other).shape == (150, 3)
    assert len(validated) == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (np.full((1, 4), np.nan), "contains NaN"),
        (np.full((1, 4), np.inf), "contains infinity"),
        (np.zeros((1, 5)), "5 features"),
        (np.zeros(4), "1D array"),
        (np.zeros((1, 1, 4)), "dim 3"),
    ],
)
def test_wrong_rows_are_refused_in_scikit_learns_words(fitted, wrong, message):
    with pytest.raises(ValueError, match=message):
        fitted.predict_proba(wrong)


def test_names_seen_in_fit_are_missed_in_an_array(fitted):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MLPClassifier(max_iter=2).fit(pd.DataFrame(X).add_prefix("c"), load_iris().target)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        model.predict(X[:1])


def test_an_unfitted_estimator_says_so():
    with pytest.raises(NotFittedError):
        MLPClassifier().predict(X[:1])
