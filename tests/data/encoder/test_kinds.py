"""What kind a column is found to be, and why some are left out."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from deltarule.data import IGNORED, KINDS
from deltarule.data.encoder import learning
from deltarule.errors import DataError

NAN = float("nan")
DAYS = [dt.date(2020, 1, 1) + dt.timedelta(7 * i) for i in range(60)]
TYPES = {
    "ints": ([1, 5, 5], "numeric"),
    "floats": ([1.0, 5.0, None], "numeric"),
    "float16": (pa.array(np.array([1, 5], np.float16)), "numeric"),
    "decimals": (pa.array([1, 5]).cast(pa.decimal128(20)), "numeric"),
    "durations": ([dt.timedelta(1), dt.timedelta(2)], "numeric"),
    "booleans": ([True, False, None], "boolean"),
    "text": (["u", "v", None], "categorical"),
    "text of a few numbers": (["1", "2", "2"], "categorical"),
    "large text": (pa.array(["u", "v"], pa.large_string()), "categorical"),
    "text view": (pa.array(["u", "v"], pa.string_view()), "categorical"),
    "dictionary": (pa.array(["u", "v"]).dictionary_encode(), "categorical"),
    "dictionary of numbers": (pa.array([1, 2]).dictionary_encode(), "categorical"),
    "dates": (DAYS, "datetime"),
    "moments": ([dt.datetime(2020, 1, 1), dt.datetime(2021, 1, 1)], "datetime"),
    "times": ([dt.time(1), dt.time(2)], "datetime"),
}


@pytest.mark.parametrize(("cells", "kind"), TYPES.values(), ids=TYPES)
def test_a_column_is_of_the_kind_that_its_type_is(learn, cells, kind):
    learned = learn({"a": cells})
    assert learned.encoder.kinds() == {"a": kind}
    assert learned.left_out == {}


NOTHING = {
    "ints": ([5, 5, 5], "has the same value in every row, 5"),
    "floats": ([0.1 + 0.2] * 3, "has the same value in every row, 0.3"),
    "booleans": ([True] * 3, "has the same value in every row, True"),
    "text": (["u"] * 3, "has the same value in every row"),
    "numbers as text": (["1"] * 3, "has the same value in every row"),
    "dates": ([dt.date(2020, 1, 1)] * 3, "has the same date in every row"),
    "nulls": (pa.nulls(3), "is empty in every row"),
    "NaN": ([NAN] * 3, "is empty in every row"),
    "no text": (["", None, ""], "is empty in every row"),
    "no dates": (pa.nulls(3, pa.date32()), "is empty in every row"),
    "no booleans": (pa.nulls(3, pa.bool_()), "is empty in every row"),
}


@pytest.mark.parametrize(("cells", "reason"), NOTHING.values(), ids=NOTHING)
def test_a_column_that_says_nothing_is_left_out_with_the_reason(learn_column, cells, reason):
    assert learn_column(cells) == reason


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_that_says_nothing_is_left_out_even_if_it_is_asked_for(learn_column, kind):
    assert learn_column(pa.nulls(3), a=kind) == "is empty in every row"


@pytest.mark.parametrize(
    "cells",
    [["u", None, "u"], [5, None, 5], [True, None, True], [DAYS[0], None, DAYS[0]]],
    ids=["text", "numbers", "booleans", "dates"],
)
def test_one_value_with_gaps_is_kept_since_the_gaps_may_tell(learn_column, cells):
    assert learn_column(cells).has_missing


REPEATS = {
    "numbers": ([3.0, None, 5.0] * 20, [3.0, NAN, 5.0] * 20),
    "ints and floats": ([3, 4, 5] * 20, [3.0, 4.0, 5.0] * 20),
    "text": (["u", "v", None] * 20, ["u", "v", ""] * 20),
    "text and a dictionary": (["u", "v"] * 30, pa.array(["u", "v"] * 30).dictionary_encode()),
    "booleans": ([True, False, None] * 20, [True, False, None] * 20),
    "dates and moments": (DAYS, pa.array(DAYS).cast(pa.timestamp("ns"))),
}


@pytest.mark.parametrize(("one", "other"), REPEATS.values(), ids=REPEATS)
def test_a_column_that_repeats_another_is_left_out(learn, one, other):
    learned = learn({"first": one, "unlike": np.arange(60) / 2, "again": other})
    assert list(learned.encoder.kinds()) == ["first", "unlike"]
    assert learned.left_out == {"again": "says the same as 'first' in every row"}


@pytest.mark.parametrize(
    "zeros",
    [
        pytest.param((0.0, -0.0)),
        pytest.param((NAN, -NAN)),
    ],
    ids=["zeros", "missing"],
)
def test_numbers_that_are_equal_but_for_their_sign_bit_repeat_each_other(learn, zeros):
    one, other = (pa.array([3.0, zero, 5.0] * 20) for zero in zeros)
    assert list(learn({"one": one, "other": other}).encoder.kinds()) == ["one"]


def test_columns_that_differ_in_one_cell_are_kept(learn):
    one = [3.0, 4.0, 5.0] * 20
    for i in (0, 59):
        for cell in (None, 3.5):
            other = [*one[:i], cell, *one[i + 1 :]]
            assert list(learn({"one": one, "other": other}).encoder.kinds()) == ["one", "other"]


def test_a_repeat_that_is_asked_for_is_kept(learn):
    cells = [3.0, 4.0, 5.0]
    assert list(learn({"one": cells, "other": cells}, other="numeric").encoder.kinds()) == [
        "one",
        "other",
    ]


def test_columns_left_out_do_not_count_as_the_first_of_a_pair(learn):
    constant = [1.0] * 3
    learned = learn({"one": constant, "other": constant, "b": [1.0, 2.5, 9.0]})
    assert set(learned.left_out.values()) == {"has the same value in every row, 1"}


def shuffled(numbers):
    return np.random.default_rng(0).permutation(numbers)


IDS = {
    "from 0": np.arange(100),
    "from 1000": np.arange(1000, 1100),
    "shuffled": shuffled(np.arange(100)),
    "a fifth of them missing": np.sort(shuffled(np.arange(125))[:100]),
    "a fifth of them missing, shuffled": shuffled(np.arange(125))[:100],
    "negative": np.arange(-100, 0),
    "just enough rows": np.arange(30),
    "more than are sampled": shuffled(np.arange(80_000)),
}


@pytest.mark.parametrize("numbers", IDS.values(), ids=IDS)
def test_numbers_of_rows_are_left_out(learn_column, numbers):
    assert learn_column(numbers) == (
        f"numbers the rows, from {min(numbers)} to {max(numbers)} with each number once, like an ID"
    )


COUNTS = {
    "a repeat": np.append(np.arange(99), 50),
    "large gaps": np.arange(100) * 3,
    "one large gap": np.append(np.arange(99), 250),
    "floats": np.arange(100.0),
    "a missing one": [*range(99), None],
    "too few rows to tell": np.arange(29),
    "decimals": pa.array(range(100)).cast(pa.decimal128(20)),
}


@pytest.mark.parametrize("numbers", COUNTS.values(), ids=COUNTS)
def test_numbers_that_may_count_something_are_kept(learn, numbers):
    learned = learn({"a": numbers})
    assert learned.encoder.kinds() == {"a": "numeric"}


def test_numbers_of_rows_are_kept_where_they_are_asked_for(learn):
    assert learn({"a": range(100)}, a="numeric").encoder.kinds() == {"a": "numeric"}


def words(n_different, n_rows):
    return [f"w{i % n_different}" for i in range(n_rows)]


@pytest.mark.parametrize(
    ("n_different", "n_rows"), [(21, 41), (300, 3000), (257, 5000), (1000, 1000)]
)
def test_text_like_names_is_left_out(learn_column, n_different, n_rows):
    assert learn_column(words(n_different, n_rows)) == (
        f"has {n_different:,} different texts in {n_rows:,} cells, like names or IDs"
    )


@pytest.mark.parametrize(("n_different", "n_rows"), [(20, 20), (21, 42), (256, 5000)])
def test_text_with_few_values_is_kept(learn_column, n_different, n_rows):
    column = learn_column(words(n_different, n_rows))
    assert len(column.categories) == n_different


def test_cells_that_are_missing_make_no_text_more_common(learn_column):
    reason = learn_column([*words(30, 50), *[None] * 50])
    assert reason == "has 30 different texts in 50 cells, like names or IDs"


def test_text_like_names_is_kept_where_it_is_asked_for(learn_column):
    assert len(learn_column(words(1000, 1000), a="categorical").categories) == 1000


def test_more_categories_than_anyone_can_want_are_refused(learn_column, monkeypatch):
    monkeypatch.setattr(learning, "MOST_ASKED_FOR", 500)
    assert len(learn_column(words(500, 501), a="categorical").categories) == 500
    with pytest.raises(DataError, match=r"^Column 'a' has more than 500 categories\. Leave it out"):
        learn_column(words(501, 501), a="categorical")


def test_so_many_texts_are_not_counted_to_the_end(learn_column, monkeypatch):
    monkeypatch.setattr(learning, "MOST_ASKED_FOR", 500)
    reason = learn_column(words(900, 1000))
    assert reason == "has more than 500 different texts in 1,000 cells, like names or IDs"


def test_text_of_many_numbers_is_numeric(learn, learn_column):
    x = np.random.default_rng(0).normal(size=400)
    texts = [*(f" {number!r}" for number in x.tolist()), "", None]
    assert learn({"a": texts}).encoder.kinds() == {"a": "numeric"}
    assert learn_column(texts) == learn_column([*x, None])


def test_one_word_among_many_numbers_makes_names_of_them(learn_column):
    reason = learn_column([*map(str, np.arange(400) / 8), "unknown"])
    assert reason == (
        "has 401 different texts in 401 cells, like names or IDs; it is text, though 400 of its "
        "401 different cells are numbers: the others are 'unknown'. Where they mean missing, "
        "--missing or empty cells make it numeric"
    )


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([f"{i},5" for i in range(99)], "it is text such as '0,5': if its comma is a decimal mark"),
        ([f"1.{100 + i},25" for i in range(99)], "such as '1.100,25': if its comma is a decimal"),
        ([*(f"{i},5" for i in range(99)), "-"], "it is text such as '0,5'"),
        ([f"{1 + i % 28}.{1 + i % 12}.20{10 + i % 9}" for i in range(200)], "in ISO 8601 only"),
        (
            [f"{1 + i % 12}/{1 + i % 28}/{10 + i % 80} 10:00" for i in range(200)],
            "in ISO 8601 only",
        ),
    ],
)
def test_numbers_and_dates_as_they_are_written_elsewhere_are_told_apart_from_names(
    learn_column, cells, told
):
    reason = learn_column(cells)
    assert "like names or IDs; it is text such as " in reason
    assert told in reason


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([1, 2, 1], "categorical"),
        ([1.5, 2.0, 1.5], "categorical"),
        ([True, False, None], "categorical"),
        (DAYS, "categorical"),
        (["1", "2", "9"], "numeric"),
        ([True, False, None], "numeric"),
        ([0, 1, 1], "boolean"),
        (["true", "false", ""], "boolean"),
        (["2020-01-01", "2021-02-03", ""], "datetime"),
    ],
    ids=str,
)
def test_a_kind_that_is_asked_for_goes_before_the_type(learn, cells, kind):
    assert learn({"a": cells}, a=kind).encoder.kinds() == {"a": kind}


@pytest.mark.parametrize(
    ("cells", "kind", "message"),
    [
        (["1", "tall"], "numeric", "Column 'a', row 2: 'tall' is no number."),
        ([0, 7], "boolean", "Column 'a', row 2: '7' is neither true nor false"),
        ([1, 2], "datetime", "Column 'a', row 1: int64 where dates belong."),
        ([DAYS[0], DAYS[1]], "numeric", "Column 'a', row 1: date32[day] where numbers belong."),
        ([[1], [2]], "categorical", "Column 'a', row 1: list<item: int64> where text belongs."),
    ],
    ids=["numeric", "boolean", "datetime", "a date", "a list"],
)
def test_cells_that_are_not_of_the_kind_asked_for_are_refused(learn, cells, kind, message):
    with pytest.raises(DataError) as caught:
        learn({"a": cells}, a=kind)
    assert str(caught.value).startswith(message)


def test_an_ignored_column_is_not_even_looked_at(learn):
    learned = learn({"a": [[1], [2]], "b": [1.0, float("inf")], "c": [1, 5]}, a=IGNORED, b=IGNORED)
    assert learned.encoder.kinds() == {"c": "numeric"}
    assert learned.left_out == {"a": "is to be ignored", "b": "is to be ignored"}


def test_what_is_left_out_comes_in_the_order_of_the_columns(learn):
    columns = {"z": [1, 1], "y": ["u", "v"], "x": pa.nulls(2), "w": [1, 2], "v": [3, 3]}
    learned = learn(columns, w=IGNORED)
    assert list(learned.left_out) == ["z", "x", "w", "v"]
    assert list(learned.encoder.kinds()) == ["y"]


def test_a_kind_for_a_column_that_is_not_there_is_refused_with_the_closest_name(learn):
    with pytest.raises(DataError, match=r"^The table has no column 'colur'. Did you mean 'colour'"):
        learn({"colour": ["u", "v"], "size": [1, 2]}, colur="categorical")


@pytest.mark.parametrize(
    ("cells", "kind"),
    [([[1], [2]], "list<"), ([{"u": 1}] * 2, "struct<"), ([b"u", b"v"], "binary")],
    ids=["lists", "structs", "bytes"],
)
def test_other_types_are_refused_by_column_type_and_a_way_out(learn, cells, kind):
    with pytest.raises(DataError) as caught:
        learn({"a": cells, "b": [1, 2]})
    message = str(caught.value)
    assert message.startswith(f"Column 'a' holds {kind}")
    assert "columns={'a': 'ignored'} in Python, --drop on the command line" in message


def test_where_no_column_is_left_each_reason_is_given(learn):
    with pytest.raises(DataError) as caught:
        learn({"a": [1, 1], "b": pa.nulls(2), "c": ["u", "u"]})
    message = str(caught.value)
    assert message.startswith("No column is left to learn from (n_samples=2): 'a' has the same")
    assert "'b' is empty in every row; 'c' has the same value" in message
    assert "columns={'a': 'numeric'}" in message


def test_of_many_reasons_five_are_given(learn):
    with pytest.raises(DataError, match=r"'x4' has the same value in every row, 1; and 45 more\."):
        learn({f"x{i}": [1, 1] for i in range(50)})


def test_a_table_without_rows_or_columns_leaves_nothing_to_learn_from(learn):
    with pytest.raises(DataError, match=r"No column is left.*n_samples=0.*'a' is empty"):
        learn({"a": pa.array([], pa.float64())})
    with pytest.raises(DataError, match="the table has none"):
        learn(pa.table({}))


def test_the_number_of_rows_is_counted(learn):
    assert learn({"a": range(1234)}, a="numeric").n_rows == 1234
