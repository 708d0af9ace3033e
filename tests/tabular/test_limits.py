"""How long and in how much memory: max_iter, schedule_epochs, time_limit, memory_limit."""

from time import monotonic

import numpy as np
import pytest

from deltarule import Checkpoint, TabularClassifier
from deltarule.errors import CheckpointError, OutOfMemoryError
from deltarule.training import Leave


def same_bits(a, b):
    pairs = zip(a._parameters, b._parameters, strict=True)
    return all(np.array_equal(one.theta, other.theta) for one, other in pairs)


@pytest.fixture(scope="module")
def large():
    """Rows of which a second trains some epochs, but not 100,000."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 5))
    return X, X[:, 0] * X[:, 1] > 0


def fit(data, **settings):
    return TabularClassifier(**{"random_state": 0, **settings}).fit(*data)


def test_the_schedule_may_be_longer_than_the_run(table, labels):
    """Then the run is the beginning of a longer one."""
    whole = fit((table, labels), max_iter=8)
    part = fit((table, labels), max_iter=3, schedule_epochs=8)
    assert part.loss_curve_ == whole.loss_curve_[:3]
    assert (part.n_iter_, part.schedule_epochs_) == (3, 8)
    assert fit((table, labels), max_iter=3).loss_curve_ != part.loss_curve_
    assert (whole.n_iter_, whole.schedule_epochs_) == (8, 8)


def test_the_last_epoch_is_planned_to_have_the_lowest_rate(table, labels):
    """coslog4 goes up and down four times, in ever longer turns, and ends at 0."""
    rates = fit((table, labels), max_iter=256).history_["rate"]
    turns = np.flatnonzero((rates[1:-1] < rates[:-2]) & (rates[1:-1] <= rates[2:])) + 1
    assert np.allclose(turns, [17, 51, 119], atol=1)
    assert rates.max() == pytest.approx(0.04, rel=0.01)
    assert rates[-1] < 1e-4


def test_time_is_kept_and_the_same_bits_come_again(large):
    started = monotonic()
    model = fit(large, time_limit=1.5, max_iter=100_000, n_models=2)
    assert monotonic() - started < 4.5, "the machine may be busy, but not this much"
    assert 1 <= model.n_iter_ <= model.schedule_epochs_ < 100_000
    assert model.stopped_ in (None, "the time limit was reached")
    settings = {"max_iter": model.n_iter_, "schedule_epochs": model.schedule_epochs_}
    assert same_bits(fit(large, **settings, n_models=2), model)


def test_a_limit_that_suffices_changes_no_bit(table, labels):
    plain = fit((table, labels), max_iter=4)
    assert same_bits(plain, fit((table, labels), max_iter=4, time_limit=600))
    assert same_bits(plain, fit((table, labels), max_iter=4, memory_limit="1 GB"))


def test_however_short_the_time_there_is_a_model(large):
    model = fit(large, time_limit=1e-3)
    assert (model.n_iter_, model.stopped_) == (1, "the time limit was reached")
    assert np.isfinite(model.predict_proba(large[0])).all()


@pytest.mark.slow
def test_a_limited_run_that_was_left_goes_on_with_its_schedule(large, leave_at, tmp_path):
    """How long the schedule is was found out when it began, and is not found out again."""
    every = Checkpoint(tmp_path / "run", seconds=None, epochs=1)
    limited = {"max_iter": 20, "time_limit": 60, "checkpoint": every, "random_state": 0}
    with pytest.raises(Leave):
        TabularClassifier(**limited).set_callbacks(leave_at(2)).fit(*large)
    resumed = fit(large, **limited, resume=True)
    settings = {"max_iter": resumed.n_iter_, "schedule_epochs": resumed.schedule_epochs_}
    assert same_bits(resumed, fit(large, **settings))


def test_a_run_that_time_has_ended_can_have_more(large, tmp_path):
    """With the schedule that it was begun with: the bits are those of one go."""
    every = Checkpoint(tmp_path / "run", seconds=None, epochs=1)
    settings = {"schedule_epochs": 6, "checkpoint": every}
    ended = fit(large, max_iter=2, **settings)
    more = fit(large, max_iter=6, **settings, resume=True, time_limit=600)
    assert (ended.n_iter_, more.n_iter_) == (2, 6)
    assert same_bits(more, fit(large, max_iter=6))


def test_another_schedule_is_another_run(large, tmp_path):
    every = Checkpoint(tmp_path / "run", seconds=None, epochs=1)
    fit(large, max_iter=2, checkpoint=every)
    with pytest.raises(CheckpointError, match="schedule"):
        fit(large, max_iter=3, checkpoint=every, resume=True)


@pytest.mark.parametrize("limit", [2_000_000, "2 MB", "100 kB"])
def test_what_does_not_fit_is_refused_before_any_of_it_is_taken(table, labels, limit):
    many = np.array([f"kind {i % 39}" for i in range(80)])
    model = TabularClassifier(memory_limit=limit, max_iter=1)
    with pytest.raises(OutOfMemoryError, match=r"'colour' 4, 'town' 1, 'size' 1") as caught:
        model.fit({"town": many, **table}, labels)
    message = str(caught.value)
    assert "8 networks on 80 rows, each of which becomes 7 numbers" in message
    assert "is the memory_limit" in message
    assert isinstance(caught.value, MemoryError)


def test_the_estimate_counts_rows_and_network(large):
    """A limit just above what 4,000 rows of 5 numbers and 134,000 parameters take will do."""
    one = {"preset": "td-s", "max_iter": 1}
    fit(large, **one, memory_limit="7 MB")
    with pytest.raises(OutOfMemoryError, match="Training a network on"):
        fit(large, **one, memory_limit="2.5 MB")
    fit(large, **one, n_models=3, memory_limit="20 MB")
    with pytest.raises(OutOfMemoryError, match="3 networks"):
        fit(large, **one, n_models=3, memory_limit="7 MB")
