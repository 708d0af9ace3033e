"""A run's last step, measured in the engine: the same as looking before and after."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from deltarule.engines import Steps
from deltarule.network import OPTIMISERS, Parameters, step_squares

TOLERANCE = {np.float64: 1e-12, np.float32: 2e-5}


def by_hand(setting, steps):
    """Run all but the last step, then take that one through the engine's other verbs."""
    parameters, moments = setting.parameters(), setting.moments()
    n = len(steps)
    setting.run(parameters, setting.part(steps, 0, n - 1), moments)
    before, engine = parameters.copy(), setting.engine()
    gradient = Parameters(parameters.layout, parameters.dtype)
    engine.loss_and_gradient(
        parameters, setting.examples, steps.batch(n - 1), steps.first + n - 1, gradient
    )
    gradient.theta *= steps.scale[n - 1]
    engine.update(parameters, gradient.theta, moments, steps.scalars[n - 1])
    return step_squares(before, parameters, gradient)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("rule", OPTIMISERS)
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_the_last_step_is_measured(make_setting, rule, dtype, sparse):
    in_the_middle = (2,) if sparse else None  # a Scale cannot read sparse rows
    setting = make_setting(optimiser=OPTIMISERS[rule](), dtype=dtype, scaled=in_the_middle)
    if sparse:
        X = np.where(setting.examples.X > 0, setting.examples.X, 0)
        setting = replace(setting, examples=replace(setting.examples, X=csr_matrix(X)))
    steps = replace(setting.steps(4), measured=True)
    result = setting.run(setting.parameters(), steps)
    # A change of weights of 1e-3 has three digits less than the weights in float32.
    np.testing.assert_allclose(result.squares, by_hand(setting, steps), rtol=TOLERANCE[dtype])


def test_also_in_a_batch_beyond_the_buffers(make_setting):
    """9,000 rows, some more than once, are added up in chunks."""
    setting = make_setting(dropout=0.0)
    rows, bounds = np.arange(9_500) % len(setting.examples), np.array([0, 500, 9_500])
    scalars = setting.optimiser.scalars(np.full(2, 0.05), np.arange(2))
    steps = Steps(rows, bounds, 0, setting.scale(rows, bounds), scalars, measured=True)
    result = setting.run(setting.parameters(), steps)
    np.testing.assert_allclose(result.squares, by_hand(setting, steps), rtol=1e-12)


@pytest.mark.parametrize("n_threads", [1, 2, 3, 8])
def test_measuring_changes_no_bit_and_has_the_same_bits_for_any_threads(make_setting, n_threads):
    setting = make_setting()
    plain, watched = setting.parameters(), setting.parameters()
    steps = setting.steps(4)
    assert setting.run(plain, steps).squares is None
    engine = setting.engine(n_threads=n_threads)
    measured = replace(steps, measured=True)
    result = engine.run(watched, setting.moments(), setting.examples, measured)
    assert watched.theta.tobytes() == plain.theta.tobytes()
    again = setting.run(setting.parameters(), measured)
    assert result.squares.tobytes() == again.squares.tobytes()


def test_a_last_step_of_weight_zero_did_nothing(make_setting):
    setting = make_setting()
    steps = setting.steps(2)
    steps = replace(steps, scale=np.array([steps.scale[0], 0.0]), measured=True)
    assert not setting.run(setting.parameters(), steps).squares.any()
