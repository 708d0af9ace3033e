"""What an encoder learns from a table, what it leaves out, and what it refuses."""

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from deltarule.data import NUMBER, TEXT, Encoder, as_table
from deltarule.errors import DataError

NUMBERS = {
    **{str(t): pa.array([1, 3, None], t) for t in (pa.int8(), pa.int16(), pa.int32(), pa.int64())},
    **{str(t): pa.array([1, 3, None], t) for t in (pa.uint8(), pa.uint16(), pa.uint32())},
    **{str(t): pa.array([1, 3, None], t) for t in (pa.uint64(), pa.float32(), pa.float64())},
    "half": pa.array(np.array([1, 3], np.float16)),
    "decimal": pa.array([Decimal("1.00"), Decimal("3.00"), None]),
    "decimal256": pa.array([Decimal(1), Decimal(3), None], pa.decimal256(50, 3)),
    "nan": pa.array([1.0, 3.0, float("nan")]),
}
STRINGS = [pa.string(), pa.large_string(), pa.string_view()]
TEXTS = {
    **{str(t): pa.array(["u", "v", None], t) for t in STRINGS},
    "dictionary": pa.array(["u", "v", None]).dictionary_encode(),
    "dictionary of large": pa.array(["u", "v", None], pa.large_string()).dictionary_encode(),
    "chunked": pa.chunked_array([["u"], ["v", None]]),
}


def learn(**columns):
    return Encoder.learn(as_table(columns))


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_are_standardised(kind):
    """By the mean 2 and the standard deviation 1 of the numbers there are."""
    encoder, left_out = learn(a=NUMBERS[kind])
    assert left_out == {}
    assert encoder.kinds() == {"a": NUMBER}
    probe = as_table({"a": [1.0, 2.0, 3.0, 12.0, None]})
    assert encoder.encode(probe).tolist() == [[-1], [0], [1], [10], [0]]


def test_booleans_are_numbers():
    encoder, _ = learn(a=[True, False, None])
    probe = as_table({"a": [True, False, None]})
    assert encoder.encode(probe).tolist() == [[1], [-1], [0]]


@pytest.mark.parametrize("kind", TEXTS)
def test_text_is_one_hot_with_a_place_for_missing(kind):
    encoder, left_out = learn(a=TEXTS[kind])
    assert left_out == {}
    assert encoder.kinds() == {"a": TEXT}
    probe = as_table({"a": ["v", "u", None]})
    assert encoder.encode(probe).tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]


def test_pandas_categories_are_text():
    frame = pd.DataFrame({"a": pd.Categorical(["v", "u"], categories=["w", "v", "u"])})
    encoder, _ = Encoder.learn(as_table(frame))
    assert encoder.encode(as_table({"a": ["u", "v"]})).tolist() == [[1, 0], [0, 1]]


def test_an_empty_text_is_missing():
    encoder, _ = learn(a=["u", "", "v"])
    assert encoder.encode(as_table({"a": ["", None, "v"]})).tolist() == [
        [0, 0, 1],
        [0, 0, 1],
        [0, 1, 0],
    ]


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ([5, 5, 5], "has the same value in every row, 5"),
        ([0.1 + 0.2] * 3, "has the same value in every row, 0.3"),
        ([None, None, None], "is empty in every row"),
        ([float("nan")] * 3, "is empty in every row"),
        (pa.nulls(3, pa.string()), "is empty in every row"),
        (["", "", ""], "is empty in every row"),
        (["u", "u", "u"], "has the same value in every row"),
        ([True, True, True], "has the same value in every row, 1"),
    ],
)
def test_a_column_that_says_nothing_is_left_out_with_the_reason(column, reason):
    encoder, left_out = learn(a=column, b=[1, 2, 3])
    assert left_out == {"a": reason}
    assert list(encoder.kinds()) == ["b"]


def test_text_with_one_value_and_gaps_is_kept():
    """Whether the cell is empty is what it says."""
    encoder, left_out = learn(a=["u", None, "u"])
    assert left_out == {}
    assert encoder.encode(as_table({"a": ["u", None]})).tolist() == [[1, 0], [0, 1]]


def words(n_distinct, n_rows):
    return [f"w{i % n_distinct}" for i in range(n_rows)]


@pytest.mark.parametrize(
    ("n_distinct", "n_rows"), [(21, 41), (300, 3000), (257, 10_000), (1000, 1000)]
)
def test_text_like_an_id_is_left_out(n_distinct, n_rows):
    """More than 256 values, or more than 20 in less than twice as many rows."""
    _, left_out = learn(a=words(n_distinct, n_rows), b=range(n_rows))
    assert left_out == {
        "a": f"has {n_distinct} different texts in {n_rows} rows, like a name or an ID"
    }


@pytest.mark.parametrize(("n_distinct", "n_rows"), [(20, 20), (21, 42), (256, 10_000)])
def test_text_with_few_values_is_kept(n_distinct, n_rows):
    encoder, left_out = learn(a=words(n_distinct, n_rows))
    assert left_out == {}
    assert encoder.n_features == n_distinct


def test_where_no_column_is_left_each_reason_is_given():
    with pytest.raises(DataError, match=r"No column is left.*'a' has the same.*'b' is empty"):
        learn(a=[1, 1], b=[None, None])
    with pytest.raises(DataError, match="the table has none"):
        Encoder.learn(pa.table({}))


@pytest.mark.parametrize("exponent", range(-12, 13, 3))
@pytest.mark.parametrize("offset", [0, 1000])
def test_columns_of_any_scale_are_standardised(exponent, offset):
    x = 10.0**exponent * (np.random.default_rng(0).normal(size=500) + offset)
    encoded = learn(a=x)[0].encode(as_table({"a": x}))
    assert encoded.mean() == pytest.approx(0, abs=1e-3)
    assert encoded.std() == pytest.approx(1, abs=1e-3)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=20))
@example([8.988465674311582e307, 8.988465674311584e307, -1.7976931348623153e308])
def test_any_finite_numbers_are_encoded_finitely_or_left_out(numbers):
    """From 5e-324 to 1.8e308."""
    table = as_table({"a": numbers, "b": range(len(numbers))})
    assume(len(numbers) > 1)
    encoder, _ = Encoder.learn(table)
    assert np.isfinite(encoder.encode(table)).all()


@pytest.mark.parametrize("value", [float("inf"), -float("inf")])
def test_infinity_is_refused_by_column_and_row(value):
    with pytest.raises(DataError, match=r"Column 'a', row 3: infinity"):
        learn(a=[1.0, None, value], b=[1, 2, 3])


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ([dt.date(2020, 1, 1), dt.date(2021, 1, 1)], "date32"),
        ([dt.datetime(2020, 1, 1), dt.datetime(2021, 1, 1)], "timestamp"),
        ([dt.time(1), dt.time(2)], "time64"),
        ([[1], [2]], "list"),
        ([{"x": 1}, {"x": 2}], "struct"),
        ([b"u", b"v"], "binary"),
    ],
    ids=["date", "timestamp", "time", "list", "struct", "bytes"],
)
def test_other_types_are_refused_by_column_type_and_a_way_out(column, kind):
    with pytest.raises(DataError, match=f"Column 'when' holds {kind}.*--drop"):
        learn(when=column, b=[1, 2])


@pytest.mark.parametrize(
    "column",
    [pa.array([2**60 + 1, 7], pa.int64()), pa.array([2**64 - 1, 7], pa.uint64())],
    ids=["int64", "uint64"],
)
def test_integers_beyond_2_to_the_53_are_numbers_too(column):
    """Long IDs are; rounding to float64 is no harm."""
    assert learn(a=column)[0].encode(as_table({"a": column})).tolist() == [[1], [-1]]


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(-1e30, 1e30)), st.one_of(st.none(), st.text(max_size=5))
        ),
        min_size=1,
        max_size=30,
    )
)
def test_survives_json(rows):
    """As the model file stores it: the same encoder, and the same numbers."""
    numbers, texts = zip(*rows, strict=True)
    table = pa.table(
        {
            "a": pa.array(numbers, pa.float64()),
            "b": pa.array(texts, pa.string()),
            "c": range(len(rows)),
        }
    )
    assume(len(rows) > 1)
    encoder, _ = Encoder.learn(table)
    again = Encoder.from_json(json.loads(json.dumps(encoder.to_json())))
    assert again == encoder
    assert np.array_equal(again.encode(table), encoder.encode(table))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda members: members["columns"].append(members["columns"][0]),
        lambda members: members["columns"][0].update(scale=0),
        lambda members: members["columns"][0].update(scale=-1.0),
        lambda members: members["columns"][0].update(mean="2"),
        lambda members: members["columns"][0].update(extra=1),
        lambda members: members["columns"][0].pop("mean"),
        lambda members: members["columns"][0].update(kind="other"),
        lambda members: members["columns"][1].update(categories=[], has_missing=False),
        lambda members: members["columns"][1].update(categories=[1, 2]),
        lambda members: members.update(extra=1),
        lambda members: members.pop("columns"),
    ],
)
def test_json_is_checked(spoil):
    encoder, _ = learn(a=[1, 3], b=["u", "v"])
    members = json.loads(json.dumps(encoder.to_json()))
    assert Encoder.from_json(members) == encoder
    spoil(members)
    with pytest.raises(ValueError):  # noqa: PT011 - the model file's reader says the rest
        Encoder.from_json(members)
