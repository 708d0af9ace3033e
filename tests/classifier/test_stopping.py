"""When training stops, what it keeps, how the rate changes, and what it warns of."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier as ScikitMLP

from deltarule import MLPClassifier
from deltarule.errors import DataError

quietly = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def full_batches(**settings):
    """One step an epoch, in the rows' order: nothing is random but the first weights."""
    return MLPClassifier((4,), solver="sgd", shuffle=False, batch_size=40, **settings)


def test_max_iter_too_small_is_warned_of_with_advice(blobs):
    """The warning points at the line that called fit."""
    with pytest.warns(ConvergenceWarning, match=r"\(3\) reached.*[Rr]aise max_iter") as caught:
        model = MLPClassifier(max_iter=3, random_state=0).fit(*blobs)
    assert model.n_iter_ == 3
    assert caught[0].filename == __file__


def test_convergence_is_not_warned_of(blobs):
    """Stopped before max_iter, in silence (warnings are errors here)."""
    model = MLPClassifier(tol=0.1, n_iter_no_change=2, random_state=0).fit(*blobs)
    assert model.n_iter_ < model.max_iter


@pytest.mark.parametrize("patience", [1, 3, 7])
def test_stops_after_more_than_n_iter_no_change_stale_epochs(blobs, patience):
    """With a tol that no epoch but the first can meet: 1 good epoch, then patience + 1 stale."""
    model = MLPClassifier(tol=1e3, n_iter_no_change=patience).fit(*blobs)
    theirs = ScikitMLP(tol=1e3, n_iter_no_change=patience).fit(*blobs)
    assert model.n_iter_ == theirs.n_iter_ == patience + 2


@quietly
def test_infinite_patience_never_stops(blobs):
    assert MLPClassifier(tol=1e3, n_iter_no_change=np.inf, max_iter=50).fit(*blobs).n_iter_ == 50


@quietly
def test_early_stopping_keeps_the_weights_of_the_best_epoch(load):
    """A run that ends right at the best epoch has the same weights, bit for bit."""
    X, y = load("digits")
    settings = {"early_stopping": True, "learning_rate_init": 0.02, "random_state": 0}
    model = MLPClassifier((20,), n_iter_no_change=5, **settings).fit(X[:600], y[:600])
    scores = model.validation_scores_
    best = int(np.argmax(scores)) + 1
    assert best < model.n_iter_, "it should have gone on past the best epoch"
    until_best = MLPClassifier((20,), max_iter=best, **settings).fit(X[:600], y[:600])
    assert model.best_validation_score_ == max(scores)
    assert all(map(np.array_equal, model.coefs_, until_best.coefs_))


@quietly
def test_validation_scores_are_accuracies_of_the_share_asked_for(load):
    """Of 200 rows a quarter, 50: every score is a number of fiftieths."""
    X, y = load("digits")
    model = MLPClassifier(early_stopping=True, validation_fraction=0.25, max_iter=5)
    scores = np.array(model.fit(X[:200], y[:200]).validation_scores_)
    assert scores * 50 == pytest.approx(np.round(scores * 50))
    assert model.t_ == 5 * 150


@quietly
def test_validation_accuracy_is_weighted(blobs):
    """With all weight on one class, whatever is held out scores as that class alone does."""
    X, y = blobs
    weights = np.where(y == 1, 1.0, 1e-9)
    model = MLPClassifier(early_stopping=True, max_iter=20, learning_rate_init=0.1)
    model.fit(X, y, weights)
    assert model.best_validation_score_ == pytest.approx(1, abs=1e-6)


def test_too_few_rows_to_validate_on_is_a_named_error():
    X = np.arange(12.0).reshape(-1, 1)
    with pytest.raises(DataError, match=r"1 of 12 rows.*'validation_fraction'"):
        MLPClassifier(early_stopping=True, validation_fraction=0.05).fit(X, np.zeros(12))


@quietly
@pytest.mark.parametrize(("learning_rate", "power_t"), [("invscaling", 0.5), ("invscaling", 0.0)])
def test_invscaling_divides_the_rate_by_a_power_of_the_rows_seen(blobs, learning_rate, power_t):
    """One step an epoch from known weights: the steps' lengths tell the rates."""
    X, y = blobs
    settings = {"momentum": 0.0, "alpha": 0.0, "random_state": 0, "learning_rate_init": 1e-6}
    runs = [
        full_batches(learning_rate=learning_rate, power_t=power_t, max_iter=n, **settings)
        for n in (1, 2, 3)
    ]
    W = [run.fit(X, y).coefs_[0] for run in runs]
    first = np.linalg.norm(W[1] - W[0])  # the step of epoch 2, 40 rows seen
    second = np.linalg.norm(W[2] - W[1])  # of epoch 3, 80 rows seen
    assert second / first == pytest.approx((41 / 81) ** power_t, rel=1e-3)


def test_adaptive_slows_down_before_it_stops(blobs):
    """Rate 0.1 has to fall below 1e-6, by 5 each time: as often as it takes scikit-learn."""
    X, y = blobs
    settings = {"learning_rate": "adaptive", "learning_rate_init": 0.1, "tol": 0.01}
    model = full_batches(max_iter=10_000, n_iter_no_change=2, **settings).fit(X, y)
    slowdowns = int(np.ceil(np.log(0.1 / 1e-6) / np.log(5)))
    assert model.n_iter_ >= 3 * slowdowns + 2
    constant = full_batches(
        max_iter=10_000, n_iter_no_change=2, **{**settings, "learning_rate": "constant"}
    )
    assert constant.fit(X, y).n_iter_ < model.n_iter_


@quietly
def test_schedules_are_for_sgd_only(blobs):
    """As scikit-learn documents it: adam ignores ``learning_rate`` and ``power_t``."""
    fits = [
        MLPClassifier(learning_rate=rate, max_iter=5, random_state=0).fit(*blobs).loss_curve_
        for rate in ("constant", "invscaling", "adaptive")
    ]
    assert fits[0] == fits[1] == fits[2]


@quietly
def test_batch_size_beyond_the_rows_is_clipped_and_warned_of(blobs):
    with pytest.warns(UserWarning, match="`batch_size` 41, larger than the 40 rows") as caught:
        clipped = MLPClassifier(batch_size=41, max_iter=3, random_state=0).fit(*blobs)
    exact = MLPClassifier(batch_size=40, max_iter=3, random_state=0).fit(*blobs)
    assert clipped.loss_curve_ == exact.loss_curve_
    assert caught[0].filename == __file__


@quietly
def test_auto_batch_size_is_200_or_all_rows(blobs, load):
    few = [MLPClassifier(batch_size=b, max_iter=3, random_state=0) for b in ("auto", 40)]
    assert few[0].fit(*blobs).loss_curve_ == few[1].fit(*blobs).loss_curve_
    many = [MLPClassifier(batch_size=b, max_iter=2, random_state=0) for b in ("auto", 200)]
    digits = load("digits")
    assert many[0].fit(*digits).loss_curve_ == many[1].fit(*digits).loss_curve_


@quietly
def test_verbose_prints_a_line_an_epoch(blobs, capsys):
    """To standard output, as scikit-learn does; silence without it."""
    model = MLPClassifier(max_iter=3, verbose=True).fit(*blobs)
    lines = capsys.readouterr().out.splitlines()
    expected = [f"Iteration {i}, loss = {loss:.8f}" for i, loss in enumerate(model.loss_curve_, 1)]
    assert lines == expected
    MLPClassifier(max_iter=3).fit(*blobs)
    assert capsys.readouterr().out == ""


def test_no_other_warning_is_given(blobs):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        MLPClassifier(max_iter=2).fit(*blobs)
    assert [w.category for w in caught] == [ConvergenceWarning]
