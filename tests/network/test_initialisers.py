"""Initial weights: the distributions of the papers, from counter-based streams."""

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from deltarule.network import (
    INITIALISERS,
    LOSSES,
    Adam,
    Dense,
    Network,
    Objective,
    Parameters,
    Scale,
    apply_update,
    initialise,
)
from deltarule.network.initialisers import Place
from deltarule.network.randomness import INITIAL_WEIGHTS, philox

WIDE = (300, 200, 100, 50)
WITHOUT_DATA = [name for name in INITIALISERS if name != "data_driven"]  # see test_data_driven.py
VARIANCES = {
    "glorot": lambda n_in, n_out: 2 / (n_in + n_out),
    "he": lambda n_in, n_out: 2 / n_in,
    "lecun": lambda n_in, n_out: 1 / n_in,
    "neural_tangent": lambda n_in, n_out: 1 / n_in,
}


class Transposed:
    """A generator that draws matrices in scikit-learn's order, (n_in, n_out)."""

    def __init__(self, rng):
        self.rng = rng

    def uniform(self, low, high, shape):
        return self.rng.uniform(low, high, shape[::-1]).T


@pytest.mark.parametrize("name", WITHOUT_DATA)
def test_weights_have_mean_zero_and_the_papers_variance(name):
    """Within 5 standard errors (of a normal's variance, the wider of the two) in hidden layers."""
    parameters = initialise(Network.dense((*WIDE, 4), "relu"), seed=1, initialiser=name)
    for k, W in list(parameters.W.items())[:-1]:
        variance = VARIANCES[name](WIDE[k - 1], WIDE[k])
        assert abs(W.mean()) < 5 * np.sqrt(variance / W.size)
        assert W.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / W.size))


@pytest.mark.parametrize("name", ["he", "lecun"])
def test_biases_start_at_zero(name):
    parameters = initialise(Network.dense(WIDE, "relu"), seed=1, initialiser=name)
    assert not any(b.any() for b in parameters.b.values())


@pytest.mark.parametrize("activation", ["tanh", "relu", "logistic", "identity"])
def test_glorot_draws_from_scikit_learns_intervals(activation):
    """Fed with scikit-learn's random numbers, it gives scikit-learn's initial weights."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(12, 5)), np.arange(12) % 3
    stay = {"max_iter": 1, "learning_rate_init": 1e-300}
    theirs = MLPClassifier((7, 4), activation, random_state=3, **stay)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        theirs.fit(X, y)
    same_draws = np.random.RandomState(3)
    network = Network.dense([5, 7, 4, 3], activation)
    for k, layer in network:
        place = Place(activation, k == network.depth, np.empty((layer.n_in, 0)))
        W, b = INITIALISERS["glorot"](Transposed(same_draws), layer, place)
        np.testing.assert_allclose(W, theirs.coefs_[k - 1].T, rtol=1e-14)
        np.testing.assert_allclose(b.ravel(), theirs.intercepts_[k - 1], rtol=1e-14)


@pytest.mark.parametrize(("activation", "factor"), [("tanh", 6), ("logistic", 2)])
def test_glorot_fills_its_interval_and_stays_inside(activation, factor):
    """Also in the last layer, whose own activation is the identity."""
    parameters = initialise(Network.dense(WIDE, activation), seed=0)
    for k in (1, 2, 3):
        bound = np.sqrt(factor / (WIDE[k - 1] + WIDE[k]))
        both = np.abs(np.concatenate([parameters.W[k], parameters.b[k]], axis=1))
        assert 0.99 * bound < both.max() <= bound
        assert parameters.b[k].std() > 0.4 * bound


@pytest.mark.parametrize("name", WITHOUT_DATA)
def test_the_same_seed_gives_the_same_numbers(name):
    network = Network.dense([5, 7, 3], "relu")
    first, again, other = (initialise(network, seed, initialiser=name).theta for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


@pytest.mark.parametrize("name", WITHOUT_DATA)
def test_float32_is_the_rounding_of_float64(name):
    network = Network.dense([5, 7, 3], "relu")
    single = initialise(network, 4, np.float32, name).theta
    double = initialise(network, 4, np.float64, name).theta
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, double.astype(np.float32))


@pytest.mark.parametrize("name", WITHOUT_DATA)
def test_a_layer_draws_from_its_own_stream(name):
    """What layer 2 starts with does not depend on the layers around it."""
    deep = initialise(Network.dense([5, 7, 3, 9, 2], "relu"), 4, initialiser=name)
    shallow = initialise(Network.dense([8, 7, 3, 2], "relu"), 4, initialiser=name)
    np.testing.assert_array_equal(deep.W[2], shallow.W[2])
    np.testing.assert_array_equal(deep.b[2], shallow.b[2])
    assert not np.isin(deep.W[1], deep.W[2]).any()


def test_glorot_known_answer():
    """Layer 1's stream is Philox with key (seed, 0) and word 1 = 1; W comes first, row by row."""
    parameters = initialise(Network.dense([2, 3, 2]), seed=5)
    uniform = np.random.Generator(philox(5, INITIAL_WEIGHTS, 1)).random(9)
    drawn = np.concatenate([parameters.W[1].ravel(), parameters.b[1].ravel()])
    np.testing.assert_allclose(drawn, np.sqrt(6 / 5) * (2 * uniform - 1), rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("name", WITHOUT_DATA)
def test_factors_start_at_one(name):
    network = Network([Scale(5), Dense(5, 7, "relu"), Scale(7), Dense(7, 3)])
    parameters = initialise(network, 0, initialiser=name)
    assert (parameters[1]["s"] == 1).all()
    assert (parameters[3]["s"] == 1).all()


def test_the_last_layer_goes_by_the_hidden_layer_before_a_scale():
    """logistic: r = sqrt(2 / (n_in + n_out)), where it would be sqrt(6 / ...) otherwise."""
    network = Network([Dense(5, 70, "logistic"), Scale(70), Dense(70, 50)])
    bound = np.sqrt(2 / 120)
    assert 0.99 * bound < np.abs(initialise(network, 0).W[3]).max() <= bound


def test_neural_tangent_biases_are_normal_and_the_last_layer_is_zero():
    network = Network.dense([300, 4000, 50], "selu")
    parameters = initialise(network, 1, initialiser="neural_tangent")
    b = parameters.b[1]
    assert abs(b.mean()) < 5 / np.sqrt(b.size)
    assert b.var() == pytest.approx(1, rel=5 * np.sqrt(2 / b.size))
    assert not parameters.W[2].any()
    assert not parameters.b[2].any()


def test_neural_tangent_weights_learn_as_those_of_its_parametrisation_do():
    """Adam on W' in z = W' x / sqrt(n_in) + b, with one rate, against Adam on W with a factor.

    W = W' / sqrt(n_in) all along, and b = b'. Also from a last layer that is not zero.
    """
    sizes, tiny = (5, 7, 6, 3), 1e-300
    layers = [
        Dense(n_in, n_out, f, weight_rate=1 / np.sqrt(n_in))
        for n_in, n_out, f in zip(sizes, sizes[1:], ("selu", "selu", "identity"), strict=False)
    ]
    objective = Objective(Network(layers), LOSSES["softmax"])
    ours = initialise(objective.network, 3, initialiser="neural_tangent")
    theirs = Parameters(Network.dense(sizes).layout)  # W', b', all with a factor of 1
    theirs.theta[:] = ours.theta
    roots = {k: np.sqrt(n_in) for k, n_in in enumerate(sizes[:-1], start=1)}
    for k, W in theirs.W.items():
        W *= roots[k]
    rng, adam = np.random.default_rng(0), Adam(beta_2=0.95, epsilon=tiny)
    X, y = rng.normal(size=(5, 20)), rng.integers(0, 3, 20)
    moments = [{name: np.zeros_like(ours.theta) for name in adam.moments} for _ in range(2)]
    for step in range(30):
        scalars = adam.scalars(np.array([0.04]), np.array([step]))[0]
        gradient, at_theirs = Parameters(ours.layout), ours.copy()
        objective.loss_and_gradient(ours, X, y, gradient)
        apply_update(adam, ours, gradient.theta, moments[0], scalars)
        for k, W in theirs.W.items():
            at_theirs.W[k][:], at_theirs.b[k][:] = W / roots[k], theirs.b[k]
        objective.loss_and_gradient(at_theirs, X, y, gradient)
        for k, W in gradient.W.items():
            W /= roots[k]  # the chain rule
        apply_update(adam, theirs, gradient.theta, moments[1], scalars)
    for k, W in theirs.W.items():
        np.testing.assert_allclose(ours.W[k], W / roots[k], rtol=0, atol=1e-9)
        np.testing.assert_allclose(ours.b[k], theirs.b[k], rtol=0, atol=1e-9)
