"""Fault 50: 64 threads predicting at once, and predicting during a fit - right, and no deadlock."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
from sklearn.datasets import load_digits

from deltarule import MLPClassifier


@pytest.fixture(scope="module")
def fitted():
    X, y = load_digits(return_X_y=True)
    return MLPClassifier((64, 32), max_iter=5, tol=1e9, n_iter_no_change=1).fit(X, y), X, y


def test_64_threads_predict_what_one_predicts(fitted):
    model, X, _ = fitted
    expected = model.predict_proba(X)
    with ThreadPoolExecutor(64) as pool:
        for result in pool.map(lambda _: model.predict_proba(X), range(256)):
            np.testing.assert_array_equal(result, expected)


def test_predicting_during_another_models_fit(fitted):
    model, X, y = fitted
    expected, done = model.predict_proba(X), Event()

    def fit():
        try:
            other = MLPClassifier((256, 256), max_iter=20, tol=1e9, n_iter_no_change=9)
            return other.fit(np.repeat(X, 5, axis=0), np.repeat(y, 5))
        finally:
            done.set()

    with ThreadPoolExecutor(1) as pool:
        future, predictions = pool.submit(fit), 0
        while not done.is_set():
            np.testing.assert_array_equal(model.predict_proba(X), expected)
            predictions += 1
        assert future.result().n_iter_ >= 1
    assert predictions > 1  # the fit does not hold the interpreter's lock
