"""What a learned encoder makes of other tables."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from deltarule.data import Encoder, as_table
from deltarule.errors import DataError


@pytest.fixture
def encoder():
    """size: mean 2, spread 1; colour: "b", "r" or missing."""
    table = as_table({"size": [1.0, 3.0, None], "colour": ["r", "b", None]})
    return Encoder.learn(table)[0]


def encode(encoder, **columns):
    return encoder.encode(as_table(columns)).tolist()


def test_the_numbers_of_a_row(encoder):
    assert encoder.n_features == 4
    assert encode(encoder, size=[3], colour=["r"]) == [[1, 0, 1, 0]]


def test_columns_are_found_by_name(encoder):
    assert encode(encoder, colour=["b"], size=[1]) == [[-1, 1, 0, 0]]


def test_extra_columns_are_ignored(encoder):
    """Of whatever type."""
    extra = {"when": [dt.date(2020, 1, 1)], "list": [[1]]}
    assert encode(encoder, **extra, size=[3], colour=["r"]) == [[1, 0, 1, 0]]


def test_columns_that_lack_are_named_beside_those_there_are(encoder):
    with pytest.raises(DataError, match=r"lacks 'size', 'colour', which.*It has 'Size', 'hue'"):
        encode(encoder, Size=[3], hue=["r"])


def test_an_unknown_category_pulls_no_way(encoder):
    assert encode(encoder, size=[2, 2], colour=["purple", "B"]) == [[0, 0, 0, 0]] * 2


def test_a_missing_cell_that_training_never_saw_is_unknown():
    encoder = Encoder.learn(as_table({"colour": ["r", "b"]}))[0]
    assert encode(encoder, colour=[None, "", "r"]) == [[0, 0], [0, 0], [0, 1]]


def test_a_missing_number_is_the_mean(encoder):
    for missing in (None, float("nan")):
        assert encode(encoder, size=pa.array([missing], pa.float64()), colour=["r"])[0][0] == 0


@pytest.mark.parametrize("column", ["size", "colour"])
def test_a_column_that_is_empty_throughout_is_missing(encoder, column):
    """pandas and CSV cannot tell its type."""
    columns = {"size": [2.0], "colour": ["r"], column: pa.nulls(1)}
    expected = [[0, 0, 1, 0]] if column == "size" else [[0, 0, 0, 1]]
    assert encode(encoder, **columns) == expected


def test_numbers_meet_categories_by_how_they_are_written():
    encoder = Encoder.learn(as_table({"class": ["1", "2"]}))[0]
    for column in ([2, 1], [2.0, 1.0], pa.array([2, 1], pa.int8())):
        assert encode(encoder, **{"class": column}) == [[0, 1], [1, 0]]


def test_text_where_numbers_belong_is_refused_with_an_example(encoder):
    words = "Column 'size' held numbers in training, but here it holds string: 'tall'"
    with pytest.raises(DataError, match=words):
        encode(encoder, size=[None, "tall"], colour=["r", "r"])


def test_a_long_example_is_shortened(encoder):
    with pytest.raises(DataError) as caught:
        encode(encoder, size=["x" * 10_000], colour=["r"])
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("column", [[dt.date(2020, 1, 1)], [[1]], [b"x"]])
def test_other_types_where_numbers_belong_are_refused(encoder, column):
    with pytest.raises(DataError, match="Column 'size' held numbers in training"):
        encode(encoder, size=column, colour=["r"])


@pytest.mark.parametrize(
    "column", [[["r"]], [b"\xff"], [dt.date(2020, 1, 1)]], ids=["list", "bytes", "date"]
)
def test_other_types_where_text_belongs_are_refused(encoder, column):
    with pytest.raises(DataError, match="Column 'colour'"):
        encode(encoder, size=[1], colour=column)


def test_infinity_is_refused_by_column_and_row(encoder):
    with pytest.raises(DataError, match=r"Column 'size', row 2: infinity"):
        encode(encoder, size=[1, float("inf")], colour=["r", "r"])


def test_a_number_beyond_float32_is_refused_by_column_row_and_value(encoder):
    words = r"Column 'size', row 2: 1e\+300 is too far from the training data \(mean 2, spread 1\)"
    with pytest.raises(DataError, match=words):
        encode(encoder, size=[1, 1e300], colour=["r", "r"])


def test_no_rows_are_no_rows(encoder):
    empty = pa.table({"size": pa.array([], pa.float64()), "colour": pa.array([], pa.string())})
    assert encoder.encode(empty).shape == (0, 4)


def test_the_result_is_float32_and_the_readers_own(encoder):
    """Writable and contiguous, also where the table's memory is not."""
    out = encoder.encode(as_table({"size": np.arange(6.0)[::2], "colour": ["r", "b", "r"]}))
    assert out.dtype == np.float32
    assert out.flags.c_contiguous
    assert out.flags.writeable


def test_tables_in_chunks_are_encoded_whole(encoder):
    one = pa.table({"size": [1.0, 2.0], "colour": ["r", "b"]})
    other = pa.table({"size": [3.0], "colour": pa.array([None], pa.string())})
    whole = encoder.encode(pa.concat_tables([one, other]))
    assert np.array_equal(whole, np.vstack([encoder.encode(one), encoder.encode(other)]))


@pytest.mark.parametrize(
    "name", ["", " ", "a,b", 'say "hi"', "a\nb", "größe", "💩", "[red]x", "n" * 10_000, "__class__"]
)
def test_any_name_will_do(name):
    table = as_table({name: [1.0, 3.0]})
    encoder, _ = Encoder.learn(table)
    assert encoder.encode(table).tolist() == [[-1], [1]]
