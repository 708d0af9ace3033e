"""A fit that fails, or is interrupted, leaves what was there."""

import signal
import threading

import numpy as np
import pytest

from deltarule import MLPClassifier
from deltarule.errors import DivergenceError, SettingError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

FAILURES = {
    "divergence": (
        {"learning_rate_init": 1e300, "batch_size": 10},  # in the first epoch
        lambda X, y: (X, y),
        DivergenceError,
    ),
    "a setting": ({"alpha": -1}, lambda X, y: (X, y), SettingError),
    "warm start": (
        {"warm_start": True, "hidden_layer_sizes": (9,)},
        lambda X, y: (X, y),
        SettingError,
    ),
    "warm start that diverges": (
        {"warm_start": True, "learning_rate_init": 1e300, "batch_size": 10},
        lambda X, y: (X, y),
        DivergenceError,
    ),
    "fractions": ({}, lambda X, y: (X, y + 0.5), ValueError),
    "nan": ({}, lambda X, y: (np.where(X > 1, np.nan, X), y), ValueError),
    "too few labels": ({}, lambda X, y: (X, y[1:]), ValueError),
    "bad weights": ({}, lambda X, y: (X, y, -np.ones(len(y))), ValueError),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failed_refit_leaves_the_fitted_model_usable(iris, failure):
    X, y = iris
    model = MLPClassifier((8,), max_iter=10, random_state=0).fit(X, y)
    before = model.predict_proba(X), list(model.loss_curve_)
    settings, spoil, error = FAILURES[failure]
    with pytest.raises(error):
        model.set_params(**settings).fit(*spoil(X, y))
    assert np.array_equal(model.predict_proba(X), before[0])
    assert model.loss_curve_ == before[1]


def test_also_a_refit_on_other_columns(iris):
    X, y = iris
    model = MLPClassifier((8,), max_iter=10, random_state=0).fit(X, y)
    before = model.predict_proba(X)
    with pytest.raises(ValueError, match="continuous"):
        model.fit(X[:, :2], y + 0.5)
    assert np.array_equal(model.predict_proba(X), before)


def test_divergence_names_what_to_lower(iris):
    with pytest.raises(DivergenceError, match=r"diverged: .*Lower learning_rate_init"):
        MLPClassifier(learning_rate_init=1e300, random_state=0).fit(*iris)


def test_the_first_failed_fit_leaves_an_unfitted_estimator(iris):
    model = MLPClassifier(learning_rate_init=1e300, batch_size=10, random_state=0)
    with pytest.raises(DivergenceError):
        model.fit(*iris)
    assert not hasattr(model, "classes_")
    assert not hasattr(model, "coefs_")


@pytest.fixture
def ctrl_c():
    """Send this process the signal of Ctrl-C after a while, and wait for it to have been sent."""
    timers = []

    def after(seconds):
        timers.append(threading.Timer(seconds, signal.raise_signal, [signal.SIGINT]))
        timers[0].start()

    yield after
    for timer in timers:
        timer.cancel()


def test_ctrl_c_keeps_the_weights_so_far_and_warns(load, ctrl_c):
    """As scikit-learn does it: training of 10,000 epochs, stopped in its first second."""
    X, y = load("digits")
    model = MLPClassifier(max_iter=10_000, n_iter_no_change=np.inf, random_state=0)
    ctrl_c(0.7)
    try:
        with pytest.warns(UserWarning, match="interrupted"):
            model.fit(X, y)
    except KeyboardInterrupt:  # pytest itself would take it for its own
        pytest.fail("it came out of fit")
    assert 1 <= model.n_iter_ < 10_000
    assert model.score(X, y) > 0.5
