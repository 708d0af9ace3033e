"""Sample weights, checked; seeds, drawn."""

import numpy as np
import pytest

from deltarule.data import check_weights, draw_seed
from deltarule.errors import DataError


def test_no_weights_are_none():
    assert check_weights(None, 3) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([1, 0, 2], [1, 0, 2]),
        (np.array([True, False, True]), [1, 0, 1]),
        (np.array([1, 2, 3], np.int8), [1, 2, 3]),
        (2, [2, 2, 2]),
        (np.float32(0.5), [0.5, 0.5, 0.5]),
        (5e-324, [5e-324] * 3),
    ],
)
def test_weights_become_float64_one_a_row(given, expected):
    weights = check_weights(given, 3)
    assert weights.dtype == np.float64
    assert weights.tolist() == expected


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([1, -1, -2], r"row 1 has -1 \(2 such rows\)"),
        ([1, 1, np.nan], "row 2 has nan"),
        ([np.inf, 1, 1], "row 0 has inf"),
        ([1, None, 1], "row 1 has nan"),
        (-1, r"row 0 has -1 \(3 such rows\)"),
        ([0, 0, 0], "zero in every row"),
        ([-0.0, 0, 0], "zero in every row"),
        ([1, 2], r"shape \(2,\), but there are 3 rows"),
        ([[1, 2, 3]], r"shape \(1, 3\), but there are 3 rows"),
        ([], r"shape \(0,\), but there are 3 rows"),
    ],
)
def test_bad_weights_are_named(given, words):
    with pytest.raises(DataError, match=f"^sample_weight .*{words}"):
        check_weights(given, 3)


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, np.int64(7)])
def test_an_int_gives_the_same_seed_each_time(seed):
    assert draw_seed(seed) == draw_seed(int(seed))


def test_seeds_are_64_bits_wide():
    """And use them: both halves, up to the last bit."""
    seeds = [draw_seed(i) for i in range(300)]
    assert len(set(seeds)) == 300
    assert all(0 <= seed < 2**64 for seed in seeds)
    assert {seed >> 32 > 2**31 for seed in seeds} == {True, False}
    assert {seed % 2**32 > 2**31 for seed in seeds} == {True, False}


def test_none_gives_a_fresh_seed():
    assert draw_seed(None) != draw_seed(None)


def test_a_generator_is_advanced():
    generator = np.random.RandomState(3)
    first, second = draw_seed(generator), draw_seed(generator)
    assert first == draw_seed(np.random.RandomState(3))
    assert first != second
