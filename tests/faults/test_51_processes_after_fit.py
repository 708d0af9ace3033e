"""Fault 51: fork, spawn and loky after a fit - the children predict and fit, and end."""

import multiprocessing
import warnings

import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.datasets import load_iris

from deltarule import MLPClassifier

SECONDS = 60


@pytest.fixture(scope="module")
def case():
    """A model fitted here, on enough rows for threads to be worth it, and what it predicts."""
    X, y = load_iris(return_X_y=True)
    rows = np.repeat(X, 20, axis=0), np.repeat(y, 20)
    settings = {"max_iter": 20, "tol": 1e9, "n_iter_no_change": 9, "random_state": 0}
    model = MLPClassifier((256, 128), **settings).fit(*rows)
    return model, rows, X, model.predict_proba(X)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_child_processes_work(case, method):
    model, rows, X, expected = case
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # of fork beside threads: it is the test
        with multiprocessing.get_context(method).Pool(2) as pool:
            predicted = pool.map_async(model.predict_proba, [X, X]).get(SECONDS)
            fitted = pool.apply_async(clone(model).fit, rows).get(SECONDS)
    for p in [*predicted, fitted.predict_proba(X)]:
        np.testing.assert_array_equal(p, expected)


def test_loky_workers_work(case):
    model, rows, X, expected = case
    workers = Parallel(n_jobs=2, timeout=SECONDS)
    for p in workers(delayed(model.predict_proba)(X) for _ in range(4)):
        np.testing.assert_array_equal(p, expected)
    for fitted in workers(delayed(clone(model).fit)(*rows) for _ in range(2)):
        np.testing.assert_array_equal(fitted.predict_proba(X), expected)
