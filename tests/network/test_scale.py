"""The Scale layer: a factor for each feature, forward and back."""

from dataclasses import replace

import numpy as np
import pytest

from deltarule.network import (
    ACTIVATIONS,
    LOSSES,
    OPTIMISERS,
    Dense,
    Network,
    Objective,
    Parameters,
    Scale,
    apply_update,
    backward,
    check_gradient,
    forward,
    initialise,
)
from deltarule.network.dropout import masks

EVERYTHING = {"alpha": 0.3, "label_smoothing": 0.1, "dropout": 0.25}
STEP = 1e-5
# Before which of the dense layers 1 to 3 there is a Scale.
ARRANGEMENTS = {"at the start": (1,), "in the middle": (2, 3), "everywhere": (1, 1, 2, 2, 3)}


def test_rows_are_multiplied_and_gradients_summed_over_the_batch():
    """Two features, three examples, by hand."""
    h_prev, g = np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([[1.0, 0, -1], [2, 2, 2]])
    arrays, gradients = {"s": np.array([[10.0], [-1]])}, {"s": np.full((2, 1), 99.0)}
    layer = Scale(2)
    trace = layer.forward(arrays, h_prev)
    np.testing.assert_array_equal(trace.h, [[10, 20, 30], [-4, -5, -6]])
    below = layer.backward(arrays, h_prev, trace, g, gradients)
    np.testing.assert_array_equal(gradients["s"], [[1 - 3], [8 + 10 + 12]])
    np.testing.assert_array_equal(below, [[10, 0, -10], [-2, -2, -2]])


def test_backward_is_the_complex_step_derivative_of_forward():
    """d/dx sum(c h) = Im sum(c h(x + i e)) / e: exact, no difference is formed."""
    rng, layer, e = np.random.default_rng(0), Scale(4), 1e-200
    s, h_prev, c = rng.normal(size=(4, 1)), rng.normal(size=(4, 9)), rng.normal(size=(4, 9))
    gradients = {"s": np.zeros((4, 1))}
    g = layer.backward({"s": s}, h_prev, layer.forward({"s": s}, h_prev), c, gradients)

    def derivative(ds, dh):
        return (c * layer.forward({"s": s + 1j * e * ds}, h_prev + 1j * e * dh).h).sum().imag / e

    for j in range(4):
        unit = np.eye(4)[:, [j]]
        assert derivative(unit, 0) == pytest.approx(gradients["s"][j, 0], rel=1e-13)
        along = rng.normal(size=9)
        assert derivative(0, unit * along) == pytest.approx(g[j] @ along, rel=1e-13)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("where", ARRANGEMENTS)
def test_gradient_through_scales_is_the_directional_derivative(
    make_problem, where, activation, loss
):
    """With sample weights, label smoothing, L2 and dropout all on: of s, and of all W and b."""
    problem = make_problem((5, 6, 6, 3), activation, loss, scaled=ARRANGEMENTS[where], **EVERYTHING)
    gradient = problem.gradient()
    rng = np.random.default_rng(1)
    checks = check_gradient(problem.loss, problem.parameters, gradient, rng, STEP)
    assert [check.name for check in checks].count("s") == len(ARRANGEMENTS[where])
    for check in checks:
        assert check.norm > 1e-3  # there is something to compare
        assert abs(check.numeric - check.analytic) < 1e-9 * (1 + check.norm)


def test_check_gradient_accuses_factors_whose_gradient_is_not_summed(make_problem):
    problem = make_problem((4, 4, 4), scaled=(1,))
    gradient = problem.gradient()
    done = forward(problem.objective.network, problem.parameters, problem.X)
    _, g = LOSSES["softmax"].value_and_gradient(done.scores, problem.y, problem.weights)
    below = backward(problem.objective.network, problem.parameters, done, g, problem.gradient())
    gradient[1]["s"][:] = below[:, :1] * problem.X[:, :1]
    rng = np.random.default_rng(0)
    checks = check_gradient(problem.loss, problem.parameters, gradient, rng)
    accused = {(check.layer, check.name) for check in checks if check.relative_error > 1e-3}
    assert accused == {(1, "s")}


def test_factors_of_one_change_nothing(make_problem):
    plain = make_problem()
    network = Network([Scale(5), *plain.objective.network.layers])
    scaled = initialise(network, 0)
    for k, W in plain.parameters.W.items():
        scaled.W[k + 1][:], scaled.b[k + 1][:] = W, plain.parameters.b[k]
    scores = forward(network, scaled, plain.X).scores
    expected = forward(plain.objective.network, plain.parameters, plain.X).scores
    np.testing.assert_array_equal(scores, expected)


@pytest.mark.parametrize("rule", OPTIMISERS)
def test_factors_learn_at_their_own_rate_and_no_penalty_touches_them(rule):
    """With L2 on, and a gradient of zero but for one of ones."""
    network = Network([Scale(3, rate=6.0), Dense(3, 3)])
    parameters, gradient = initialise(network, 0), Parameters(network.layout)
    objective = Objective(network, LOSSES["softmax"], alpha=0.5)
    gradient[1]["s"][0], gradient[2]["b"][0] = 1, 1
    objective.add_penalty(parameters, gradient)
    before, optimiser = parameters.copy(), replace(OPTIMISERS[rule](), weight_decay=0.0)
    moments = {name: np.zeros_like(parameters.theta) for name in optimiser.moments}
    scalars = optimiser.scalars(np.array([0.01]), np.array([0]))[0]
    apply_update(optimiser, parameters, gradient.theta, moments, scalars)
    s, b = (parameters[k][name] - before[k][name] for k, name in ((1, "s"), (2, "b")))
    np.testing.assert_allclose(s[0], 6 * b[0], rtol=1e-12)
    assert s[0] < 0
    assert not s[1:].any()
    assert (parameters.W[2] != before.W[2]).all()


def test_a_scale_has_no_dropout_mask():
    network = Network([Scale(4), Dense(4, 5, "relu", 0.5), Scale(5), Dense(5, 2)])
    assert masks(network, 0, 0, 3).keys() == {2}
