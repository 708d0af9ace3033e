"""Fault 44: saturated scores - log probabilities are finite, probabilities sum to 1."""

import numpy as np
import pytest

from deltarule import MLPClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).normal(size=(50, 3))
Y = np.arange(50) % 3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("scale", [1e2, 1e5, 1e30])
def test_scores_beyond_all_measure(dtype, classes, scale):
    model = MLPClassifier((4,), "identity", dtype=dtype, max_iter=2).fit(X, Y % classes)
    model.coefs_[-1][:] *= scale
    p, log_p = model.predict_proba(X), model.predict_log_proba(X)
    assert np.isfinite(log_p).all()
    assert (log_p <= 0).all()
    assert log_p.min() < -50
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    assert p.min() >= 0


def test_of_many_labels():
    model = MLPClassifier((4,), "identity", max_iter=2).fit(X, np.column_stack([Y > 0, Y > 1]))
    model.coefs_[-1][:] *= 1e30
    assert np.isfinite(model.predict_log_proba(X)).all()
    p = model.predict_proba(X)
    assert ((p >= 0) & (p <= 1)).all()
