"""Scores of rows: one row or many, wherever they lie, and by many callers at once."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from deltarule.network import LOSSES, Dense, Network, Objective, Scale, initialise

native = pytest.importorskip("deltarule.engines.native", reason="the native engine is not built")
NativeEngine = native.NativeEngine

SIZES = (300, 131, 40, 3)


def make(dtype, scaled=True, **options):
    layers = [
        Scale(300),
        Dense(300, 131, "tanh"),
        Scale(131),
        Dense(131, 40, "tanh"),
        Dense(40, 3),
    ]
    kept = [layer for layer in layers if scaled or isinstance(layer, Dense)]
    objective = Objective(Network(kept), LOSSES["softmax"])
    X = np.random.default_rng(0).normal(size=(700, SIZES[0])).astype(dtype)
    parameters = initialise(objective.network, 1, dtype)
    if scaled:
        parameters[1]["s"][:, 0] = np.linspace(-0.5, 1.5, 300)
        parameters[3]["s"][:, 0] = np.linspace(-0.5, 1.5, 131)
    return NativeEngine(objective, **options), parameters, X


@pytest.mark.parametrize("isa", ["x86-64-v3", "x86-64-v4"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [1, 2, 5, 129])
@pytest.mark.parametrize("scaled", [False, True], ids=["plain", "scaled"])
def test_a_rows_scores_have_the_same_bits_alone_and_among_others(scaled, dtype, isa, count):
    engine, parameters, X = make(dtype, scaled, isa=isa)
    try:
        whole = engine.predict(parameters, X)
    except ValueError as error:
        pytest.skip(str(error))
    for first in (0, 7, 500):
        part = engine.predict(parameters, X[first : first + count])
        assert part.tobytes() == whole[first : first + count].tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scaled", [False, True], ids=["plain", "scaled"])
def test_rows_give_the_same_bits_wherever_they_lie(scaled, dtype):
    engine, parameters, X = make(dtype, scaled)
    expected = engine.predict(parameters, X).tobytes()
    spread = np.zeros((700, 2 * SIZES[0]), dtype)
    spread[:, ::2] = X
    unaligned = np.frombuffer(b"\0" + X.tobytes(), dtype, offset=1).reshape(X.shape)
    wide = np.hstack([X, X])[:, : SIZES[0]]
    backwards = X[::-1].copy()[::-1]
    for rows in (np.asfortranarray(X), spread[:, ::2], unaligned, wide, backwards):
        assert engine.predict(parameters, rows).tobytes() == expected


def test_one_engine_serves_many_threads_at_once():
    engine, parameters, X = make(np.float32, n_threads=2)
    expected = engine.predict(parameters, X)
    with ThreadPoolExecutor(64) as pool:
        starts = [i % 600 for i in range(2000)]
        parts = pool.map(lambda i: engine.predict(parameters, X[i : i + 1 + i % 100]), starts)
        for start, part in zip(starts, parts, strict=True):
            np.testing.assert_allclose(part, expected[start : start + len(part)], rtol=1e-4)


def test_an_engine_is_pickled_without_its_core():
    engine, parameters, X = make(np.float64)
    expected = engine.predict(parameters, X)
    again = pickle.loads(pickle.dumps(engine))
    assert again.predict(parameters, X).tobytes() == expected.tobytes()
