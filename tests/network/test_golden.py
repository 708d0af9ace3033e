"""Losses, gradients and optimiser trajectories against PyTorch's numbers (golden/torch.json)."""

import json
from pathlib import Path

import numpy as np
import pytest

from deltarule.network import (
    ACTIVATIONS,
    LOSSES,
    OPTIMISERS,
    Network,
    Objective,
    Parameters,
    apply_update,
    backward,
    forward,
)

GOLDEN = json.loads((Path(__file__).parent / "golden" / "torch.json").read_text())
X, Y, INDICATOR, WEIGHTS, CLASS_WEIGHTS = (
    np.array(GOLDEN["data"][name]) for name in ("X", "y", "indicator", "weights", "class_weights")
)
SCORES = np.array(GOLDEN["data"]["scores"])

# How deltarule is asked for what PyTorch was asked for: loss, target, weights, label smoothing.
LOSS_CALLS = {
    "softmax": ("softmax", Y, None, 0.0),
    "softmax smoothed": ("softmax", Y, None, 0.1),
    "softmax class-weighted": ("softmax", Y, CLASS_WEIGHTS[Y], 0.0),
    "softmax smoothed and weighted": ("softmax", Y, WEIGHTS, 0.1),
    "sigmoid": ("sigmoid", INDICATOR.T, None, 0.0),
    "sigmoid smoothed": ("sigmoid", INDICATOR.T, None, 0.1),
    "sigmoid weighted": ("sigmoid", INDICATOR.T, WEIGHTS, 0.0),
}


def assert_close(mine, torch):
    """To 1e-12 of the array's largest element: small ones are differences of such."""
    torch = np.array(torch)
    np.testing.assert_allclose(mine, torch, rtol=1e-12, atol=1e-12 * np.abs(torch).max())


def start(activation):
    network = Network.dense([4, 5, 6, 3], activation)
    parameters = Parameters(network.layout)
    for k in (1, 2, 3):
        parameters.W[k][:] = GOLDEN["parameters"]["W"][k - 1]
        parameters.b[k][:, 0] = GOLDEN["parameters"]["b"][k - 1]
    return network, parameters


def assert_same_parameters(mine, torch):
    for k in (1, 2, 3):
        assert_close(mine.W[k], torch["W"][k - 1])
        assert_close(mine.b[k][:, 0], torch["b"][k - 1])


@pytest.mark.parametrize("way", LOSS_CALLS)
def test_losses_are_pytorchs(way):
    name, target, weights, label_smoothing = LOSS_CALLS[way]
    losses, g = LOSSES[name].value_and_gradient(SCORES.T, target, weights, label_smoothing)
    assert_close(losses.sum(), GOLDEN["losses"][way]["J"])
    assert_close(g.T, GOLDEN["losses"][way]["g"])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_are_pytorchs(activation):
    """A new activation needs its PyTorch function in golden/make_golden.py."""
    network, parameters = start(activation)
    gradient = Parameters(network.layout)
    done = forward(network, parameters, X.T)
    losses, g = LOSSES["softmax"].value_and_gradient(done.scores, Y)
    g_input = backward(network, parameters, done, g, gradient)
    torch = GOLDEN["gradients"][activation]
    assert_close(losses.sum(), torch["J"])
    assert_close(g_input.T, torch["X"])
    assert_same_parameters(gradient, torch)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_optimisers_walk_where_pytorchs_do(name):
    """At a constant rate, on the mean loss of a tanh network; a new rule needs its golden walk."""
    network, parameters = start("tanh")
    objective, optimiser = Objective(network, LOSSES["softmax"]), OPTIMISERS[name]()
    moments = {moment: np.zeros_like(parameters.theta) for moment in optimiser.moments}
    gradient = Parameters(network.layout)
    rates = np.full(GOLDEN["steps"], GOLDEN["rate"])
    scalars = optimiser.scalars(rates, np.arange(GOLDEN["steps"]))
    for step in range(GOLDEN["steps"]):
        objective.loss_and_gradient(parameters, X.T, Y, gradient)
        apply_update(optimiser, parameters, gradient.theta / len(X), moments, scalars[step])
    assert_same_parameters(parameters, GOLDEN["trajectories"][name])
