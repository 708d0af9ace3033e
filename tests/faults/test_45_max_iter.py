"""Fault 45: stopped by max_iter is a ConvergenceWarning with advice."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from deltarule import MLPClassifier

X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)
STOCHASTIC = r"Maximum iterations \(3\) reached and the optimization hasn't converged yet\. Raise"
LBFGS = r"lbfgs failed to converge after 3 iterations\. Raise max_iter \(3\) or max_fun \(15000\)"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, STOCHASTIC),
        ({"solver": "sgd"}, STOCHASTIC),
        ({"early_stopping": True}, STOCHASTIC),
        ({"solver": "lbfgs"}, LBFGS),
    ],
    ids=str,
)
def test_the_limit_and_what_to_do_are_named(settings, message):
    with pytest.warns(ConvergenceWarning, match=message) as caught:
        MLPClassifier((4,), max_iter=3, **settings).fit(X, Y)
    assert [warning.filename for warning in caught] == [__file__]


def test_each_warm_start_counts_its_own():
    model = MLPClassifier((4,), max_iter=3, warm_start=True)
    for _ in range(2):
        with pytest.warns(ConvergenceWarning, match=STOCHASTIC):
            model.fit(X, Y)


def test_a_run_that_has_converged_is_quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MLPClassifier((4,), tol=10, n_iter_no_change=1).fit(X, Y)
        MLPClassifier((4,), solver="lbfgs", max_iter=500, alpha=0.1).fit(X, Y)
        MLPClassifier((4,)).partial_fit(X, Y, classes=[0, 1])
