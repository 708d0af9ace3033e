"""Each kind of layer and each activation says the same in ONNX."""

import numpy as np
import pytest

from deltarule.export.graph import Graph
from deltarule.export.layers import ACTIVATIONS, scores
from deltarule.network import (
    ACTIVATIONS as KNOWN,
)
from deltarule.network import (
    Dense,
    Embedding,
    Network,
    Parameters,
    Periodic,
    Scale,
    forward,
)
from tests.export.sessions import session_of

RNG = np.random.default_rng(0)
DTYPES = ["float32", "float64"]
N = 50


def run(network, parameters, X):
    """Return the scores of rows X by onnxruntime."""
    graph, dtype = Graph(["X"]), parameters.dtype
    out = scores(graph, network, parameters, "X")
    session = session_of(graph, {"X": (dtype, network.n_features)}, out, dtype)
    return session.run(None, {"X": X})[0]


def drawn(network, dtype, spread=1.0):
    parameters = Parameters(network.layout, np.dtype(dtype))
    parameters.theta[:] = RNG.normal(0, spread, len(parameters.theta))
    return parameters


def assert_same(network, parameters, X):
    X = X.astype(parameters.dtype)
    expected = forward(network, parameters, X.T).scores.T
    told = run(network, parameters, X)
    assert told.dtype == expected.dtype
    bound = 2e-5 if told.dtype == np.float32 else 1e-12
    np.testing.assert_allclose(told, expected, rtol=bound, atol=bound * np.abs(expected).max())


def test_there_is_a_formula_for_every_activation():
    assert {*ACTIVATIONS, "identity"} == set(KNOWN)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("is_parametric", [False, True])
@pytest.mark.parametrize("activation", KNOWN)
def test_dense(activation, is_parametric, dtype):
    """Also far out, where formulas of the exponential overflow that are written down carelessly."""
    hidden = Dense(6, 9, activation, 0.5, is_parametric=is_parametric)
    network = Network([hidden, Dense(9, 3)])
    for spread in (1.0, 100.0):
        assert_same(network, drawn(network, dtype), RNG.normal(0, spread, (N, 6)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", [(0,), (1, 3), (0, 1, 2, 3, 4, 5)])
def test_periodic(columns, dtype):
    layers = [Scale(6), Periodic(6, columns, 5, 4), Dense(6 + 4 * len(columns), 3)]
    network = Network(layers)
    assert_same(network, drawn(network, dtype), RNG.normal(size=(N, 6)))


@pytest.mark.parametrize("columns", [(0,), (1, 3), (0, 1, 2, 3)])
def test_embedding(columns):
    sizes = tuple(int(size) for size in RNG.integers(2, 9, len(columns)))
    layer = Embedding(4, columns, sizes, 3)
    network = Network([layer, Dense(layer.n_out, 3)])
    X = RNG.normal(size=(N, 4))
    X[:, columns] = [[RNG.integers(size) for size in sizes] for _ in range(N)]
    assert_same(network, drawn(network, "float32"), X)
