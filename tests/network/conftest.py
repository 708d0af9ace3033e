"""A network, a batch and an objective with everything switched on, for whoever wants to check."""

from dataclasses import dataclass
from itertools import count

import numpy as np
import pytest

from deltarule.network import (
    LOSSES,
    Dense,
    Embedding,
    Network,
    Objective,
    Parameters,
    Scale,
    forward,
    initialise,
)
from deltarule.network.dropout import masks

KINK_MARGIN = 1e-3


@dataclass(frozen=True)
class Problem:
    objective: Objective
    parameters: Parameters
    X: np.ndarray
    y: np.ndarray
    weights: np.ndarray
    masks: dict

    def loss(self, parameters):
        """The objective as a function of the parameters alone."""
        return self._evaluate(parameters, Parameters(parameters.layout))

    def gradient(self):
        """The analytic gradient."""
        gradient = Parameters(self.parameters.layout, self.parameters.dtype)
        self._evaluate(self.parameters, gradient)
        return gradient

    def _evaluate(self, parameters, gradient):
        return self.objective.loss_and_gradient(
            parameters, self.X, self.y, gradient, self.weights, self.masks
        )

    def in_float32(self):
        """The same problem with every number rounded to float32."""
        parameters = Parameters(self.parameters.layout, np.float32)
        parameters.theta[:] = self.parameters.theta
        dropped = {k: mask.astype(np.float32) for k, mask in self.masks.items()}
        X, weights = self.X.astype(np.float32), self.weights.astype(np.float32)
        return Problem(self.objective, parameters, X, self.y, weights, dropped)

    def in_float64(self):
        """The same numbers, computed with in float64."""
        parameters = Parameters(self.parameters.layout)
        parameters.theta[:] = self.parameters.theta
        dropped = {k: mask.astype(np.float64) for k, mask in self.masks.items()}
        X, weights = self.X.astype(np.float64), self.weights.astype(np.float64)
        return Problem(self.objective, parameters, X, self.y, weights, dropped)


def random_targets(rng, loss, n_outputs, n_examples):
    if loss == "softmax":
        return rng.integers(0, n_outputs, n_examples)
    return rng.integers(0, 2, (n_outputs, n_examples))


def clear_of_kinks(problem):
    """Whether no pre-activation of a hidden layer is near zero, where relu and its kin bend."""
    network = problem.objective.network
    traces = forward(network, problem.parameters, problem.X, problem.masks).traces
    bend = [k for k, layer in network if k < network.depth and isinstance(layer, Dense)]
    hidden = [np.abs(traces[k].a).min() for k in bend]
    return min(hidden, default=1) > KINK_MARGIN


def with_scales(network, places):
    """The network with a Scale before some of its layers, named by their k: as often as named."""
    layers = []
    for k, layer in network:
        layers += [Scale(layer.n_in, rate=6.0)] * places.count(k)
        layers.append(layer)
    return Network(layers)


def draw_parameters(network, seed, rng):
    """Initial parameters, where factors and mixes are of either sign."""
    parameters = initialise(network, seed)
    for k, layer in network:
        if isinstance(layer, Scale):
            parameters[k]["s"][:] = rng.uniform(0.5, 2, (layer.n, 1)) * rng.choice((-1, 1))
        if "alpha" in parameters[k]:
            parameters[k]["alpha"][:] = rng.uniform(-0.5, 1.5, (layer.n_out, 1))
    return parameters


def draw_examples(rng, network, n):
    """Normal numbers, and indices of categories where an Embedding reads them, some unknown."""
    X, first = rng.normal(size=(network.n_features, n)), network.layers[0]
    if isinstance(first, Embedding):
        for column, size in zip(first.columns, first.sizes, strict=True):
            X[column] = rng.integers(-1, size + 1, n)
    return X


def draw_problem(seed, network, loss, alpha, label_smoothing, examples):
    rng = np.random.default_rng(seed)
    return Problem(
        Objective(network, LOSSES[loss], alpha, label_smoothing),
        draw_parameters(network, seed, rng),
        draw_examples(rng, network, examples),
        random_targets(rng, loss, network.n_outputs, examples),
        rng.uniform(0.2, 2, examples),
        masks(network, seed, step=4, n_examples=examples),
    )


@pytest.fixture(scope="session")
def make_problem():
    """Draw problems until one is clear of kinks: finite differences across a kink are wrong."""

    def make(
        sizes=(5, 6, 3),
        activation="tanh",
        loss="softmax",
        *,
        alpha=0.0,
        label_smoothing=0.0,
        dropout=0.0,
        examples=9,
        scaled=(),
        network=None,
    ):
        if network is None:
            network = with_scales(Network.dense(sizes, activation, dropout), scaled)
        for seed in count():
            problem = draw_problem(seed, network, loss, alpha, label_smoothing, examples)
            if clear_of_kinks(problem):
                return problem
        raise AssertionError("unreachable")

    return make
