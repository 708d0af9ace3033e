"""Columns with many categories: the number of the place, for a layer that looks it up."""

import numpy as np
import pytest

from deltarule.data import Encoder, Masking, as_table

COLUMNS = {
    "size": [1.0, None, 3.0, 4.0, 9.0] * 40,
    "town": [f"town {i % 10}" for i in range(200)],
    "colour": ["red", "blue", None, "red", "green"] * 40,
    "when": np.datetime64("2020-01-01") + 17 * np.arange(200),
}


@pytest.fixture(scope="module")
def one_hot(learn):
    return learn(COLUMNS).encoder


@pytest.fixture(scope="module")
def embedded(one_hot):
    return one_hot.embedding(8, values=False)


def test_only_columns_with_more_categories_are_embedded(embedded, one_hot):
    assert len(embedded.embedded()) == 1
    assert one_hot.embedding(2, values=False).embedded().keys() != embedded.embedded().keys()
    assert one_hot.embedding(np.inf, values=True) == one_hot


def test_the_number_is_that_of_the_place(embedded, one_hot):
    rows = {**{k: v[:5] for k, v in COLUMNS.items()}, "town": ["town 3", "town 0", None, "x", ""]}
    places = one_hot.encode(as_table(rows))[:, one_hot.spans()["town"]].argmax(axis=1)
    numbers = embedded.encode(as_table(rows))[:, embedded.spans()["town"]]
    assert numbers.T.tolist() == [places.tolist()]
    assert places.tolist() == [3, 0, 10, 10, 10]


def test_the_rest_is_encoded_as_before(embedded, one_hot):
    table = as_table(COLUMNS)
    for name in ("size", "colour", "when"):
        now = embedded.encode(table)[:, embedded.spans()[name]]
        assert np.array_equal(now, one_hot.encode(table)[:, one_hot.spans()[name]])


def test_embedded_numbers_are_named_with_their_places(embedded):
    start = embedded.spans()["town"].start
    assert embedded.embedded() == {start: 11}


def test_scaled_numbers_are_the_amounts(embedded):
    spans = embedded.spans()
    expected = [spans["size"].start, spans["when"].stop - 1]
    assert embedded.scaled() == expected


def test_unknown_categories_are_counted(embedded):
    unknown = {}
    rows = {**{k: v[:5] for k, v in COLUMNS.items()}, "town": ["a", "b", "town 1", None, "town 2"]}
    embedded.encode(as_table(rows), unknown)
    assert unknown == {"town": 2}


def test_masked_cells_are_unknown(embedded):
    inputs = embedded.encode(as_table(COLUMNS))
    before = inputs.copy()
    Masking.of(embedded, 200, np.arange(0), seed=0).apply(inputs, np.arange(1))
    start = embedded.spans()["town"].start
    changed = np.flatnonzero(inputs[:, start] != before[:, start])
    assert len(changed) == 20
    assert set(inputs[changed, start]) == {10}


def test_categories_that_no_row_has_are_taken_out(embedded):
    inputs = embedded.encode(as_table(COLUMNS))
    pruned = embedded.only(embedded.places_in(inputs[np.arange(200) % 10 < 9]))
    town = next(column for column in pruned.columns if column.name == "town")
    assert town.categories == [f"town {i}" for i in range(9)]
    assert town.is_embedded


def test_it_survives_json(embedded):
    assert Encoder.from_json(embedded.to_json()) == embedded
