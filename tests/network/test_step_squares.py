"""What a step did to each layer."""

import numpy as np

from deltarule.network import LOSSES, Dense, Network, Parameters, Scale, initialise, step_squares


def test_gradient_change_and_weights_of_each_layer():
    network = Network.dense([3, 4, 2])
    before = initialise(network, seed=0)
    after, gradient = before.copy(), Parameters(network.layout)
    after.W[1] += 0.5
    after.b[1] += 100  # of a bias, only the gradient counts
    gradient.W[2][:], gradient.b[2][:] = 2, 3
    squares = step_squares(before, after, gradient)
    norms = [np.square(W).sum() for W in before.W.values()]
    np.testing.assert_allclose(squares[:, 0], [0, 8 * 4 + 2 * 9])
    np.testing.assert_allclose(squares[:, 1], [12 * 0.25, 0])
    np.testing.assert_allclose(squares[:, 2], norms)


def test_of_a_scale_its_factors_count():
    network = Network([Scale(3), Dense(3, 2)])
    before = initialise(network, seed=0)
    after, gradient = before.copy(), Parameters(network.layout)
    after[1]["s"] += 0.5
    gradient[1]["s"][:] = 2
    np.testing.assert_allclose(step_squares(before, after, gradient)[0], [12, 0.75, 3])


def test_squares_are_added_in_float64():
    network = Network.dense([1, 2])
    before = Parameters(network.layout, np.float32)
    before.W[1][:] = 1e30  # whose square is beyond float32
    assert np.isfinite(step_squares(before, before, before)).all()


def test_the_loss_of_guessing_is_that_of_equal_scores():
    for name, loss in LOSSES.items():
        y = np.array([1]) if name == "softmax" else np.array([[True], [False], [True]])
        losses, _ = loss.value_and_gradient(np.zeros((3, 1)), y)
        np.testing.assert_allclose(loss.of_guessing(3), losses[0])
