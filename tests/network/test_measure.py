"""Measurements find what was planted."""

import numpy as np
import pytest

from deltarule.network import (
    Dense,
    Network,
    Parameters,
    Scale,
    first_overflow,
    flatness,
    forward,
    initialise,
    measure,
    typical_sizes,
)

X = np.random.default_rng(0).normal(size=(4, 50))


def measure_forward(network, parameters, gradient=None, previous=None):
    gradient = gradient or Parameters(network.layout)
    done = forward(network, parameters, X)
    return measure(network, parameters, done, gradient, previous or parameters)


def test_every_layer_is_measured_in_order():
    network = Network.dense([4, 8, 8, 3], "tanh")
    measurements = measure_forward(network, initialise(network, 0))
    assert [m.layer for m in measurements] == [1, 2, 3]


def test_a_healthy_network_has_nothing_dead_or_saturated():
    network = Network.dense([4, 8, 8, 3], "tanh")
    for m in measure_forward(network, initialise(network, 0)):
        assert (m.saturated, m.dead) == (0, 0)


def test_dead_relu_units_are_found_where_they_are():
    """Two of eight units of layer 2 are off whatever comes in; layer 1 is alive."""
    network = Network.dense([4, 8, 8, 3], "relu")
    parameters = initialise(network, 0)
    parameters.W[2][[1, 6]], parameters.b[2][[1, 6]] = 0, -1
    first, second, last = measure_forward(network, parameters)
    assert second.dead == 2 / 8
    assert (first.dead, last.dead) == (0, 0)


def test_an_inactive_example_does_not_make_a_unit_dead():
    """relu units off on about half of the examples: flat there, but not dead."""
    network = Network.dense([4, 8, 3], "relu")
    hidden, _ = measure_forward(network, initialise(network, 0))
    a = initialise(network, 0).W[1] @ X + initialise(network, 0).b[1]
    assert hidden.saturated == np.mean(a <= 0)
    assert 0.2 < hidden.saturated < 0.8
    assert hidden.dead == 0


def test_a_saturated_tanh_layer_is_found():
    """tanh' < 0.01 from |a| > 3 on: a bias of 20 puts layer 2 there, and only layer 2."""
    network = Network.dense([4, 8, 8, 3], "tanh")
    parameters = initialise(network, 0)
    parameters.b[2][:] = 20
    first, second, last = measure_forward(network, parameters)
    assert (second.saturated, second.dead) == (1, 1)
    assert (first.saturated, last.saturated) == (0, 0)


def test_a_dropped_unit_is_not_dead():
    """The slope is f' of the activation, whatever the mask does to h: these relu units are on."""
    network = Network.dense([4, 8, 3], "relu", dropout=0.5)
    parameters = initialise(network, 0)
    parameters.b[1][:] = 20
    done = forward(network, parameters, X, {1: np.zeros((8, 50))})
    hidden, _ = measure(network, parameters, done, Parameters(network.layout), parameters)
    assert hidden.dead == 0


def test_norms_and_update_ratio():
    network = Network.dense([4, 2, 3], "tanh")
    previous, gradient = Parameters(network.layout), Parameters(network.layout)
    previous.W[1][0] = [3, 4, 0, 0]
    previous.W[2][0, 0] = 2
    parameters = previous.copy()
    parameters.W[1][1, 3] = 12
    parameters.W[2][0, 0] = 2.002
    parameters.b[2][:] = 7  # biases do not count
    gradient.W[1][:] = 1
    gradient.W[2][:, 0] = [2, 2, 1]
    first, second = measure_forward(network, parameters, gradient, previous)
    assert (first.weight_norm, first.gradient_norm) == (13, pytest.approx(np.sqrt(8)))
    assert (second.weight_norm, second.gradient_norm) == (2.002, 3)
    assert first.update_ratio == 12 / 5
    assert second.update_ratio == pytest.approx(1e-3, rel=1e-12)


def test_the_weights_of_a_scale_are_its_factors():
    network = Network([Scale(4), Dense(4, 3)])
    previous, gradient = initialise(network, 0), Parameters(network.layout)
    parameters = previous.copy()
    parameters[1]["s"][:, 0] = [1, 2, 1, 1]
    gradient[1]["s"][:, 0] = [0, 3, 4, 0]
    gradient[2]["W"][0], gradient[2]["b"][:] = 1, 2
    first, last = measure_forward(network, parameters, gradient, previous)
    assert (first.weight_norm, first.gradient_norm) == (pytest.approx(np.sqrt(7)), 5)
    assert first.update_ratio == 1 / 2
    assert (first.saturated, first.dead) == (0, 0)
    assert last.gradient_norm == 4  # of W and b together


def test_update_ratio_of_weights_that_were_zero_is_infinite():
    network = Network.dense([4, 3])
    previous = Parameters(network.layout)
    (only,) = measure_forward(network, initialise(network, 0), previous=previous)
    assert only.update_ratio == np.inf


@pytest.mark.parametrize(("large", "first"), [(1, 1), (2, 2), (3, 3), (None, None)])
def test_the_first_layer_that_overflows(large, first):
    """Weights of 1e200 on outputs that are about 1e200 already."""
    network = Network.dense([2, 3, 3, 2], "identity")
    parameters = Parameters(network.layout)
    for k in (1, 2, 3):
        parameters.W[k][:] = 1e200 if k == large else 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        done = forward(network, parameters, np.full((2, 4), 1e200))
    assert first_overflow(done) == first


def test_flatness_is_told_unit_by_unit():
    """Unit 1 is on for every row, unit 2 off, unit 3 off where the first input is negative."""
    network = Network.dense([4, 3, 2], "relu")
    parameters = Parameters(network.layout)
    parameters.b[1][:] = [[1.0], [-1.0], [0.0]]
    parameters.W[1][2, 0] = 1.0
    done = forward(network, parameters, X)
    found = flatness(network.layers[0], parameters[1], done.traces[1])
    assert found.tolist() == [0, 1, (X[0] < 0).mean()]


def test_layers_that_do_not_bend_are_flat_nowhere():
    network = Network([Scale(4), Dense(4, 2)])
    parameters = initialise(network, 0)
    done = forward(network, parameters, X)
    for k, layer in network:
        assert not flatness(layer, parameters[k], done.traces[k]).any()


def test_typical_sizes_do_not_depend_on_how_many_there_are():
    network = Network.dense([4, 100, 2], "tanh")
    parameters = Parameters(network.layout)
    parameters.W[1][:], parameters.W[2][:] = 3, -2
    assert typical_sizes(parameters) == {1: 3, 2: 2}
