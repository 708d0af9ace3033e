"""Every activation function: its derivative, its ends, its dtype and what it does with NaN."""

from decimal import Decimal, localcontext

import numpy as np
import pytest

from deltarule.network import ACTIVATIONS
from deltarule.network.activations import logistic

FLOATS = [np.float32, np.float64]
# Both sides of zero, the kinks themselves left out.
GRID = np.concatenate([-np.geomspace(1e-2, 30, 500)[::-1], np.geomspace(1e-2, 30, 500)])


def value_and_slope(activation, a):
    h = activation.value(a)
    return h, activation.slope(a, h)


@pytest.fixture(params=ACTIVATIONS.values(), ids=ACTIVATIONS)
def activation(request):
    return request.param


def test_the_table_is_keyed_by_name():
    assert [activation.name for activation in ACTIVATIONS.values()] == list(ACTIVATIONS)


def test_slope_is_the_derivative_of_the_value(activation):
    """Against the five-point rule, whose error is about step^4."""
    step = 1e-3
    near, far = (
        activation.value(GRID + i * step) - activation.value(GRID - i * step) for i in (1, 2)
    )
    numeric = (8 * near - far) / (12 * step)
    np.testing.assert_allclose(value_and_slope(activation, GRID)[1], numeric, atol=1e-11)


@pytest.mark.parametrize("dtype", FLOATS)
def test_nan_in_is_nan_out(activation, dtype):
    a = np.array([1, np.nan, -1], dtype)
    with np.errstate(invalid="ignore"):  # an engine looks at its losses, not at warnings
        h, slope = value_and_slope(activation, a)
    np.testing.assert_array_equal(np.isnan(h), [False, True, False])
    if activation.name != "identity":  # whose slope, 1, looks at nothing; h carries the NaN on
        np.testing.assert_array_equal(np.isnan(slope), [False, True, False])


@pytest.mark.parametrize("dtype", FLOATS)
def test_far_ends_are_finite_and_keep_the_dtype(activation, dtype):
    """No warning either: those are errors here. The slope is flat or straight by then."""
    a = np.array([-1e4, -100, 0, 100, 1e4], dtype)
    h, slope = value_and_slope(activation, a)
    for array in (h, slope):
        assert array.dtype == dtype
        assert array.shape == a.shape
        assert np.isfinite(array).all()
    assert slope[0] == pytest.approx(slope[1], abs=1e-6)
    assert slope[-1] == pytest.approx(slope[-2], abs=1e-6)


def test_float32_is_float64_rounded(activation):
    """Within 4 units of float32's rounding of max(1, |a|).

    The slopes that read a multiply 1 - s or 1 - t^2, themselves rounded, by a.
    """
    a = GRID.astype(np.float32)
    single, double = value_and_slope(activation, a), value_and_slope(activation, a.astype(float))
    for mine, exact in zip(single, double, strict=True):
        error = np.abs(mine - exact) / np.maximum(1, np.abs(a))
        assert error.max() < 4 * np.finfo(np.float32).eps


@pytest.mark.parametrize("dtype", FLOATS)
def test_logistic_is_exact_to_the_last_digits_at_both_ends(dtype):
    """Within 2 units in the last place of 40 exact digits, also where the result is tiny."""
    end = {np.float32: 80, np.float64: 700}[dtype]
    a = np.concatenate([np.linspace(-end, end, 301), np.linspace(-3, 3, 100)]).astype(dtype)
    with localcontext(prec=40):
        exact = [1 / (1 + (-Decimal(float(x))).exp()) for x in a]
        errors = [abs(Decimal(float(p)) - e) for p, e in zip(logistic(a), exact, strict=True)]
        ulps = [
            error / Decimal(float(np.spacing(dtype(e))))
            for error, e in zip(errors, exact, strict=True)
        ]
    assert max(ulps) < 2
