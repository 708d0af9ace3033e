"""Rows that are there more than once: as many as a set of their tuples says."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from deltarule.tabular import duplicates
from deltarule.tabular.duplicates import count_duplicates


def counted(inputs, outputs):
    rows = {(*row, label) for row, label in zip(inputs.tolist(), outputs.tolist(), strict=True)}
    return len(outputs) - len(rows)


SHAPES = st.tuples(st.integers(0, 40), st.integers(1, 4))
FEW = st.sampled_from(np.array([0, -0.0, 1, -1, 0.5, 2.0**-149, 3e38], np.float32).tolist())
ANY = st.floats(-3, 3, width=32)


@given(data=st.data(), elements=st.sampled_from([FEW, ANY]))
def test_as_many_as_a_set_of_rows_says(data, elements):
    inputs = data.draw(arrays(np.float32, SHAPES, elements=elements, fill=st.nothing()))
    outputs = data.draw(arrays(np.int64, len(inputs), elements=st.integers(0, 2)))
    assert count_duplicates(inputs, outputs) == counted(inputs, outputs)


@given(st.lists(st.sampled_from([0, 1]), min_size=12, max_size=12))
@example([0, 1] * 6)
def test_as_many_of_one_hot_rows(places):
    inputs = np.eye(2, dtype=np.float32)[places].reshape(4, 6)
    assert count_duplicates(inputs, np.zeros(4, int)) == counted(inputs, np.zeros(4, int))


def test_minus_zero_is_zero():
    inputs = np.array([[0.0, 1.0], [-0.0, 1.0]], np.float32)
    assert count_duplicates(inputs, np.zeros(2, int)) == 1
    assert np.signbit(inputs[1, 0])  # the caller's are left as they are


def test_the_label_is_part_of_a_row():
    inputs = np.ones((4, 3), np.float32)
    assert count_duplicates(inputs, np.array([0, 1, 0, 1])) == 2


def test_the_place_of_a_number_counts():
    inputs = np.array([[1, 2, 3], [3, 2, 1], [2, 1, 3]], np.float32)
    assert count_duplicates(inputs, np.zeros(3, int)) == 0
    assert count_duplicates(inputs, np.array([1, 2, 3])) == 0


def test_neighbours_differ():
    inputs = np.array([[1.0], [np.nextafter(np.float32(1), np.float32(2))]], np.float32)
    assert count_duplicates(inputs, np.zeros(2, int)) == 0


@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_are_found_across_blocks(monkeypatch, order):
    monkeypatch.setattr(duplicates, "CELLS_AT_ONCE", 20)
    inputs = np.random.default_rng(0).normal(size=(50, 5)).astype(np.float32)
    inputs[[13, 30, 49]] = inputs[[0, 0, 6]]
    inputs = np.asarray(inputs, order=order)
    assert count_duplicates(inputs, np.zeros(50, int)) == 3


def test_rows_that_differ_in_hardly_a_bit_are_told_apart():
    """In the places of their only 1 and of their only 2."""
    inputs, rows = np.zeros((20_000, 300), np.float32), np.arange(20_000)
    inputs[rows, rows % 150] = 1
    inputs[rows, 150 + rows // 150] = 2
    assert count_duplicates(inputs, np.zeros(20_000, int)) == 0


def test_no_rows_have_no_duplicates():
    assert count_duplicates(np.zeros((0, 3), np.float32), np.zeros(0, int)) == 0
