"""Parametric activations: each unit learns how much it bends."""

import numpy as np
import pytest

from deltarule.network import (
    ACTIVATIONS,
    LOSSES,
    Dense,
    Network,
    check_gradient,
    forward,
    initialise,
    measure,
)
from deltarule.network.parameters import Group

EVERYTHING = {"alpha": 0.3, "label_smoothing": 0.1}


def layers(activation, dropout=0.25):
    return [
        Dense(5, 6, activation, dropout, is_parametric=True, mix_rate=0.1),
        Dense(6, 6, activation, dropout, is_parametric=True),
        Dense(6, 3),
    ]


def test_a_unit_moves_from_the_identity_to_f_and_beyond():
    """relu of -2 and 3, by hand: the gradient of alpha is sum g (f(a) - a)."""
    layer = Dense(1, 3, "relu", is_parametric=True)
    alpha = np.array([[0.0], [1.0], [-0.5]])
    arrays = {"W": np.ones((3, 1)), "b": np.zeros((3, 1)), "alpha": alpha}
    h_prev, g = np.array([[-2.0, 3.0]]), np.array([[1.0, 1.0], [2.0, 5.0], [3.0, 1.0]])
    trace = layer.forward(arrays, h_prev)
    np.testing.assert_array_equal(trace.h, [[-2, 3], [0, 3], [-3, 3]])
    gradients = {name: np.full_like(array, 99.0) for name, array in arrays.items()}
    below = layer.backward(arrays, h_prev, trace, g, gradients)
    np.testing.assert_array_equal(gradients["alpha"], [[2.0], [4.0], [6.0]])
    slopes = np.array([[1, 1], [0, 1], [1.5, 1]])
    np.testing.assert_array_equal(gradients["b"], (slopes * g).sum(axis=1, keepdims=True))
    np.testing.assert_array_equal(below, (slopes * g).sum(axis=0, keepdims=True))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_is_the_directional_derivative(make_problem, activation, loss):
    """With sample weights, label smoothing, L2 and dropout all on: of W, b and alpha."""
    problem = make_problem(loss=loss, network=Network(layers(activation)), **EVERYTHING)
    rng = np.random.default_rng(1)
    checks = check_gradient(problem.loss, problem.parameters, problem.gradient(), rng)
    assert [check.name for check in checks].count("alpha") == 2
    for check in checks:
        straight = activation == "identity" and check.name == "alpha"
        assert straight or check.norm > 1e-3  # there is something to compare
        assert abs(check.numeric - check.analytic) < 1e-9 * (1 + check.norm)


def test_at_first_it_is_the_plain_layer():
    """alpha = 1: h = a + (f - a), which is f to rounding."""
    mixed, plain = Network(layers("selu")), Network.dense([5, 6, 6, 3], "selu")
    X = np.random.default_rng(0).normal(size=(5, 9))
    scores = forward(mixed, initialise(mixed, 3), X).scores
    np.testing.assert_allclose(scores, forward(plain, initialise(plain, 3), X).scores, rtol=1e-13)


def test_alpha_comes_last_and_has_its_own_rate():
    shapes = Dense(4, 3, "selu", is_parametric=True, mix_rate=0.1).shapes()
    assert list(shapes) == ["W", "b", "alpha"]
    assert shapes["alpha"] == ((3, 1), Group(0.1, decays=False, decay_factor=0.1))


def test_the_mix_counts_where_slopes_are_measured():
    """relu units that are off pass nothing on, unless the mix lets them."""
    network = Network([Dense(4, 8, "relu", is_parametric=True), Dense(8, 3)])
    parameters, X = initialise(network, 0), np.random.default_rng(0).normal(size=(4, 50))
    parameters.b[1][:] = -99
    for alpha, share in ((1.0, 1.0), (0.5, 0.0)):
        parameters[1]["alpha"][:] = alpha
        done = forward(network, parameters, X)
        hidden, _ = measure(network, parameters, done, parameters, parameters)
        assert (hidden.saturated, hidden.dead) == (share, share)
