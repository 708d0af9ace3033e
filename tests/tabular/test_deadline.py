"""A limit to the time of a fit: it ends in time, fitted, and can be done again to the bit."""

from time import monotonic
from types import SimpleNamespace

import numpy as np
import pytest

from deltarule import TabularClassifier
from deltarule.tabular.recipe import PRESETS, build_plan
from deltarule.tabular.schedule import fit_into
from deltarule.training import Deadline, TimeUp

pytestmark = pytest.mark.clock

N = 20_000
REACHED = "the time limit was reached"


@pytest.fixture(scope="module")
def many():
    """Rows enough for an epoch to take a good part of a second."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, 30)).astype(np.float32)
    return X, (X[:, 0] + X[:, 1] * X[:, 2] + rng.normal(size=N) > 0).astype(int)


def timed(rows, limit, **given):
    started = monotonic()
    model = TabularClassifier(time_limit=limit, n_models=2, random_state=0).fit(*rows, **given)
    return model, monotonic() - started


def again(model, rows, **given):
    """Fit as the attributes say, without a limit."""
    return TabularClassifier(
        max_iter=model.n_iter_, schedule_epochs=model.schedule_epochs_, n_models=2, random_state=0
    ).fit(*rows, **given)


def same_bits(one, other, X):
    return one.predict_proba(X[:999]).tobytes() == other.predict_proba(X[:999]).tobytes()


@pytest.fixture
def hurried(monkeypatch):
    """Think that an epoch takes no time at all, so that only the clock ends the fit."""
    monkeypatch.setattr("deltarule.tabular.classifier.seconds_an_epoch", lambda *_: 1e-9)


def test_a_fit_ends_in_time_with_its_schedule_over_and_can_be_done_again(many):
    model, seconds = timed(many, 2.0)
    assert seconds < 2.0 * 1.1 + 0.3
    assert 1 <= model.n_iter_ <= model.schedule_epochs_ < 256
    assert len(model.loss_curve_) == len(model.validation_scores_) == model.n_iter_
    assert np.isfinite(model.predict_proba(many[0])).all()
    if model.stopped_ is None:
        assert model.n_iter_ == model.schedule_epochs_
    assert same_bits(again(model, many), model, many[0])


@pytest.mark.parametrize(("limit", "epochs"), [(10.0, 95), (0.25, 2), (0.01, 1), (1000.0, 256)])
def test_as_many_epochs_are_planned_as_fit_into_nearly_all_of_the_time(monkeypatch, limit, epochs):
    monkeypatch.setattr("deltarule.tabular.schedule.monotonic", lambda: 50.0)
    asked = build_plan(PRESETS["td"], 500)
    plan, deadline = fit_into(limit, 50.0, asked, lambda: 0.0999, None)
    assert plan.epochs == epochs
    assert deadline._moment == 50.0 + limit


def test_a_fit_that_the_clock_cuts_keeps_whole_epochs_and_can_be_done_again(many, hurried):
    model, seconds = timed(many, 0.9)
    assert seconds < 0.9 * 1.1 + 0.3
    assert model.stopped_ == REACHED
    assert 1 <= model.n_iter_ < model.schedule_epochs_ == 64
    assert model.best_epoch_ <= model.n_iter_ == len(model.loss_curve_)
    assert same_bits(again(model, many), model, many[0])


@pytest.mark.parametrize("limit", [1e-9, 1e-3])
def test_where_no_epoch_is_whole_a_part_of_one_is_kept(many, limit):
    model, seconds = timed(many, limit)
    assert seconds < limit * 1.1 + 1
    assert model.stopped_ == REACHED
    assert (model.n_iter_, model.schedule_epochs_, len(model.loss_curve_)) == (1, 1, 1)
    assert np.isfinite(model.loss_curve_).all()
    assert all(np.isfinite(parameters.theta).all() for parameters in model._parameters)
    assert np.isfinite(model.predict_proba(many[0])).all()


def test_a_part_of_an_epoch_is_all_there_is_without_validation_too(many):
    model, _ = timed(many, 1e-9, groups=np.zeros(N))
    assert len(model.loss_curve_) == 1
    assert all(np.isfinite(parameters.theta).all() for parameters in model._parameters)


def test_without_validation_too_a_fit_that_the_clock_cuts_can_be_done_again(many, hurried):
    one_group = np.zeros(N)
    model, _ = timed(many, 1.5, groups=one_group)
    assert model.stopped_ == REACHED
    assert same_bits(again(model, many, groups=one_group), model, many[0])


def test_a_limit_that_is_far_away_changes_nothing(table, labels):
    free = TabularClassifier(max_iter=5, random_state=0).fit(table, labels)
    limited = TabularClassifier(max_iter=5, time_limit=600, random_state=0).fit(table, labels)
    assert limited.n_iter_ == limited.schedule_epochs_ == 5
    assert limited.stopped_ is None
    assert np.array_equal(limited.predict_proba(table), free.predict_proba(table))


def test_a_schedule_may_be_longer_than_the_fit(table, labels):
    short = TabularClassifier(max_iter=3, schedule_epochs=50, random_state=0).fit(table, labels)
    assert (short.n_iter_, short.schedule_epochs_) == (3, 50)
    whole = TabularClassifier(max_iter=50, random_state=0).fit(table, labels)
    assert short.loss_curve_ == whole.loss_curve_[:3]


def state_at(position, n_rows=10):
    return SimpleNamespace(position=position, n_rows=n_rows)


def test_the_time_is_up_from_its_moment_on(monkeypatch):
    now = [99.0]
    monkeypatch.setattr("deltarule.training.deadline.monotonic", lambda: now[0])
    deadline = Deadline(100.0)
    deadline.end_burst(state_at(5))
    deadline.end_epoch(state_at(0))
    now[0] = 100.0
    with pytest.raises(TimeUp):
        deadline.end_burst(state_at(5))
    with pytest.raises(TimeUp):
        deadline.end_epoch(state_at(0))


def test_an_epoch_whose_steps_are_made_is_closed_first():
    Deadline(0.0).end_burst(state_at(10))
