"""The loop: who is visited, who is told, when it stops, what is left."""

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from deltarule.engines import Examples, ReferenceEngine
from deltarule.errors import DivergenceError
from deltarule.network import initialise
from deltarule.training import (
    Constant,
    Fold,
    FoldsInMemory,
    InverseScaling,
    Member,
    Patience,
    TrainingState,
    begin,
    train,
)

loop = import_module("deltarule.training.loop")


class RecordingEngine(ReferenceEngine):
    """Writes down the rows of every batch."""

    def __init__(self, run):
        super().__init__(run.objective, run.plan.optimiser, seed=run.seed)
        self.batches, self.scales = [], []

    def run(self, parameters, moments, examples, steps):
        self.scales += steps.scale.tolist()
        self.batches += [steps.batch(i).tolist() for i in range(len(steps))]
        return super().run(parameters, moments, examples, steps)


def visited(run):
    """The rows of each epoch, in order, and the sizes of an epoch's batches."""
    engine = RecordingEngine(run)
    epochs = run.fit(engine=engine).epoch
    per_epoch = len(engine.batches) // epochs
    sizes = [len(batch) for batch in engine.batches[:per_epoch]]
    return np.reshape([row for batch in engine.batches for row in batch], (epochs, -1)), sizes


@pytest.mark.parametrize("burst", [0, loop.BURST])
def test_shuffling_visits_every_row_once_an_epoch(adam_run, monkeypatch, burst):
    monkeypatch.setattr(loop, "BURST", burst)
    rows, sizes = visited(adam_run)
    assert sizes == [8] * 7 + [4]
    np.testing.assert_array_equal(np.sort(rows, axis=1), np.tile(np.arange(60), (6, 1)))
    assert len({tuple(order) for order in rows}) == 6


def test_shuffling_differs_by_seed(adam_run):
    assert not np.array_equal(visited(adam_run)[0], visited(replace(adam_run, seed=5))[0])


@pytest.mark.parametrize("steps_a_burst", [1, 3])
def test_a_batch_is_divided_by_the_weight_of_its_own_rows(adam_run, monkeypatch, steps_a_burst):
    monkeypatch.setattr(loop.Pace, "learn", lambda pace, *_: setattr(pace, "steps", steps_a_burst))
    engine = RecordingEngine(adam_run)
    adam_run.fit(engine=engine)
    totals = [adam_run.examples.weights[batch].sum() for batch in engine.batches]
    np.testing.assert_allclose(engine.scales, 1 / np.array(totals), rtol=1e-14)


def test_without_shuffling_rows_come_as_they_are(sgd_run):
    rows, _ = visited(sgd_run)
    np.testing.assert_array_equal(rows, np.tile(np.arange(60), (6, 1)))


def test_watch_is_called_after_every_burst_and_every_epoch(adam_run, monkeypatch):
    monkeypatch.setattr(loop, "BURST", 0)
    seen = []
    adam_run.with_plan(epochs=2).fit(watch=lambda s: seen.append((s.epoch, s.position, s.step)))
    positions = [8, 16, 24, 32, 40, 48, 56, 60]
    first = [(0, position, i) for i, position in enumerate(positions, start=1)]
    second = [(1, position, i) for i, position in enumerate(positions, start=9)]
    assert seen == [*first, (1, 0, 8), *second, (2, 0, 16)]


def test_history_has_the_rate_of_each_epoch(sgd_run):
    state = sgd_run.with_plan(schedule=InverseScaling(0.1, 0.5), epochs=3).fit()
    rates = [epoch.rate for epoch in state.history]
    assert rates == pytest.approx([0.1, 0.1 / 61**0.5, 0.1 / 121**0.5], rel=1e-14)


def test_loss_of_an_epoch_is_the_mean_over_its_examples(sgd_run):
    """At a rate of 0, whole batches and the smaller last one add up to the mean over all rows."""
    run = sgd_run.with_plan(schedule=Constant(0), epochs=1)
    start = run.start()
    (parameters,) = start.parameters
    engine, gradient = run.engine(), parameters.copy()
    rows = np.arange(60)
    J = engine.loss_and_gradient(parameters, run.examples, rows, 0, gradient)
    penalty = engine.objective.add_penalty(parameters, gradient)
    expected = (J - penalty) / 60 + 8 * penalty / 60  # the penalty comes once a batch
    assert run.fit().history.losses == pytest.approx([expected], rel=1e-13)


def test_a_batch_of_weight_zero_changes_nothing(sgd_run):
    """Gradient descent over rows 0-15 with weights, 16-23 without, 24-59 with: as if not there."""
    weights = np.ones(60)
    weights[16:24] = 0
    kept = np.flatnonzero(weights)
    X, y = sgd_run.examples.X, sgd_run.examples.y
    weighted = replace(sgd_run, examples=Examples(X, y, weights)).fit()
    without = replace(sgd_run, examples=Examples(X[kept], y[kept])).fit()
    np.testing.assert_allclose(
        weighted.parameters[0].theta, without.parameters[0].theta, rtol=1e-12
    )


def test_train_is_fit_from_fresh_weights(adam_run):
    """One seed makes the weights, the row orders and the dropout masks."""
    run = replace(adam_run, dtype=np.float32)
    state = begin(run.objective.network, run.plan, [run.seed], np.float32, [run.examples])
    assert train(run.objective, run.plan, state, FoldsInMemory([Fold(run.examples)])) is None
    parameters = initialise(run.objective.network, run.seed, np.float32)
    member = Member.start(parameters, run.plan.optimiser.moments, run.seed)
    by_hand = run.fit(TrainingState.of([member]))
    assert state.parameters[0].theta.tobytes() == by_hand.parameters[0].theta.tobytes()
    assert state.history.losses == by_hand.history.losses


# ------------------------------------------------------------------------------------ stopping


def test_best_parameters_are_restored(adam_run):
    """Of the epoch with the best score, the first of equals; history and scores stay whole."""
    scores = iter([0.1, 0.7, 0.3, 0.7, 0.2, 0.6])
    run = adam_run.with_validation(lambda _: next(scores))
    state = run.fit()
    second = adam_run.with_plan(epochs=2).fit()
    last = adam_run.fit()
    assert state.epoch == len(state.history) == 6
    assert (state.best_epoch, state.best_score) == (2, 0.7)
    assert state.history.scores == [0.1, 0.7, 0.3, 0.7, 0.2, 0.6]
    assert state.parameters[0].theta.tobytes() == second.parameters[0].theta.tobytes()
    assert state.parameters[0].theta.tobytes() != last.parameters[0].theta.tobytes()


def test_score_is_asked_for_the_validation_rows(adam_run):
    seen = []
    run = adam_run.with_validation(lambda scores: seen.append(scores) or 0.0)
    state = run.with_plan(epochs=1).fit()
    expected = run.engine().predict(state.parameters[0], run.validation.examples.X)
    assert len(seen) == 1
    np.testing.assert_array_equal(seen[0], expected)


@pytest.mark.parametrize("patience", [0, 1, 3])
def test_stops_after_more_than_patience_stale_epochs(adam_run, patience):
    """Epoch 1 gains over nothing at all, so it is the first of ``patience + 2``."""
    run = adam_run.with_validation(lambda _: 0.5)
    state = run.with_plan(stopping=Patience(0.01, patience, by_score=True)).fit()
    assert state.epoch == patience + 2
    assert "validation score did not improve by 0.01" in state.stopped


@pytest.mark.parametrize(
    ("scores", "epochs"),
    [
        ([0.5, 0.55, 0.59], 3),  # each gains less than tol over the best so far: stale
        ([0.5, 0.625, 0.625, 0.75, 0.75, 0.75], 6),  # a gain of tol itself counts afresh
    ],
)
def test_an_epoch_is_stale_below_the_best_plus_tol(adam_run, scores, epochs):
    score = iter(scores)
    run = adam_run.with_validation(lambda _: next(score))
    assert run.with_plan(stopping=Patience(0.125, 1, by_score=True)).fit().epoch == epochs


def test_without_validation_the_loss_decides(sgd_run):
    """At a rate of 0 the loss stays where it is: stale from the second epoch on."""
    run = sgd_run.with_plan(schedule=Constant(0), stopping=Patience(1e-3, 2))
    state = run.fit()
    assert state.epoch == 4
    assert "training loss did not improve by 0.001" in state.stopped
    assert state.members[0].best is None


# ---------------------------------------------------------------------------------- divergence


def test_divergence_names_epoch_and_step_and_stops_before_the_update(sgd_run):
    """Row 27 is in the fourth batch: three updates are made, in the first epoch."""
    X = sgd_run.examples.X.copy()
    X[27] = np.nan
    state = sgd_run.start()
    with pytest.raises(DivergenceError, match=r"in epoch 1, at step 4, the loss, nan"):
        replace(sgd_run, examples=Examples(X, sgd_run.examples.y)).fit(state)
    before = Examples(sgd_run.examples.X[:24], sgd_run.examples.y[:24])
    expected = replace(sgd_run, examples=before).with_plan(epochs=1).fit()
    assert (state.step, state.position, state.epoch) == (3, 24, 0)
    assert state.parameters[0].theta.tobytes() == expected.parameters[0].theta.tobytes()


@pytest.mark.parametrize(("dtype", "rate"), [(np.float32, 1e25), (np.float64, 1e200)])
def test_a_rate_that_is_far_too_high_leaves_finite_parameters(sgd_run, dtype, rate):
    """The scores overflow, and with them the loss, while the weights can still be written."""
    run = replace(sgd_run, dtype=dtype, activation="relu").with_plan(schedule=Constant(rate))
    state = run.start()
    with pytest.raises(DivergenceError, match="Lower learning_rate_init"):
        run.fit(state)
    assert np.isfinite(state.parameters[0].theta).all()


def test_an_update_that_overflows_is_divergence_with_finite_parameters(sgd_run):
    """tanh bounds the scores: in float32 the L2 gradient's step overflows before any loss does."""
    run = replace(sgd_run, dtype=np.float32).with_plan(schedule=Constant(1e25))
    state = run.start()
    with pytest.raises(DivergenceError):
        run.fit(state)
    assert np.isfinite(state.parameters[0].theta).all()


def test_an_overflow_in_the_very_last_update_is_found(sgd_run):
    """No later loss sees it, so the loop has to look at the weights themselves."""
    run = replace(sgd_run, activation="relu").with_plan(
        schedule=Constant(1e308), epochs=1, batch_size=60
    )
    big = replace(run, examples=Examples(1e6 * run.examples.X, run.examples.y))
    with (
        np.errstate(over="ignore"),
        pytest.raises(DivergenceError, match=r"at step 1, the weights"),
    ):
        big.fit()


def test_a_burst_grows_to_its_length_and_shrinks_back():
    pace = loop.Pace()
    pace.learn(1, 1e-6)
    assert pace.steps == 8  # eightfold at the most
    pace.learn(8, 8 * loop.BURST)
    assert pace.steps == 1
    pace.learn(1, 100 * loop.BURST)
    assert pace.steps == 1
