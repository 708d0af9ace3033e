"""Rows held out: every class in its share, and never the only row of a class."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltarule.data import hold_out

CLASSES = st.lists(st.integers(0, 6), min_size=1, max_size=300).map(
    lambda y: np.unique(y, return_inverse=True)[1]
)


@given(y=CLASSES, fraction=st.floats(0.01, 0.5), seed=st.integers(0, 2**64 - 1))
def test_disjoint_complete_and_sorted(y, fraction, seed):
    train, valid = hold_out(y, fraction, seed)
    assert sorted([*train, *valid]) == list(range(len(y)))
    assert (np.diff(train) > 0).all()
    assert (np.diff(valid) > 0).all()


@given(y=CLASSES, fraction=st.floats(0.01, 0.5), seed=st.integers(0, 2**64 - 1))
def test_every_class_stays_in_training(y, fraction, seed):
    """Also one with a single row; and what is validated on has been trained on."""
    train, valid = hold_out(y, fraction, seed)
    assert set(y[train]) == set(y)
    counts = np.bincount(y)
    assert all(counts[label] > 1 for label in y[valid])


@given(y=CLASSES, fraction=st.floats(0.01, 0.5), seed=st.integers(0, 2**64 - 1))
def test_same_seed_same_rows(y, fraction, seed):
    first, again = hold_out(y, fraction, seed), hold_out(y, fraction, seed)
    assert all(map(np.array_equal, first, again))


def test_another_seed_other_rows():
    y = np.arange(200) % 4
    assert len({hold_out(y, 0.2, seed)[1].tobytes() for seed in range(20)}) == 20


@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.33])
def test_shares_are_kept(fraction):
    """To one row a class, and to one row in all."""
    y = np.repeat([0, 1, 2], [700, 250, 50])
    _, valid = hold_out(y, fraction, seed=0)
    assert len(valid) == pytest.approx(fraction * len(y), abs=1)
    assert np.bincount(y[valid]) == pytest.approx(fraction * np.bincount(y), abs=1)


def test_a_class_with_a_single_row_stays_in_training():
    y = np.r_[np.zeros(50, int), np.ones(50, int), 2]
    for seed in range(10):
        train, valid = hold_out(y, 0.2, seed)
        assert 100 in train
        assert set(y[valid]) == {0, 1}


@pytest.mark.parametrize(
    "y", [[0], [0, 1], [0, 1, 2, 3], [0, 0, 1, 1], [0, 1, 1, 1], list(range(30))], ids=str
)
def test_where_there_are_too_few_rows_none_is_held_out(y):
    """Fewer than four a class on average: all are needed to learn from."""
    train, valid = hold_out(np.array(y), 0.2, seed=0)
    assert train.tolist() == list(range(len(y)))
    assert len(valid) == 0


def test_one_class_alone_is_split_too():
    train, valid = hold_out(np.zeros(100, int), 0.2, seed=0)
    assert (len(train), len(valid)) == (80, 20)


def test_many_small_classes_have_one_row_each_to_validate_on():
    """A fifth of 4 rows is less than one: the share grows to one row a class."""
    y = np.repeat(np.arange(10), 4)
    _, valid = hold_out(y, 0.05, seed=0)
    assert np.bincount(y[valid]).tolist() == [1] * 10
