"""What a cell means, by value, whatever type it comes in."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltarule.data.encoder.cells import Cells
from deltarule.errors import CellError, DataError

NAN = float("nan")
UTC = dt.UTC
NEW_YEAR = dt.datetime(2020, 1, 1, 12, 30)


def cells(values, kind=None, first=0):
    data = values if isinstance(values, pa.Array) else pa.array(values, kind)
    return Cells("size", data, first)


def message_of(read, values, kind=None, first=0):
    with pytest.raises(DataError) as caught:
        getattr(cells(values, kind, first), read)()
    assert isinstance(caught.value, CellError)
    return str(caught.value)


NUMBERS = {
    "ints": ([1, None, -3], None, [1, NAN, -3]),
    "int8": ([1, None, -3], pa.int8(), [1, NAN, -3]),
    "uint64": ([1, None, 3], pa.uint64(), [1, NAN, 3]),
    "long int64": ([2**60 + 1], pa.int64(), [2**60]),
    "long uint64": ([2**64 - 1], pa.uint64(), [2.0**64]),
    "float64": ([0.5, NAN, None], None, [0.5, NAN, NAN]),
    "float32": ([0.5, NAN, None], pa.float32(), [0.5, NAN, NAN]),
    "float16": (pa.array(np.array([0.5, NAN], np.float16)), None, [0.5, NAN]),
    "decimal": ([Decimal("3.10"), None], None, [3.1, NAN]),
    "decimal256": ([Decimal("3.10"), None], pa.decimal256(50, 3), [3.1, NAN]),
    "booleans": ([True, False, None], None, [1, 0, NAN]),
    "text": (["1", " -2.5 ", "+3", "1e5", "", "  ", None], None, [1, -2.5, 3, 1e5] + [NAN] * 3),
    "NaN as text": (["1", "nan", "NaN"], None, [1, NAN, NAN]),
    "large text": (["1", None], pa.large_string(), [1, NAN]),
    "text view": (["1", None], pa.string_view(), [1, NAN]),
    "dictionary of text": (pa.array(["2", "1", None]).dictionary_encode(), None, [2, 1, NAN]),
    "dictionary of numbers": (pa.array([2, 1, None]).dictionary_encode(), None, [2, 1, NAN]),
    "durations": ([dt.timedelta(minutes=2), None], pa.duration("ms"), [120, NAN]),
    "durations in ns": ([dt.timedelta(seconds=2), None], pa.duration("ns"), [2, NAN]),
    "nulls": (pa.nulls(2), None, [NAN, NAN]),
    "nothing": ([], pa.float64(), []),
    "no text": ([], pa.string(), []),
}


@pytest.mark.parametrize(("values", "kind", "expected"), NUMBERS.values(), ids=NUMBERS)
def test_cells_as_numbers(values, kind, expected):
    x = cells(values, kind).numbers()
    assert x.dtype == np.float64
    assert np.array_equal(x, np.array(expected, float), equal_nan=True)
    assert x.flags.writeable


def test_a_duration_below_a_microsecond_is_a_number_too():
    assert cells([1500], pa.duration("ns")).numbers() == pytest.approx([1.5e-6], rel=0.5)


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.booleans())))
def test_whole_numbers_written_as_text_are_the_same_numbers(values):
    numbers = [None if value is None else int(value) for value in values]
    texts = [None if number is None else str(number) for number in numbers]
    of_text = cells(texts, pa.string()).numbers()
    assert np.array_equal(of_text, cells(numbers, pa.int64()).numbers(), equal_nan=True)


CATEGORIES = {
    "text": (["u", " u ", "3", "", None], None, ["u", " u ", "3", None, None]),
    "NaN as text stays text": (["nan"], None, ["nan"]),
    "large text": (["u", None], pa.large_string(), ["u", None]),
    "text view": (["u", ""], pa.string_view(), ["u", None]),
    "dictionary": (pa.array(["v", "u", None]).dictionary_encode(), None, ["v", "u", None]),
    "dictionary of ints": (pa.array([3, 1, None]).dictionary_encode(), None, ["3", "1", None]),
    "ints": ([3, -1, None], None, ["3", "-1", None]),
    "int8": ([3, -1, None], pa.int8(), ["3", "-1", None]),
    "long ints": ([2**60 + 1, -(2**63)], None, [str(2**60 + 1), str(-(2**63))]),
    "long uint64": ([2**64 - 1], pa.uint64(), [str(2**64 - 1)]),
    "floats": ([3.0, 0.1, -0.0, NAN, None], None, ["3", "0.1", "0", None, None]),
    "float32": ([3.0, 0.1, NAN], pa.float32(), ["3", "0.1", None]),
    "float16": (pa.array(np.array([3, 0.5, NAN], np.float16)), None, ["3", "0.5", None]),
    "long floats": ([2.0**60, -1e18, 1e20], None, [str(2**60), str(-(10**18)), "1e+20"]),
    "decimals": ([Decimal("3.00"), Decimal("0.10"), None], None, ["3", "0.1", None]),
    "booleans": ([True, False, None], None, ["true", "false", None]),
    "dates": ([dt.date(2020, 1, 31), None], None, ["2020-01-31", None]),
    "nulls": (pa.nulls(2), None, [None, None]),
    "nothing": ([], pa.float64(), []),
}


@pytest.mark.parametrize(("values", "kind", "expected"), CATEGORIES.values(), ids=CATEGORIES)
def test_cells_as_categories(values, kind, expected):
    texts = cells(values, kind).texts()
    assert texts.type == pa.string()
    assert texts.to_pylist() == expected


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        pytest.param(
            [NEW_YEAR],
            [pa.timestamp(unit) for unit in ("s", "ms", "us", "ns")],
            id="moments",
        ),
        pytest.param(
            [NEW_YEAR.replace(tzinfo=UTC)],
            [pa.timestamp("us", zone) for zone in ("UTC", "Europe/Paris")],
            id="time zones",
        ),
        pytest.param(
            [dt.time(12, 30)],
            [pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")],
            id="times",
        ),
        pytest.param(
            [dt.timedelta(1)],
            [pa.duration(unit) for unit in ("s", "ms", "us", "ns")],
            id="durations",
        ),
        pytest.param([dt.date(2020, 1, 1)], [pa.date32(), pa.date64()], id="dates"),
    ],
)
def test_a_category_is_the_same_in_whatever_unit_it_comes(values, kinds):
    assert len({tuple(cells(values, kind).texts().to_pylist()) for kind in kinds}) == 1


BOOLEANS = {
    "booleans": ([True, False, None], None, [1, 0, NAN]),
    "ints": ([1, 0, None], pa.int8(), [1, 0, NAN]),
    "floats": ([1.0, 0.0, NAN], None, [1, 0, NAN]),
    "words": (["true", " False ", "TRUE", "", None], None, [1, 0, 1, NAN, NAN]),
    "digits": (["1", "0", "1.0", ""], None, [1, 0, 1, NAN]),
    "dictionary": (pa.array(["true", "false"]).dictionary_encode(), None, [1, 0]),
    "nulls": (pa.nulls(1), None, [NAN]),
    "nothing": ([], pa.string(), []),
    "words and digits": pytest.param(
        ["true", "0", None],
        None,
        [1, 0, NAN],
    ),
}


@pytest.mark.parametrize(("values", "kind", "expected"), BOOLEANS.values(), ids=BOOLEANS)
def test_cells_as_booleans(values, kind, expected):
    x = cells(values, kind).booleans()
    assert np.array_equal(x, np.array(expected, float), equal_nan=True)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([1, 0, 2], "'2'"),
        ([0.0, 1.0, 0.5], "'0.5'"),
        (["1", "0", "2"], "'2'"),
        pytest.param(
            ["true", None, "yes"],
            "'yes'",
        ),
    ],
    ids=str,
)
def test_what_is_neither_true_nor_false_is_refused_by_row(values, shown):
    expected = f"Column 'size', row 3: {shown} is neither true nor false"
    assert message_of("booleans", values).startswith(expected)


TIMES = {
    "dates": ([dt.date(2020, 1, 1), None], None, ["2020-01-01", None]),
    "date64": ([dt.date(2020, 1, 1), None], pa.date64(), ["2020-01-01", None]),
    "seconds": ([NEW_YEAR, None], pa.timestamp("s"), ["2020-01-01T12:30", None]),
    "microseconds": ([NEW_YEAR], pa.timestamp("us"), ["2020-01-01T12:30"]),
    "nanoseconds": (
        pa.array([1_577_881_800_000_000_999], pa.timestamp("ns")),
        None,
        ["2020-01-01T12:30"],
    ),
    "UTC": ([NEW_YEAR.replace(tzinfo=UTC)], pa.timestamp("us", "UTC"), ["2020-01-01T12:30"]),
    "Paris": (
        [NEW_YEAR.replace(tzinfo=UTC)],
        pa.timestamp("us", "Europe/Paris"),
        ["2020-01-01T12:30"],
    ),
    "time of day": ([dt.time(1, 2, 3), None], None, ["1970-01-01T01:02:03", None]),
    "time32": ([dt.time(1, 2, 3)], pa.time32("s"), ["1970-01-01T01:02:03"]),
    "time in ns": (pa.array([1999], pa.time64("ns")), None, ["1970-01-01T00:00:00.000001"]),
    "date text": (
        ["2020-01-01", " 2020-12-31 ", "", None],
        None,
        ["2020-01-01", "2020-12-31"] + [None] * 2,
    ),
    "moment text": (
        ["2020-01-01T12:30", "2020-01-01 12:30:00.5"],
        None,
        ["2020-01-01T12:30", "2020-01-01T12:30:00.5"],
    ),
    "zoned text": (
        ["2020-01-01T12:30Z", "2020-01-01T12:30+02:00"],
        None,
        ["2020-01-01T12:30", "2020-01-01T10:30"],
    ),
    "dictionary": (pa.array(["2020-01-01"]).dictionary_encode(), None, ["2020-01-01"]),
    "before 1970": (["1066-10-14", "1969-12-31T23:59"], None, ["1066-10-14", "1969-12-31T23:59"]),
    "nulls": (pa.nulls(1), None, [None]),
    "nothing": ([], pa.date32(), []),
}


@pytest.mark.parametrize(("values", "kind", "expected"), TIMES.values(), ids=TIMES)
def test_cells_as_moments_in_utc(values, kind, expected):
    moments = cells(values, kind).times()
    assert moments.dtype == "M8[us]"
    assert np.array_equal(moments, np.array(expected, "M8[us]"), equal_nan=True)


ERRORS = {
    "a word": ("numbers", ["1", None, "tall"], "'tall' is no number."),
    "a hexadecimal number": ("numbers", ["1", "2", "0x10"], "'0x10' is no number."),
    "infinity": ("numbers", [1.0, NAN, float("inf")], "inf is too large to compute with"),
    "minus infinity": ("numbers", [1.0, NAN, -float("inf")], "-inf is too large to compute with"),
    "infinity as text": ("numbers", ["1", "", "inf"], "inf is too large to compute with"),
    "a number beyond float32": ("numbers", [1.0, NAN, 1e39], "1e+39 is too large to compute with"),
    "no date": ("times", ["2020-01-01T00:00Z", None, "soon"], "'soon' is no date or time"),
    "no day": (
        "times",
        ["2020-01-01T00Z", "", "2020-02-30T00Z"],
        "'2020-02-30T00Z' is no date or time",
    ),
    "half": ("booleans", [1.0, NAN, 0.5], "'0.5' is neither true nor false"),
}


@pytest.mark.parametrize("first", [0, 70_000])
@pytest.mark.parametrize(("read", "values", "what"), ERRORS.values(), ids=ERRORS)
def test_a_cell_is_refused_by_column_row_and_value(read, values, what, first):
    with pytest.raises(CellError) as caught:
        getattr(cells(values, first=first), read)()
    assert str(caught.value).startswith(f"Column 'size', row {first + 3}: {what}")
    assert caught.value.row == first + 2


def test_what_is_no_date_is_named_among_dates_without_a_zone():
    message = message_of("times", ["2020-01-01", "2020-01-02", "soon"])
    assert message.startswith("Column 'size', row 3: 'soon' is no date")


@given(
    rows=st.lists(st.sampled_from(["1", "2.5", "", None]), max_size=40),
    bad=st.sampled_from(["tall", "1,5", "1 2", "--1"]),
    more=st.lists(st.sampled_from(["1", "tall", None]), max_size=10),
)
def test_of_several_bad_cells_the_first_is_named(rows, bad, more):
    expected = f"Column 'size', row {len(rows) + 1}: {bad!r} is no number."
    assert message_of("numbers", [*rows, bad, *more], pa.string()).startswith(expected)


WRONG_TYPES = {
    "dates as numbers": ("numbers", [NEW_YEAR], "timestamp[us] where numbers belong."),
    "lists as numbers": ("numbers", [[1]], "list<item: int64> where numbers belong."),
    "bytes as numbers": ("numbers", [b"1"], "binary where numbers belong."),
    "numbers as dates": ("times", [1], "int64 where dates belong."),
    "booleans as dates": ("times", [True], "bool where dates belong."),
    "lists as text": ("texts", [[1]], "list<item: int64> where text belongs."),
    "structs as text": ("texts", [{"u": 1}], "struct<u: int64> where text belongs."),
    "bytes that are no text": ("texts", [b"\xff"], "binary where text belongs."),
    "dates as booleans": (
        "booleans",
        [NEW_YEAR],
        "'2020-01-01 12:30:00' is neither true nor false",
    ),
}


@pytest.mark.parametrize(("read", "values", "what"), WRONG_TYPES.values(), ids=WRONG_TYPES)
def test_a_type_that_cannot_mean_that_is_refused_by_name(read, values, what):
    assert message_of(read, values).startswith(f"Column 'size', row 1: {what}")


def test_the_largest_numbers_of_float32_are_admitted():
    assert cells([3e38, -3.4e38]).numbers().tolist() == [3e38, -3.4e38]


@pytest.mark.parametrize("read", ["numbers", "times"])
def test_a_long_cell_is_shown_shortened(read):
    message = message_of(read, ["x" * 10_000])
    assert "x" * 37 + "...' is no" in message
    assert len(message) < 200
