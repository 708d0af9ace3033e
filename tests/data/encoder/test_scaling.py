"""Numbers: scaled robustly, clipped smoothly, whatever their size; a missing one says so."""

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from deltarule.data.encoder.columns import RobustScale
from deltarule.errors import DataError

NAN = float("nan")
FLOAT32 = st.floats(-3e38, 3e38)


def robust_scale_and_smooth_clip(x):
    """By Holzmüller et al. 2024, section 3."""
    x = np.asarray(x, np.float64)
    q25, q50, q75 = np.percentile(x, [25, 50, 75])
    if q75 > q25:
        z = (x - q50) / (q75 - q25)
    elif x.max() > x.min():
        z = 2 * (x - q50) / (x.max() - x.min())
    else:
        z = 0 * x
    return z / np.hypot(1, z / 3)  # the same, and does not overflow


SHAPES = {
    "normal": lambda rng: rng.normal(size=500),
    "log-normal": lambda rng: np.exp(2 * rng.normal(size=500)),
    "mostly one value": lambda rng: np.where(rng.random(500) < 0.9, 5.0, rng.normal(size=500)),
    "one outlier": lambda rng: np.append(np.zeros(499), 7.0),
    "two values": lambda rng: np.repeat([2.0, 5.0], 250),
    "far from zero": lambda rng: 1000 + rng.normal(size=500),
    "counts": lambda rng: rng.poisson(2.0, size=500).astype(float),
    "an odd number of rows": lambda rng: rng.normal(size=7),
    "two rows": lambda rng: np.array([-1.0, 4.0]),
}


@pytest.mark.parametrize("power", [-30, -12, -6, 0, 6, 12, 30])
@pytest.mark.parametrize("shape", SHAPES)
def test_codes_are_those_of_the_formula_at_any_scale(encode, shape, power):
    x = SHAPES[shape](np.random.default_rng(0)) * 10.0**power
    codes = encode(x, a="numeric")
    assert codes.shape == (len(x), 1)
    assert codes[:, 0] == pytest.approx(robust_scale_and_smooth_clip(x), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("power", [-12, 12, 30])
def test_the_scale_of_a_column_makes_no_difference(encode, power):
    x = np.random.default_rng(0).normal(size=500)
    assert encode(x * 10.0**power) == pytest.approx(encode(x), rel=1e-5, abs=1e-6)


@given(st.lists(FLOAT32, min_size=2, max_size=30))
@example([3e38, -3e38, 3e38])
@example([0.0, 5e-324])
@example([0.0, 1e-300, 3e38])
@example([1.0, 1.0, 1.0, 1.0, np.nextafter(1.0, 2)])
def test_codes_lie_between_minus_3_and_3_in_the_order_of_the_numbers(encode, numbers):
    assume(len(set(numbers)) > 1)
    codes = encode(numbers, a="numeric")[:, 0]
    assert np.isfinite(codes).all()
    assert (np.abs(codes) <= 3).all()
    assert (np.diff(codes[np.argsort(numbers, kind="stable")]) >= 0).all()


@given(st.lists(FLOAT32, min_size=2, max_size=30))
def test_codes_of_any_numbers_are_those_of_the_formula(encode, numbers):
    quartiles = np.percentile(numbers, [25, 75])
    assume(np.ptp(numbers) > 1e-100)
    assume(quartiles[0] == quartiles[1] or np.ptp(quartiles) > 1e-290)  # no factor is beyond 1e300
    with np.errstate(over="ignore"):  # of what is so far away that it becomes 3
        expected = robust_scale_and_smooth_clip(numbers)
    assume(np.isfinite(expected).all())
    assert encode(numbers, a="numeric")[:, 0] == pytest.approx(expected, rel=1e-5, abs=1e-5)


@given(st.lists(FLOAT32, min_size=2, max_size=20), FLOAT32)
@example([0.0, 1e-300], 3e38)
@example([0.0, 1e-200, 0.0, 0.0], -3e38)
def test_no_number_elsewhere_overflows(encode, numbers, other):
    assume(len(set(numbers)) > 1)
    code = encode(numbers, [other], a="numeric")[0, 0]
    assert np.isfinite(code)
    assert abs(code) <= 3


def test_a_constant_with_gaps_becomes_zeros_and_says_where_they_are(encode):
    cells = [5.0, None, 5.0]
    assert encode(cells).tolist() == [[0, 0], [0, 1], [0, 0]]
    assert encode(cells, [7.0]).tolist() == [[0, 0]]


def test_a_missing_number_becomes_the_median_and_says_so(encode):
    codes = encode([1.0, 2.0, 9.0, None, NAN], [2.0, None, NAN])
    assert codes.tolist() == [[0, 0], [0, 1], [0, 1]]


def test_a_missing_number_that_training_never_saw_becomes_the_median(encode):
    assert encode([1.0, 2.0, 9.0], [None, NAN, 2.0]).tolist() == [[0], [0], [0]]


def test_missing_numbers_do_not_move_the_quartiles(learn_column):
    x = np.random.default_rng(0).normal(size=100).tolist()
    with_gaps = learn_column([*x, *[None] * 50, *[NAN] * 50])
    assert with_gaps.scale == learn_column(x).scale


@pytest.mark.parametrize("value", [1e39, 1e300, float("inf"), -float("inf")])
def test_what_float32_cannot_hold_is_refused_by_column_and_row(learn, value):
    with pytest.raises(DataError, match=r"^Column 'a', row 3: .*too large to compute with"):
        learn({"a": [1.0, None, value]})


@pytest.mark.parametrize("value", [1e39, float("inf")])
def test_in_other_rows_it_is_refused_likewise(encode, value):
    with pytest.raises(DataError, match=r"^Column 'a', row 2: .*too large to compute with"):
        encode([1.0, 2.0, 4.0], [1.0, value])


def test_the_largest_numbers_are_learned_from(encode):
    x = [-3.4e38, -3e38, 0.0, 3e38, 3.4e38]
    assert encode(x)[:, 0] == pytest.approx(robust_scale_and_smooth_clip(x), rel=1e-6)


def test_a_scale_of_nothing_but_its_centre_is_zero():
    scale = RobustScale.learn(np.full(5, 0.1), 0.1, 0.1)
    assert scale == RobustScale(0.1, 0.0)
    assert scale(np.array([0.1, -3e38, NAN])).tolist() == [0, 0, 0]


@pytest.mark.parametrize("cells", [[True, False, None], ["true", "FALSE", ""], [1, 0, None]])
def test_booleans_become_minus_one_and_one_and_missing_ones_zero(encode, cells):
    assert encode(cells, a="boolean").tolist() == [[1, 0], [-1, 0], [0, 1]]


def test_booleans_without_gaps_are_one_number_also_where_one_is_missing_later(encode):
    assert encode([True, False], [False, None]).tolist() == [[-1], [0]]
