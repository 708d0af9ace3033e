"""The analytic gradient against finite differences, for everything that can be combined."""

from itertools import product

import numpy as np
import pytest

from deltarule.network import ACTIVATIONS, LOSSES, backward, check_gradient, forward

SIZES = {1: (5, 3), 2: (5, 6, 3), 4: (5, 6, 6, 6, 3)}
# One layer has no hidden activation: its entry in the table of activations is the identity.
CASES = [("identity", 1), *product(ACTIVATIONS, (2, 4))]
EVERYTHING = {"alpha": 0.3, "label_smoothing": 0.1, "dropout": 0.25}
STEP = 1e-5  # rounding, 2^-52 J / STEP, and curvature, STEP^2, are then both below 1e-9


def accused(problem, gradient):
    """The arrays whose gradient is off by more than a thousandth."""
    checks = check_gradient(problem.loss, problem.parameters, gradient, np.random.default_rng(0))
    return {(check.layer, check.name) for check in checks if check.relative_error > 1e-3}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("activation", "depth"), CASES)
def test_gradient_is_the_directional_derivative(make_problem, activation, depth, loss):
    """With sample weights, label smoothing, L2 and dropout all on.

    The error is measured against the length of the array's gradient, not against the derivative:
    a direction that happens to lie across the gradient would only blow up the rounding.
    """
    problem = make_problem(SIZES[depth], activation, loss, **EVERYTHING)
    gradient = problem.gradient()
    rng = np.random.default_rng(1)
    checks = check_gradient(problem.loss, problem.parameters, gradient, rng, STEP)
    assert len(checks) == 2 * depth
    for check in checks:
        length = np.linalg.norm(gradient[check.layer][check.name])
        assert length > 1e-3  # there is something to compare
        assert abs(check.numeric - check.analytic) < 1e-9 * (1 + length)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("activation", "depth"), CASES)
def test_backward_returns_the_gradient_of_the_input(make_problem, activation, depth, loss):
    problem = make_problem(SIZES[depth], activation, loss, **EVERYTHING)
    network, parameters = problem.objective.network, problem.parameters

    def J_and_g(X):
        done = forward(network, parameters, X, problem.masks)
        losses, g = LOSSES[loss].value_and_gradient(
            done.scores, problem.y, problem.weights, EVERYTHING["label_smoothing"]
        )
        return losses.sum(), backward(network, parameters, done, g, problem.gradient())

    D = np.random.default_rng(2).normal(size=problem.X.shape)
    D /= np.linalg.norm(D)
    plus, minus = (J_and_g(problem.X + sign * STEP * D)[0] for sign in (+1, -1))
    g = J_and_g(problem.X)[1]
    assert g.shape == problem.X.shape
    assert abs((plus - minus) / (2 * STEP) - (g * D).sum()) < 1e-9 * (1 + np.linalg.norm(g))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("activation", "depth"), CASES)
def test_float32_gradient_is_the_float64_one_to_rounding(make_problem, activation, depth, loss):
    """Within 16 units of float32's rounding (2^-24), relative to the whole gradient's length."""
    rounded = make_problem(SIZES[depth], activation, loss, **EVERYTHING).in_float32()
    single, double = rounded.gradient().theta, rounded.in_float64().gradient().theta
    assert single.dtype == np.float32
    assert np.linalg.norm(single - double) < 16 * 2**-24 * np.linalg.norm(double)


def test_check_gradient_accuses_nobody_when_the_gradient_is_right(make_problem):
    problem = make_problem((4, 4, 4))
    assert accused(problem, problem.gradient()) == set()


def test_check_gradient_accuses_a_transposed_matrix(make_problem):
    problem = make_problem((4, 4, 4))
    gradient = problem.gradient()
    gradient.W[1][:] = gradient.W[1].T.copy()
    assert accused(problem, gradient) == {(1, "W")}


def test_check_gradient_accuses_a_bias_that_is_not_summed_over_the_batch(make_problem):
    problem = make_problem((4, 4, 4))
    gradient = problem.gradient()
    done = forward(problem.objective.network, problem.parameters, problem.X)
    _, g = LOSSES["softmax"].value_and_gradient(done.scores, problem.y, problem.weights)
    gradient.b[2][:] = g[:, :1]
    assert accused(problem, gradient) == {(2, "b")}


def test_check_gradient_accuses_a_mean_in_place_of_the_sum(make_problem):
    problem = make_problem((4, 4, 4))
    gradient = problem.gradient()
    gradient.theta /= problem.X.shape[1]
    assert accused(problem, gradient) == {(k, name) for k in (1, 2) for name in "Wb"}


def test_check_gradient_puts_the_parameters_back(make_problem):
    problem = make_problem()
    before = problem.parameters.theta.copy()
    check_gradient(problem.loss, problem.parameters, problem.gradient(), np.random.default_rng(0))
    assert problem.parameters.theta.tobytes() == before.tobytes()
