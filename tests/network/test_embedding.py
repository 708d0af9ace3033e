"""The Embedding layer: learnt numbers in place of categories' indices."""

import numpy as np
import pytest

from deltarule.network import (
    LOSSES,
    OPTIMISERS,
    Dense,
    Embedding,
    Network,
    Periodic,
    Scale,
    apply_update,
    backward,
    check_gradient,
    forward,
    initialise,
)

EVERYTHING = {"alpha": 0.3, "label_smoothing": 0.1}
LAYER = Embedding(4, (0, 2), (3, 2), width=2)
E = np.arange(10.0).reshape(5, 2)
UNKNOWN = [-1.0, 3.0, 0.5, np.nan, np.inf, -np.inf, 1e300, -1e-30, 2.0]
STACKS = {
    "before waves, factors and units": [
        Embedding(5, (1, 4), (3, 6), 4),
        Periodic(11, (0, 1, 2), 5, 2),
        Scale(17),
        Dense(17, 6, "selu", 0.25, is_parametric=True),
        Dense(6, 3),
    ],
    "of every column": [Embedding(3, (0, 1, 2), (2, 1, 5), 1), Dense(3, 3)],
}


def test_other_inputs_come_first_and_then_each_columns_row():
    X = np.array([[0.0, 2], [7, 8], [1, 0], [-5, 0.5]])
    h = LAYER.forward({"E": E}, X).h
    np.testing.assert_array_equal(h[:, 0], [7, -5, 0, 1, 8, 9])
    np.testing.assert_array_equal(h[:, 1], [8, 0.5, 4, 5, 6, 7])
    assert LAYER.n_out == 6


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("index", UNKNOWN)
def test_an_index_that_is_none_reads_the_last_row(index, dtype):
    X = np.full((4, 1), index, dtype=np.float64)
    X[2] = 1
    with np.errstate(over="ignore"):
        h = LAYER.forward({"E": E}, X.astype(dtype)).h
    np.testing.assert_array_equal(h[2:4, 0], E[2])


def test_each_example_adds_to_the_row_that_it_read():
    """Row 1 of the first table is read twice, the unknown once; nothing reads row 0."""
    X = np.array([[1.0, 1, 9], [3, 3, 3], [0, 0, 0], [4, 4, 4]])
    g = np.arange(18.0).reshape(6, 3)
    gradients = {"E": np.full((5, 2), 99.0)}
    below = LAYER.backward({"E": E}, X, LAYER.forward({"E": E}, X), g, gradients)
    first, second = g[2:4].T, g[4:6].T
    expected = [np.zeros(2), first[0] + first[1], first[2], second.sum(axis=0), np.zeros(2)]
    np.testing.assert_array_equal(gradients["E"], expected)
    np.testing.assert_array_equal(below, [np.zeros(3), g[0], np.zeros(3), g[1]])


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("stack", STACKS)
def test_gradient_is_the_directional_derivative(make_problem, stack, loss):
    """With sample weights, label smoothing, L2 and dropout all on: of every array."""
    problem = make_problem(loss=loss, network=Network(STACKS[stack]), examples=30, **EVERYTHING)
    rng = np.random.default_rng(1)
    checks = check_gradient(problem.loss, problem.parameters, problem.gradient(), rng)
    assert checks[0].name == "E"
    for check in checks:
        assert check.norm > 1e-3  # there is something to compare
        assert abs(check.numeric - check.analytic) < 1e-9 * (1 + check.norm)


def test_the_gradient_of_x_is_that_of_finite_differences_and_zero_for_indices(make_problem):
    problem, step = make_problem(network=Network(STACKS["before waves, factors and units"])), 1e-6
    network, parameters = problem.objective.network, problem.parameters

    def J_and_g(X):
        done = forward(network, parameters, X, problem.masks)
        losses, g = LOSSES["softmax"].value_and_gradient(done.scores, problem.y, problem.weights)
        return losses.sum(), backward(network, parameters, done, g, problem.gradient())

    D = np.random.default_rng(2).normal(size=problem.X.shape)
    D[[1, 4]] = 0
    plus, minus = (J_and_g(problem.X + sign * step * D)[0] for sign in (+1, -1))
    g = J_and_g(problem.X)[1]
    assert (plus - minus) / (2 * step) == pytest.approx((g * D).sum(), rel=1e-7)
    assert not g[[1, 4]].any()


def test_tables_start_normal():
    arrays = initialise(Network([Embedding(1, (0,), (4000,), 8), Dense(8, 2)]), 1)[1]
    assert arrays["E"].shape == (4000, 8)
    assert abs(arrays["E"].mean()) < 5 / np.sqrt(32_000)
    assert arrays["E"].var() == pytest.approx(1, rel=5 * np.sqrt(2 / 32_000))


@pytest.mark.parametrize("rule", OPTIMISERS)
def test_learns_what_each_category_stands_for(rule):
    """A target that is a permutation of the categories, which no order of theirs gives away."""
    network = Network([Embedding(1, (0,), (6,), 4), Dense(4, 6)])
    parameters, optimiser, loss = initialise(network, 0), OPTIMISERS[rule](), LOSSES["softmax"]
    X, y = np.arange(6.0)[np.newaxis], np.array([3, 5, 0, 1, 4, 2])
    moments = {name: np.zeros_like(parameters.theta) for name in optimiser.moments}
    gradient = parameters.copy()
    scalars = optimiser.scalars(np.full(300, 0.1), np.arange(300))
    for step in range(300):
        done = forward(network, parameters, X)
        backward(network, parameters, done, loss.value_and_gradient(done.scores, y)[1], gradient)
        apply_update(optimiser, parameters, gradient.theta, moments, scalars[step])
    np.testing.assert_array_equal(forward(network, parameters, X).scores.argmax(axis=0), y)
