"""Each update rule against the scalar loop of its paper, one number at a time."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from deltarule.network import (
    OPTIMISERS,
    SGD,
    Adam,
    Dense,
    Embedding,
    Network,
    Parameters,
    Periodic,
    Scale,
    apply_update,
)
from deltarule.network.parameters import Group

RATES = [0.1, 0.05, 0.2, 0.02, 0.1, 0.15]


def slope(x):
    """The derivative of a loss x^4/4 + x^2/2 - x/2: what the rules have to go down."""
    return x * x * x + x - 0.5


def sgd(x, decays):
    """The document's section 3: W = W - alpha grad J."""
    for rate in RATES:
        x = x - rate * slope(x)
    return x


def sgd_with_decay(x, decays, weight_decay):
    """Loshchilov & Hutter 2019, Algorithm 1: SGDW, no momentum."""
    for rate in RATES:
        x = x - rate * slope(x) - (rate * weight_decay * x if decays else 0)
    return x


def momentum(x, decays, mu=0.9):
    """Sutskever et al. 2013, Eq. 1-2."""
    v = 0.0
    for rate in RATES:
        v = mu * v - rate * slope(x)
        x = x + v
    return x


def nesterov(x, decays, mu=0.9):
    """Sutskever et al. 2013, Eq. 3-4, which takes the slope ahead of x, at x + mu v.

    The rule keeps the point ahead in place of x, so that is what is returned.
    """
    v = 0.0
    for rate in RATES:
        v = mu * v - rate * slope(x + mu * v)
        x = x + v
    return x + mu * v


def adam(x, decays, weight_decay=0.0, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    """Kingma & Ba 2015, Algorithm 1; decoupled decay as Loshchilov & Hutter 2019, Algorithm 2."""
    m = v = 0.0
    for t, rate in enumerate(RATES, start=1):
        g = slope(x)
        if decays:
            x = x - rate * weight_decay * x
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g * g
        m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
        x = x - rate * m_hat / (sqrt(v_hat) + epsilon)
    return x


def adam_as_scikit_learn(x, decays, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    """The variant at the end of section 2 of Kingma & Ba 2015: epsilon is not corrected."""
    m = v = 0.0
    for t, rate in enumerate(RATES, start=1):
        g = slope(x)
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g * g
        rate_t = rate * sqrt(1 - beta_2**t) / (1 - beta_1**t)
        x = x - rate_t * m / (sqrt(v) + epsilon)
    return x


PAPERS = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "adam": adam,
    "adamw": lambda x, decays: adam(x, decays, weight_decay=0.01),
}
OTHER_CONSTANTS = {
    "SGDW": (SGD(weight_decay=0.5), lambda x, d: sgd_with_decay(x, d, 0.5)),
    "slow momentum": (SGD(0.5), lambda x, d: momentum(x, d, 0.5)),
    "Adam, scikit-learn's epsilon": (Adam(corrects_epsilon=False), adam_as_scikit_learn),
    "Adam, large epsilon": (Adam(epsilon=0.1), lambda x, d: adam(x, d, epsilon=0.1)),
    "Adam, scikit-learn's epsilon, large": (
        Adam(epsilon=0.1, corrects_epsilon=False),
        lambda x, d: adam_as_scikit_learn(x, d, epsilon=0.1),
    ),
    "Adam, other betas": (Adam(0.5, 0.7), lambda x, d: adam(x, d, 0.0, 0.5, 0.7)),
    "AdamW, strong": (Adam(weight_decay=0.5), lambda x, d: adam(x, d, 0.5)),
}


def start(weight_rate=1.0, bias_rate=1.0):
    layer = Dense(3, 4, weight_rate=weight_rate, bias_rate=bias_rate)
    parameters = Parameters(Network([layer]).layout)
    rng = np.random.default_rng(0)
    parameters.W[1][:], parameters.b[1][:] = rng.normal(size=(4, 3)), rng.normal(size=(4, 1))
    return parameters


def zero_moments(optimiser, parameters):
    return {name: np.zeros_like(parameters.theta) for name in optimiser.moments}


def take_step(optimiser, parameters, moments, rate, step):
    gradient = Parameters(parameters.layout, parameters.dtype)
    for name in "Wb":
        gradient[1][name][:] = slope(parameters[1][name])
    scalars = optimiser.scalars(np.array([rate]), np.array([step]))[0]
    apply_update(optimiser, parameters, gradient.theta, moments, scalars)


def train(optimiser, parameters, rates=RATES):
    moments = zero_moments(optimiser, parameters)
    for step, rate in enumerate(rates):
        take_step(optimiser, parameters, moments, rate, step)
    return parameters


def assert_follows(optimiser, paper):
    trained, began = train(optimiser, start()), start()
    for name, decays in (("W", True), ("b", False)):
        expected = [paper(x, decays) for x in began[1][name].ravel().tolist()]
        np.testing.assert_allclose(trained[1][name].ravel(), expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_rule_follows_its_paper(name):
    """A new rule needs its scalar loop in PAPERS."""
    assert_follows(OPTIMISERS[name](), PAPERS[name])


@pytest.mark.parametrize("case", OTHER_CONSTANTS)
def test_rule_with_other_constants_follows_its_paper(case):
    assert_follows(*OTHER_CONSTANTS[case])


@pytest.mark.parametrize("name", OPTIMISERS)
def test_rate_factor_of_a_group_scales_its_rate(name):
    """W twice as fast, b half as fast as a network trained at that rate throughout."""
    optimiser = replace(OPTIMISERS[name](), weight_decay=0.0)
    factors = train(optimiser, start(weight_rate=2, bias_rate=0.5))
    fast = train(optimiser, start(), [2 * rate for rate in RATES])
    slow = train(optimiser, start(), [0.5 * rate for rate in RATES])
    np.testing.assert_allclose(factors.W[1], fast.W[1], rtol=1e-14)
    np.testing.assert_allclose(factors.b[1], slow.b[1], rtol=1e-14)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_rate_of_zero_moves_nothing(name):
    np.testing.assert_array_equal(train(OPTIMISERS[name](), start(), [0.0]).theta, start().theta)


def test_only_weights_decay():
    """With no slope at all, AdamW shrinks W by rate * weight_decay a step and leaves b alone."""
    optimiser, parameters = Adam(weight_decay=0.1), start()
    scalars = optimiser.scalars(np.array([0.5]), np.array([0]))[0]
    nothing = np.zeros_like(parameters.theta)
    apply_update(optimiser, parameters, nothing, zero_moments(optimiser, parameters), scalars)
    np.testing.assert_allclose(parameters.W[1], (1 - 0.5 * 0.1) * start().W[1], rtol=1e-15)
    np.testing.assert_array_equal(parameters.b[1], start().b[1])


DECAYING = {
    "SGDW": SGD(weight_decay=0.1),
    "momentum": SGD(0.9, weight_decay=0.1),
    "AdamW": Adam(weight_decay=0.1),
}


@pytest.mark.parametrize("name", DECAYING)
def test_decay_follows_the_scheduled_rate_its_factor_and_the_groups(name):
    """With no slope at all theta shrinks by rate * weight_decay * factor * decay_factor.

    The rate factor of the group is not in it, and neither is whether the L2 penalty touches it.
    """
    optimiser, start = DECAYING[name], np.linspace(-1, 1, 5)
    scalars = optimiser.scalars(np.array([0.5]), np.array([0]), np.array([0.25]))[0]
    for decay_factor in (0.0, 1.0, 0.3):
        for decays in (True, False):
            theta = start.copy()
            moments = {moment: np.zeros(5) for moment in optimiser.moments}
            group = Group(7.0, decays, decay_factor)
            optimiser.update(theta, np.zeros(5), moments, scalars, group)
            expected = (1 - 0.5 * 0.1 * 0.25 * decay_factor) * start
            np.testing.assert_allclose(theta, expected, rtol=1e-15)


@pytest.mark.parametrize("name", DECAYING)
def test_factors_of_one_on_the_decay_change_no_bit(name):
    optimiser, rates, steps = DECAYING[name], np.array(RATES), np.arange(len(RATES))
    plain, factored = (optimiser.scalars(rates, steps, f) for f in (None, np.ones(len(RATES))))
    assert plain.decay.tobytes() == factored.decay.tobytes()
    assert plain.rate.tobytes() == factored.rate.tobytes()


def test_what_decays_and_what_the_penalty_touches():
    """Each array shrinks at the pace that it learns at, but for W, which has no factor, and b."""
    layers = [
        Embedding(3, (0,), (4,), 2, rate=0.5),
        Periodic(4, (1,), 5, 2, rate=0.1),
        Scale(6, rate=6.0),
        Dense(6, 3, "selu", weight_rate=0.2, bias_rate=0.3, is_parametric=True, mix_rate=0.7),
        Dense(3, 2),
    ]
    groups = {(e.layer, e.name): e.group for e in Network(layers).layout.entries}
    assert {where: group.decay_factor for where, group in groups.items()} == {
        (1, "E"): 0.5,
        **{(2, name): 0.1 for name in "wcVd"},
        (3, "s"): 6.0,
        (4, "W"): 1.0,
        (4, "b"): 0.0,
        (4, "alpha"): 0.7,
        (5, "W"): 1.0,
        (5, "b"): 0.0,
    }
    assert {where for where, group in groups.items() if group.decays} == {
        (1, "E"),
        (4, "W"),
        (5, "W"),
    }


@pytest.mark.parametrize("name", OPTIMISERS)
def test_the_moments_are_the_whole_state(name):
    """Rebuilt from copies of theta and the named moments after 3 steps, it goes on bit for bit."""
    optimiser, parameters = OPTIMISERS[name](), start()
    moments = zero_moments(optimiser, parameters)
    for step in range(3):
        take_step(optimiser, parameters, moments, RATES[step], step)
    optimiser, parameters = OPTIMISERS[name](), parameters.copy()
    moments = {moment: moments[moment].copy() for moment in optimiser.moments}
    for step in range(3, len(RATES)):
        take_step(optimiser, parameters, moments, RATES[step], step)
    assert parameters.theta.tobytes() == train(OPTIMISERS[name](), start()).theta.tobytes()


@pytest.mark.parametrize("name", OPTIMISERS)
def test_scalars_of_many_steps_are_those_of_each(name):
    optimiser, steps = OPTIMISERS[name](), np.arange(len(RATES))
    together = optimiser.scalars(np.array(RATES), steps)
    for i in steps:
        alone = optimiser.scalars(np.array(RATES[i : i + 1]), steps[i : i + 1])
        assert together[i] == alone[0]


@pytest.mark.parametrize("name", OPTIMISERS)
def test_float32_follows_float64_to_rounding(name):
    parameters = Parameters(start().layout, np.float32)
    parameters.theta[:] = start().theta
    single, double = train(OPTIMISERS[name](), parameters), train(OPTIMISERS[name](), start())
    np.testing.assert_allclose(single.theta, double.theta, atol=1e-5)
