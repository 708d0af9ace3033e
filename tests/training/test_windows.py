"""An epoch in several windows: each row once, and the same bits when left in any of them."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from deltarule.engines import Examples
from deltarule.training import Crew, Folds, Leave, TrainingState, Window, fit, seconds_an_epoch
from tests.training.conftest import N_ROWS, Watch, X, Y

CUTS = [0, 23, 41, N_ROWS]


class InWindows(Folds):
    """The rows in three windows, whose order goes by the epoch; windows are loaded when visited."""

    def __init__(self, examples):
        self.judges, self.sizes, self.loaded = [None], (N_ROWS,), []
        self._examples = examples

    def windows(self, epoch):
        found, begin = [], 0
        for number in range(3):
            group = (number + epoch) % 3
            end = begin + CUTS[group + 1] - CUTS[group]
            found.append(Window(number, np.array([group]), (begin,), (end,)))
            begin = end
        return found

    def examples(self, window, share=None):
        if self.loaded[-1:] != window.groups.tolist():  # else it is there still
            self.loaded.append(int(window.groups[0]))
        rows = np.arange(CUTS[self.loaded[-1]], CUTS[self.loaded[-1] + 1])
        return [replace(self._examples, rows=rows)]

    def parts(self, window, shards):
        return [np.arange(window.ends[0] - window.begins[0]) % shards]

    def pieces(self, crew, parameters, some):
        return [[]]


def digest(state):
    return state.parameters[0].theta.tobytes(), state.history.losses, state.step


def train(run, state=None, folds=None, watch=None):
    crew = Crew(run.objective, run.plan.optimiser, [run.seed])
    crew.engines = [run.engine()]
    folds = folds or InWindows(run.examples)
    return fit(crew, state or run.start(), run.plan, folds, watch and Watch(watch))


class Recording:
    """An engine that notes which rows it is given."""

    def __init__(self, engine):
        self._engine, self.visits = engine, []

    def __getattr__(self, name):
        return getattr(self._engine, name)

    def run(self, parameters, moments, examples, steps):
        self.visits.append((steps.rows[steps.bounds[0] : steps.bounds[-1]], np.diff(steps.bounds)))
        return self._engine.run(parameters, moments, examples, steps)


def test_every_row_is_visited_once_an_epoch_and_no_batch_has_two_windows(adam_run):
    crew = Crew(adam_run.objective, adam_run.plan.optimiser, [adam_run.seed])
    crew.engines = [Recording(adam_run.engine())]
    folds = InWindows(adam_run.examples)
    state = fit(crew, adam_run.start(), adam_run.plan, folds)
    rows = np.concatenate([rows for rows, _ in crew.engines[0].visits])
    epochs = rows.reshape(adam_run.plan.epochs, N_ROWS)
    assert all(sorted(epoch) == list(range(N_ROWS)) for epoch in epochs)
    assert len({epoch.tobytes() for epoch in epochs}) == len(epochs)
    assert folds.loaded == [0, 1, 2, 1, 2, 0, 2, 0, 1] * 2
    window_of = np.searchsorted(CUTS, epochs[0], "right")
    assert (np.diff(np.flatnonzero(np.diff(window_of))) > 1).all()
    sizes = np.concatenate([sizes for _, sizes in crew.engines[0].visits])[:8]
    assert sizes.tolist() == [8, 8, 7, 8, 8, 2, 8, 8]
    assert state.examples_seen == adam_run.plan.epochs * N_ROWS


def test_left_in_any_window_it_goes_on_with_the_same_bits(adam_run):
    whole, seen = train(adam_run), []
    train(adam_run, watch=lambda state: seen.append(state.step))
    for stop in range(1, len(seen), 5):
        state, calls = adam_run.start(), []

        def leave(now, calls=calls, stop=stop):
            calls.append(now.step)
            if len(calls) == stop:
                raise Leave

        with pytest.raises(Leave):
            train(adam_run, state=state, watch=leave)
        resumed = pickle.loads(pickle.dumps(state))
        folds = InWindows(adam_run.examples)
        assert digest(train(adam_run, state=resumed, folds=folds)) == digest(whole)
        left = adam_run.plan.epochs * 3 - len(folds.loaded)
        assert left >= (3 * state.examples_seen) // N_ROWS, "windows that are done are not loaded"


def test_one_window_is_training_as_it_is_without(adam_run):
    class InOne(InWindows):
        def windows(self, epoch):
            return [Window(0, np.array([0]), (0,), (N_ROWS,))]

        def examples(self, window, share=None):
            return [self._examples]

    assert digest(train(adam_run, folds=InOne(adam_run.examples))) == digest(adam_run.fit())


def test_an_epoch_that_was_left_is_not_gone_on_with_in_other_windows(adam_run):
    """The number of rows is what a state knows of them."""
    state = adam_run.start()

    def leave(_):
        raise Leave

    with pytest.raises(Leave):
        train(adam_run, state=state, watch=leave)
    folds = InWindows(adam_run.examples)
    folds.sizes = (N_ROWS - 1,)
    with pytest.raises(ValueError, match="left after 8 of 60 rows, and cannot go on with 59"):
        train(adam_run, state=state, folds=folds)


def test_the_pace_is_that_of_all_windows(adam_run):
    folds, run = InWindows(Examples(X, Y)), adam_run
    assert isinstance(run.start(), TrainingState)
    assert seconds_an_epoch(run.objective, run.plan, run.start(), folds, None) > 0
    assert folds.loaded == [0, 2], "measured on the first, and how long another one takes to load"
