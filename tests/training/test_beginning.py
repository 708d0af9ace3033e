"""Fresh weights: of each member by its own seed, and what an initialiser is shown of the rows."""

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from deltarule.engines import Examples
from deltarule.network import initialise
from deltarule.training import begin

beginning = import_module("deltarule.training.beginning")
MOST = beginning.MOST_SHOWN

ROWS = np.random.default_rng(0).normal(size=(10_000, 6)).astype(np.float32)
LABELS = np.zeros(10_000, int)


@pytest.fixture
def shown(adam_run, monkeypatch):
    """Begin by an initialiser that looks at data, on some rows; return what it is shown."""

    def begin_on(seed, rows):
        seen = []

        def look(network, seed, dtype, initialiser, X):
            blas = {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}
            seen.append((initialiser, X, blas))
            return initialise(network, seed, dtype)

        monkeypatch.setattr(beginning, "initialise", look)
        plan = replace(adam_run.plan, initialiser="data_driven")
        examples = Examples(ROWS, LABELS, rows=rows)
        begin(adam_run.objective.network, plan, [seed], np.float32, [examples])
        ((initialiser, X, blas),) = seen
        assert (initialiser, X.dtype, blas) == ("data_driven", np.float64, {1})
        return X

    return begin_on


def test_each_member_has_the_weights_of_its_seed(adam_run):
    network, examples = adam_run.objective.network, adam_run.examples
    state = begin(network, adam_run.plan, [5, 6], np.float64, [examples, examples])
    for seed, member in zip((5, 6), state.members, strict=True):
        assert member.seed == seed
        assert member.parameters.theta.tobytes() == initialise(network, seed).theta.tobytes()
    assert state.seed == 5


def test_a_few_rows_are_shown_all_and_in_order(shown):
    np.testing.assert_array_equal(shown(0, np.arange(7, 99)), ROWS[7:99].T)
    np.testing.assert_array_equal(shown(0, np.arange(MOST)), ROWS[:MOST].T)


def test_of_many_rows_those_are_shown_that_the_seed_draws(shown):
    X = shown(0, None)
    assert X.shape == (6, MOST)
    rows = np.array([np.flatnonzero((x == ROWS).all(axis=1))[0] for x in X.T[:200]])
    assert len(np.unique(X, axis=1).T) == MOST
    assert rows.max() > 9000
    np.testing.assert_array_equal(shown(0, None), X)
    assert not np.array_equal(shown(1, None), X)


def test_rows_of_other_members_are_not_shown(shown):
    X = shown(0, np.arange(5000, 10_000))
    assert {tuple(x) for x in X.T} <= {tuple(row) for row in ROWS[5000:].astype(np.float64)}


def test_an_initialiser_that_does_not_look_is_shown_nothing(adam_run, monkeypatch):
    monkeypatch.setattr(
        beginning, "initialise", lambda network, seed, dtype, name: initialise(network, seed, dtype)
    )
    plan, network = adam_run.plan, adam_run.objective.network
    assert begin(network, plan, [0], np.float64, [adam_run.examples]).seed == 0
