"""Numbers that are mostly the same one, with few others: their places, for a layer to look up."""

import numpy as np
import pytest

from deltarule.data import Encoder, Masking, as_table

GAINS = [0.0] * 7 + [5013.5, 7688.0, 99999.0] + [0.0] * 10
GAINS = GAINS * 10


def embedded_codes(learn, cells, others):
    encoder = learn({"a": cells}, a="numeric").encoder.embedding(8, values=True)
    return encoder.encode(as_table({"a": others}))


@pytest.mark.parametrize(
    ("cells", "values"),
    {
        "mostly 0": (GAINS, [0.0, 5013.5, 7688.0, 99999.0]),
        "mostly in the middle": ([-2, 5, 5, 5, 5, 5, 9] * 30, [-2.0, 5.0, 9.0]),
        "missing ones do not count": ([None, None, 0, 1, 1, 1, 1, 1, 3] * 20, [0.0, 1.0, 3.0]),
        "quartiles that differ": ([0, 0, 0, 0, 1, 2] * 30, []),
        "two values are a scale": ([0, 0, 0, 0, 7] * 30, []),
        "too many": ([0.0] * 1000 + [i + 0.5 for i in range(256)], []),
        "as many as there may be": (
            [0.0] * 1000 + [i + 0.5 for i in range(255)],
            [0.0, *(i + 0.5 for i in range(255))],
        ),
    }.values(),
)
def test_values_are_kept_of_spiky_columns_alone(learn, cells, values):
    (column,) = learn({"a": cells}, a="numeric").encoder.columns
    assert column.values == values
    assert not column.is_embedded


def test_the_last_number_is_the_place_of_the_value(learn):
    others = [0.0, 5013.5, 7688.0, 99999.0, 5013.0, -1.0, 1e30]
    assert embedded_codes(learn, GAINS, others)[:, -1].tolist() == [0, 1, 2, 3, 4, 4, 4]


def test_a_missing_cell_has_the_place_of_all_others(learn):
    codes = embedded_codes(learn, [None, *GAINS], [None, 7688.0, 1.0])
    assert codes[:, 1:].tolist() == [[1, 4], [0, 2], [0, 4]]


def test_the_place_is_the_same_in_single_precision(learn):
    cells = [*[0.1] * 10, 0.2, 1 / 3] * 10
    single = np.array([0.1, 0.2, 1 / 3], np.float32)
    assert embedded_codes(learn, cells, single)[:, -1].tolist() == [0, 1, 2]


def test_the_number_itself_is_read_as_before(learn):
    before = learn({"a": GAINS}).encoder.encode(as_table({"a": GAINS}))
    assert np.array_equal(embedded_codes(learn, GAINS, GAINS)[:, :1], before)


@pytest.fixture(scope="module")
def spiky(learn):
    rows = {"a": GAINS, "b": [None, 1.0, 4.5, 8.0, 0.5] * 40}
    return learn(rows).encoder.embedding(8, values=True), as_table(rows)


def test_it_is_told_which_number_is_a_place_and_which_are_amounts(spiky):
    encoder, _ = spiky
    assert encoder.embedded() == {1: 5}
    assert encoder.scaled() == [0, 2]


def test_masked_cells_keep_their_number_and_lose_their_place(spiky):
    encoder, table = spiky
    inputs = encoder.encode(table)
    before = inputs.copy()
    Masking.of(encoder, 200, np.arange(0), seed=0).apply(inputs, np.arange(1))
    changed = np.flatnonzero((inputs != before).any(axis=1))
    assert len(changed) == 20
    assert set(inputs[changed, 1]) == {4}
    assert np.array_equal(np.delete(inputs, 1, axis=1), np.delete(before, 1, axis=1))


def test_values_that_no_row_has_are_taken_out(spiky):
    encoder, table = spiky
    rows = np.flatnonzero(np.array(GAINS) != 7688)
    pruned = encoder.only(encoder.places_in(encoder.encode(table)[rows]))
    assert pruned.columns[0].values == [0, 5013.5, 99999]
    assert pruned.encode(table)[8, 1] == 3, "it is one of all others now"


def test_without_any_value_all_are_others(spiky):
    encoder, table = spiky
    pruned = encoder.only(encoder.places_in(encoder.encode(table)[:0]))
    assert set(pruned.encode(table)[:, 1]) == {0}


def test_it_survives_json(spiky):
    encoder, _ = spiky
    assert Encoder.from_json(encoder.to_json()) == encoder
