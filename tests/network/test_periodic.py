"""The Periodic layer: waves of single inputs beside the inputs."""

import numpy as np
import pytest

from deltarule.network import (
    LOSSES,
    Dense,
    Network,
    Periodic,
    Scale,
    backward,
    check_gradient,
    forward,
    initialise,
)

EVERYTHING = {"alpha": 0.3, "label_smoothing": 0.1}
LAYER = Periodic(4, (1, 3), n_frequencies=5, n_outputs=3, rate=0.1)
STACKS = {
    "at the start": [Periodic(4, (1, 3), 5, 3), Dense(10, 6, "selu", 0.25), Dense(6, 3)],
    "alone before the scores": [Periodic(4, (0,), 5, 3), Dense(7, 3)],
    "after another and a scale": [
        Periodic(4, (0, 1, 2, 3), 2, 1),
        Scale(8),
        Periodic(8, (2, 7), 6, 2),
        Dense(12, 3),
    ],
    "in the middle": [
        Dense(4, 6, "tanh", 0.25),
        Periodic(6, (0, 5), 5, 3),
        Dense(12, 6, "selu", 0.25),
        Periodic(6, (3,), 1, 1),
        Dense(7, 3),
    ],
}


def draw_arrays(rng, layer):
    return {name: rng.normal(size=shape) for name, (shape, _) in layer.shapes().items()}


def test_inputs_stay_and_the_numbers_of_each_column_follow():
    """One example, number by number."""
    rng = np.random.default_rng(0)
    arrays, x = draw_arrays(rng, LAYER), rng.normal(size=(4, 1))
    expected = list(x[:, 0])
    for j, column in enumerate(LAYER.columns):
        angles = 2 * np.pi * arrays["w"][j] * x[column, 0] + arrays["c"][j]
        expected += [arrays["V"][j, k] @ np.cos(angles) + arrays["d"][j, k] for k in range(3)]
    np.testing.assert_allclose(LAYER.forward(arrays, x).h[:, 0], expected, rtol=1e-14)
    assert LAYER.n_out == len(expected)


def test_backward_is_the_complex_step_derivative_of_forward():
    """d/dx sum(y h) = Im sum(y h(x + i e)) / e: exact, no difference is formed."""
    rng, e = np.random.default_rng(0), 1e-200
    arrays, h_prev, y = draw_arrays(rng, LAYER), rng.normal(size=(4, 9)), rng.normal(size=(10, 9))
    gradients = {name: np.full(array.shape, 99.0) for name, array in arrays.items()}
    g = LAYER.backward(arrays, h_prev, LAYER.forward(arrays, h_prev), y, gradients)

    def derivative(name, along):
        moved = arrays | {name: arrays[name] + 1j * e * along} if name in arrays else arrays
        h = h_prev + 1j * e * along if name == "h_prev" else h_prev
        return (y * LAYER.forward(moved, h).h).sum().imag / e

    for name, expected in {**gradients, "h_prev": g}.items():
        along = rng.normal(size=expected.shape)
        assert derivative(name, along) == pytest.approx((expected * along).sum(), rel=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("stack", STACKS)
def test_gradient_is_the_directional_derivative(make_problem, stack, loss):
    """With sample weights, label smoothing, L2 and dropout all on: of every array."""
    network = Network(STACKS[stack])
    problem = make_problem(loss=loss, network=network, **EVERYTHING)
    rng = np.random.default_rng(1)
    checks = check_gradient(problem.loss, problem.parameters, problem.gradient(), rng)
    waves = sum(isinstance(layer, Periodic) for layer in network.layers)
    assert [check.name for check in checks].count("w") == waves
    for check in checks:
        assert check.norm > 1e-3  # there is something to compare
        assert abs(check.numeric - check.analytic) < 1e-9 * (1 + check.norm)


def test_the_gradient_of_x_is_that_of_finite_differences(make_problem):
    problem, step = make_problem(network=Network(STACKS["at the start"])), 1e-6
    network, parameters = problem.objective.network, problem.parameters

    def J_and_g(X):
        done = forward(network, parameters, X, problem.masks)
        losses, g = LOSSES["softmax"].value_and_gradient(done.scores, problem.y, problem.weights)
        return losses.sum(), backward(network, parameters, done, g, problem.gradient())

    D = np.random.default_rng(2).normal(size=problem.X.shape)
    plus, minus = (J_and_g(problem.X + sign * step * D)[0] for sign in (+1, -1))
    g = J_and_g(problem.X)[1]
    assert (plus - minus) / (2 * step) == pytest.approx((g * D).sum(), rel=1e-7)


def test_its_arrays_start_as_in_the_paper():
    """w ~ N(0, 0.1^2), c ~ U[-pi, pi], V and d ~ U[-1/4, 1/4] for 16 frequencies."""
    layer = Periodic(2000, tuple(range(2000)), 16, 3)
    arrays = initialise(Network([layer, Dense(8000, 2)]), 1)[1]
    assert arrays["w"].std() == pytest.approx(0.1, rel=0.03)
    assert abs(arrays["w"].mean()) < 5 * 0.1 / np.sqrt(arrays["w"].size)
    for name, bound in (("c", np.pi), ("V", 0.25), ("d", 0.25)):
        assert 0.99 * bound < np.abs(arrays[name]).max() <= bound
        assert arrays[name].std() == pytest.approx(bound / np.sqrt(3), rel=0.03)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_passed_on(value):
    arrays = draw_arrays(np.random.default_rng(0), LAYER)
    with np.errstate(invalid="ignore"):
        h = LAYER.forward(arrays, np.full((4, 1), value)).h
    assert np.isnan(h[4:]).all()
