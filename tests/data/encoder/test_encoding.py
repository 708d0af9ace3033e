"""Other tables: their columns are found by name, and what is wrong is said by row."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from deltarule.data import as_table
from deltarule.errors import DataError


@pytest.fixture(scope="module")
def encoder(learn):
    """size: median 2, quartiles 1.5 and 2.5; colour: "b", "r", missing or unknown."""
    return learn({"size": [1.0, 2.0, 3.0], "colour": ["r", "b", None]}).encoder


ONE = 1 / np.sqrt(1 + 1 / 9)  # of a scaled 1


def codes_of(encoder, **columns):
    return encoder.encode(as_table(columns))


def test_the_numbers_of_a_row(encoder):
    assert encoder.n_features == 5
    assert codes_of(encoder, size=[3.0], colour=["r"])[0] == pytest.approx([ONE, 0, 1, 0, 0])


def test_columns_are_found_by_name_and_others_are_passed_over(encoder):
    codes = codes_of(encoder, list=[[1]], colour=["b"], bytes=[b"\xff"], size=[1.0])
    assert codes[0] == pytest.approx([-ONE, 1, 0, 0, 0])


def test_columns_that_lack_are_named_beside_those_there_are(encoder):
    words = r"lacks 'size', 'colour', which the model was trained with\. It has 'Size', 'hue'\."
    with pytest.raises(DataError, match=words):
        codes_of(encoder, Size=[3], hue=["r"])


def test_no_rows_are_no_rows(encoder):
    empty = {"size": pa.array([], pa.float64()), "colour": pa.array([], pa.string())}
    assert codes_of(encoder, **empty).shape == (0, 5)
    assert encoder.encode(as_table(empty).slice(0, 0)).shape == (0, 5)


@pytest.mark.parametrize("column", ["size", "colour"])
def test_a_column_that_is_empty_throughout_is_missing(encoder, column):
    codes = codes_of(encoder, **{"size": [2.0], "colour": ["r"], column: pa.nulls(1)})
    expected = {"size": [0, 0, 1, 0, 0], "colour": [0, 0, 0, 1, 0]}
    assert codes.tolist() == [expected[column]]


def test_the_result_is_float32_and_the_readers_own(encoder):
    out = codes_of(encoder, size=np.arange(6.0)[::2], colour=["r", "b", "r"])
    assert out.dtype == np.float32
    assert out.flags.c_contiguous
    assert out.flags.writeable
    assert out.flags.owndata


def test_tables_in_chunks_are_encoded_whole(encoder):
    one = pa.table({"size": [1.0, 2.0], "colour": ["r", "b"]})
    other = pa.table({"size": [3.0], "colour": pa.array([None], pa.string())})
    whole = encoder.encode(pa.concat_tables([one, one.slice(0, 0), other]))
    assert np.array_equal(whole, np.vstack([encoder.encode(one), encoder.encode(other)]))


def test_chunks_of_each_column_may_end_anywhere(encoder):
    size = pa.chunked_array([[1.0], [2.0, 3.0], [], [2.5, 1.5]], pa.float64())
    colour = pa.chunked_array([["r", "b", None], ["x", "r"]])
    whole = {"size": size.combine_chunks(), "colour": colour.combine_chunks()}
    assert np.array_equal(codes_of(encoder, size=size, colour=colour), codes_of(encoder, **whole))


@pytest.mark.parametrize("batch_rows", [1, 3, 100])
def test_a_bad_cell_is_named_by_its_row_in_the_whole_table(encoder, monkeypatch, batch_rows):
    monkeypatch.setattr("deltarule.data.encoder.encoder.BATCH_ROWS", batch_rows)
    with pytest.raises(DataError, match=r"^Column 'size', row 8: 'tall' is no number\."):
        codes_of(encoder, size=["1"] * 7 + ["tall", "2"], colour=["r"] * 9)


@pytest.mark.parametrize("cut", [1, 3, 100])
def test_so_is_one_that_is_learned_from(learn, cut):
    sizes = [1.0] * 7 + [float("inf"), 2.0]
    table = pa.table({"a": pa.chunked_array([sizes[i : i + cut] for i in range(0, 9, cut)])})
    with pytest.raises(DataError, match=r"^Column 'a', row 8: inf is too large"):
        learn(table)


HOLDERS = {
    "arrays": lambda x: {"size": x},
    "lists": lambda x: {"size": x.tolist()},
    "integers": lambda x: {"size": x.astype(np.int8)},
    "unsigned": lambda x: {"size": x.astype(np.uint16)},
    "half precision": lambda x: {"size": x.astype(np.float16)},
    "big-endian": lambda x: {"size": x.astype(">f4")},
    "non-contiguous": lambda x: {"size": np.repeat(x, 2)[::2]},
    "reversed": lambda x: {"size": x[::-1].copy()[::-1]},
    "read-only": lambda x: {"size": np.frombuffer(x.tobytes())},
    "text objects": lambda x: {"size": np.array([f"{number:g}" for number in x], object)},
    "decimals": lambda x: {"size": pa.array(x).cast(pa.decimal128(10, 2))},
    "Arrow": lambda x: pa.table({"size": x}),
    "pandas": lambda x: pd.DataFrame({"size": x}),
    "pandas objects": lambda x: pd.DataFrame({"size": pd.Series(x.tolist(), dtype=object)}),
    "pandas nullable": lambda x: pd.DataFrame({"size": pd.Series(x, dtype="Int64")}),
    "polars": lambda x: pl.DataFrame({"size": x}),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_numbers_are_the_same_whatever_holds_them(learn, holder):
    x = np.array([4.0, 1, 7, 3, 3, 100])
    plain = as_table({"size": x})
    expected = learn(plain).encoder.encode(plain)
    held = as_table(HOLDERS[holder](x))
    encoder = learn(held, size="numeric").encoder
    assert np.array_equal(encoder.encode(held), expected)
    assert np.array_equal(encoder.encode(plain), expected)


def test_types_and_kinds_say_how_columns_are_to_be_read(learn):
    columns = {
        "size": [1.5, 2.0, 4.0],
        "colour": ["r", "b", "b"],
        "flag": [True, False, True],
        "day": pa.array([1, 2, 400], pa.date32()),
    }
    encoder = learn(columns).encoder
    assert encoder.types() == {"size": pa.float64(), "colour": pa.string()}
    assert list(encoder.kinds().values()) == ["numeric", "categorical", "boolean", "datetime"]
    widths = [column.width for column in encoder.columns]
    assert widths == [1, 3, 1, 2 * len(encoder.columns[3].parts) + 1]
    assert sum(widths) == encoder.n_features
