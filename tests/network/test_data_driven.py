"""The data-driven initialiser: units that vary alike on the examples, and bend amid them."""

from dataclasses import replace

import numpy as np
import pytest

from deltarule.network import (
    Dense,
    Embedding,
    Network,
    Periodic,
    Scale,
    forward,
    initialise,
)
from deltarule.network.randomness import INITIAL_WEIGHTS, philox

NETWORK = Network(
    [
        Embedding(4, (1,), (5,), 3),
        Periodic(6, (0, 2), 4, 2),
        Scale(10),
        Dense(10, 30, "selu", dropout=0.5, is_parametric=True),
        Dense(30, 20, "relu"),
        Dense(20, 3),
    ]
)


def draw_examples(n=200, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(0, 3, (4, n))
    X[1] = rng.integers(0, 5, n)
    return X


def start(X, network=NETWORK, seed=1, dtype=np.float64):
    return initialise(network, seed, dtype, "data_driven", X)


def pre_activations(parameters, X, network=NETWORK):
    """W h_prev of each Dense layer, without its bias."""
    done = forward(network, parameters, X)
    return {k: parameters.W[k] @ done.h[k - 1] for k in parameters.W}


def test_every_unit_varies_by_one_on_the_examples():
    X = draw_examples()
    for k, a in pre_activations(start(X), X).items():
        np.testing.assert_allclose(a.std(axis=1), 1, rtol=1e-12, err_msg=f"layer {k}")


def test_zero_lies_amid_each_units_examples():
    """Its bias is minus a convex mix of five of its pre-activations, and so within their range."""
    X = draw_examples()
    parameters = start(X)
    for k, a in pre_activations(parameters, X).items():
        zero = -parameters.b[k][:, 0]
        assert (zero >= a.min(axis=1)).all()
        assert (zero <= a.max(axis=1)).all()
        assert zero.std() > 0.1


def test_known_answer():
    """Layer 1's stream gives W, then five examples a unit, then the exponentials of their mix."""
    X, network = draw_examples()[:2], Network([Dense(2, 6, "tanh"), Dense(6, 3)])
    rng = np.random.Generator(philox(1, INITIAL_WEIGHTS, 1))
    W = rng.standard_normal((6, 2))
    W /= (W @ X).std(axis=1, keepdims=True)
    chosen, e = rng.integers(200, size=(6, 5)), rng.standard_exponential((6, 5))
    b = [-(e[i] / e[i].sum()) @ (W[i] @ X[:, chosen[i]]) for i in range(6)]
    parameters = start(X, network)
    np.testing.assert_allclose(parameters.W[1], W, rtol=1e-13)
    np.testing.assert_allclose(parameters.b[1][:, 0], b, rtol=1e-12)


def test_what_is_not_drawn_goes_by_the_layer():
    parameters = start(draw_examples())
    assert (parameters[3]["s"] == 1).all()
    assert (parameters[4]["alpha"] == 1).all()
    plain = initialise(NETWORK, 1)
    for k, name in ((1, "E"), (2, "w"), (2, "c"), (2, "V"), (2, "d")):
        np.testing.assert_array_equal(parameters[k][name], plain[k][name])


def test_where_examples_are_of_two_kinds_no_unit_is_far_steeper_than_most():
    """As of one column that is true or false: divided by its spread alone, one would be."""
    X, network = (
        np.repeat([[0.0, 1.0]], 50, axis=1),
        Network([Dense(1, 999, "selu"), Dense(999, 2)]),
    )
    steep = np.abs(start(X, network).W[1])
    assert steep.max() <= 4.001 * np.median(steep)
    assert (np.isclose(steep, 2)).sum() > 600, "the spread of 0 and 1 is 1/2"


@pytest.mark.parametrize("value", [0.0, 0.3, 1e6])
def test_a_unit_that_is_constant_keeps_plain_weights(value):
    """0.3 and 1e6 times weights differ by rounding from example to example, if at all."""
    X, network = np.full((3, 50), value), Network([Dense(3, 400, "relu"), Dense(400, 2)])
    parameters = start(X, network)
    assert np.isfinite(parameters.theta).all()
    assert parameters.W[1].std() == pytest.approx(1 / np.sqrt(3), rel=0.1)
    np.testing.assert_allclose(parameters.W[1] @ X + parameters.b[1], 0, atol=1e-9 * value)


@pytest.mark.parametrize("value", [np.inf, np.nan, 1e308])
def test_parameters_are_finite_where_examples_overflow(value):
    X = draw_examples()
    X[0, 7] = value
    assert np.isfinite(start(X).theta).all()


def test_a_single_example_will_do():
    assert np.isfinite(start(draw_examples(1)).theta).all()


@pytest.mark.parametrize(
    ("X", "got"),
    [
        (None, "got none"),
        (np.empty((4, 0)), r"got an X of shape \(4, 0\)"),
        (np.ones((5, 9)), r"got an X of shape \(5, 9\)"),
    ],
)
def test_it_does_not_go_without_examples(X, got):
    with pytest.raises(ValueError, match=rf"'data_driven' goes by examples: .*\(4, n\).*{got}"):
        start(X)


def test_the_same_seed_and_examples_give_the_same_numbers():
    X = draw_examples()
    first, again, other, elsewhere = (
        start(X),
        start(X),
        start(X, seed=2),
        start(draw_examples(200, 1)),
    )
    assert first.theta.tobytes() == again.theta.tobytes()
    assert first.theta.tobytes() != other.theta.tobytes()
    assert first.theta.tobytes() != elsewhere.theta.tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_computes_in_float64_whatever_goes_in_and_comes_out(dtype):
    X = draw_examples().astype(np.float32)
    expected = start(X.astype(np.float64)).theta.astype(dtype)
    np.testing.assert_array_equal(start(X, dtype=dtype).theta, expected)


def test_dropout_is_not_in_it():
    X = draw_examples()
    without = Network(
        [replace(k, dropout=0.0) if isinstance(k, Dense) else k for k in NETWORK.layers]
    )
    assert start(X).theta.tobytes() == start(X, without).theta.tobytes()
