"""Batches cut into slices: rows dealt out to parts, and steps that add up what slices give."""

from dataclasses import replace

import numpy as np
import pytest

from deltarule.engines import Examples
from deltarule.network import LOSSES, Adam, Network, Objective
from deltarule.training import (
    Constant,
    Fold,
    FoldsInMemory,
    Patience,
    Plan,
    Validation,
    begin,
    train,
)
from deltarule.training.course import course_of, deal_out

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shards", [1, 2, 8, 64])
@pytest.mark.parametrize(("n", "batch"), [(1000, 100), (1003, 64), (5, 4), (9, 1), (64, 64)])
def test_rows_are_dealt_out_evenly_and_each_slice_has_rows_of_its_part(n, batch, shards):
    order, parts = RNG.permutation(n), RNG.integers(shards, size=n)
    wanted = -(-n // batch)
    rows, slices = deal_out(order, parts, shards, wanted)
    assert sorted(rows) == list(range(n))
    assert (np.diff(slices.ravel()) >= 0).all()
    assert (slices[0, 0], slices[-1, -1]) == (0, n)
    assert (slices[1:, 0] == slices[:-1, -1]).all()
    sizes = slices[:, -1] - slices[:, 0]
    assert 0 < len(slices) <= wanted
    assert (sizes > 0).all()
    assert sizes.max() <= n / wanted + shards
    for bounds in slices:
        for p in range(shards):
            assert (parts[rows[bounds[p] : bounds[p + 1]]] == p).all()
    for p in range(shards):  # within a part, in its order
        assert rows[parts[rows] == p].tolist() == order[parts[order] == p].tolist()


def test_batches_of_many_small_parts_are_alike():
    """Each part is dealt out a little later than the one before: not all in the same batches."""
    n, shards = 4000, 64
    _, slices = deal_out(np.arange(n), np.arange(n) % shards, shards, 125)
    sizes = slices[:, -1] - slices[:, 0]
    assert sizes.min() >= 31
    assert sizes.max() <= 33  # 64 parts of 62 or 63 rows: without that, from 0 to 64


X = RNG.normal(size=(300, 6)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 1)
WEIGHTS = RNG.uniform(0, 2, 300)
PLAN = Plan(Adam(), Constant(0.01), Patience(0, np.inf), 50, epochs=3)


def trained(shards, weights=None, alpha=0.01, **changes):
    objective = Objective(Network.dense([6, 9, 3], "tanh", 0.2), LOSSES["softmax"], alpha)
    plan = replace(PLAN, shards=shards, **changes)
    examples = Examples(X, Y, weights)
    state = begin(objective.network, plan, [3], np.float32, [examples])
    score = Validation(Examples(X, Y), lambda scores: float((scores.argmax(1) == Y).mean()))
    train(objective, plan, state, FoldsInMemory([Fold(examples, score)]))
    return state


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_full_batches_in_slices_are_full_batches_to_rounding(weights):
    """All rows in each step, penalty included, without dropout: the sum is the same sum."""
    network = Network.dense([6, 9, 3], "tanh")
    objective = Objective(network, LOSSES["softmax"], alpha=0.5)
    thetas = []
    for shards in (1, 8):
        plan = replace(PLAN, shards=shards, batch_size=300)
        state = begin(network, plan, [3], np.float64, [Examples(X, Y)])
        train(objective, plan, state, FoldsInMemory([Fold(Examples(X, Y, weights))]))
        thetas.append(state.parameters[0].theta)
        assert state.history.losses[-1] < state.history.losses[0]
    np.testing.assert_allclose(*thetas, rtol=0, atol=1e-10)


@pytest.mark.parametrize("max_norm", [np.inf, 0.1])
def test_slices_learn_as_well(max_norm):
    scores = [trained(shards, WEIGHTS, max_norm=max_norm).best_score for shards in (1, 4)]
    assert abs(scores[0] - scores[1]) < 0.06
    assert min(scores) > 0.6


def test_the_number_of_threads_changes_no_bit_of_slices():
    objective = Objective(Network.dense([6, 700, 500, 3], "tanh", 0.2), LOSSES["softmax"], 0.01)
    plan, thetas = replace(PLAN, shards=4, epochs=1), set()
    for n_threads in (1, 2, 3):
        state = begin(objective.network, plan, [3], np.float32, [Examples(X, Y)])
        train(objective, plan, state, FoldsInMemory([Fold(Examples(X, Y))]), n_threads=n_threads)
        thetas.add(state.parameters[0].theta.tobytes())
    assert len(thetas) == 1


def test_batches_of_weight_zero_are_skipped():
    weights = np.zeros(300)
    state = trained(4, weights, alpha=0.0)
    assert list(state.history.losses) == [0.0] * 3
    fresh = begin(Network.dense([6, 9, 3], "tanh", 0.2), PLAN, [3], np.float32, [Examples(X, Y)])
    assert state.parameters[0].theta.tobytes() == fresh.parameters[0].theta.tobytes()


@pytest.mark.parametrize("shards", [1, 4])
def test_a_window_without_rows_has_no_steps(shards):
    """Of several networks, one may hold out all rows of a window."""
    plan, none = replace(PLAN, shards=shards), np.arange(0)
    examples = Examples(X, Y, rows=none)
    state = begin(Network.dense([6, 9, 3], "tanh"), plan, [3], np.float32, [Examples(X, Y)])
    state.members[0].n_rows = 300
    course = course_of(state.members[0], plan, examples, 1.0, parts=none)
    assert (len(course), course.bounds.tolist(), len(course.rows)) == (0, [0], 0)
