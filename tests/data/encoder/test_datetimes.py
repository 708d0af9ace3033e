"""Dates: what comes round lies in a circle, what passes is a number."""

import calendar
import datetime as dt
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltarule.data.encoder.columns import days, share_of

UTC = dt.UTC
YEARS = [dt.datetime(2018, 1, 1) + dt.timedelta(hours=7 * i) for i in range(4000)]
PARTS = ["day", "week", "month", "year"]
MOMENTS = st.datetimes(dt.datetime(1600, 1, 1), dt.datetime(2400, 1, 1))


@pytest.fixture(scope="module")
def circle(encode):
    """Return the point that a moment is in the circle of a part."""

    def point(moment, part):
        i = 2 * PARTS.index(part)
        return encode(YEARS, [moment])[0, i : i + 2]

    return point


def share_by_the_calendar(part, moment):
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    day = (moment - midnight) / dt.timedelta(1)
    if part == "day":
        return day
    if part == "week":
        return (moment.weekday() + day) / 7
    if part == "month":
        return (moment.day - 1 + day) / calendar.monthrange(moment.year, moment.month)[1]
    return (moment.timetuple().tm_yday - 1 + day) / (365 + calendar.isleap(moment.year))


@given(MOMENTS)
def test_shares_are_those_of_the_calendar(moment):
    for part in PARTS:
        share = share_of(part, np.array([moment], "M8[us]"))[0]
        assert 0 <= share < 1
        assert share == pytest.approx(share_by_the_calendar(part, moment), abs=1e-9)


@given(MOMENTS)
def test_days_are_those_since_1970(moment):
    expected = (moment - dt.datetime(1970, 1, 1)) / dt.timedelta(1)
    assert days(np.array([moment], "M8[us]"))[0] == pytest.approx(expected, abs=1e-9)


def test_a_moment_is_where_it_is_in_day_week_month_and_year_then_elapsed_time(encode, learn_column):
    assert learn_column(YEARS).parts == PARTS
    moment = dt.datetime(2020, 2, 29, 6, 0)
    codes = encode(YEARS, [moment])
    angles = [2 * np.pi * share_by_the_calendar(part, moment) for part in PARTS]
    expected = [f(angle) for angle in angles for f in (np.sin, np.cos)]
    assert codes.shape == (1, 9)
    assert codes[0, :8] == pytest.approx(expected, abs=1e-6)


NEIGHBOURS = {
    "31 December and 1 January": (dt.datetime(2019, 12, 31), dt.datetime(2020, 1, 1), "year", 366),
    "28 February and 1 March": (dt.datetime(2019, 2, 28), dt.datetime(2019, 3, 1), "year", 365),
    "31 and 1": (dt.datetime(2020, 1, 31), dt.datetime(2020, 2, 1), "month", 31),
    "Sunday and Monday": (dt.datetime(2020, 1, 5), dt.datetime(2020, 1, 6), "week", 7),
    "23:59 and 0:00": (dt.datetime(2020, 1, 5, 23, 59), dt.datetime(2020, 1, 6), "day", 1440),
}


@pytest.mark.parametrize(("one", "other", "part", "steps"), NEIGHBOURS.values(), ids=NEIGHBOURS)
def test_the_end_lies_beside_the_beginning(circle, one, other, part, steps):
    """As near as any two neighbours: a chord of one step of the circle."""
    gap = np.linalg.norm(circle(one, part) - circle(other, part))
    assert gap == pytest.approx(2 * np.sin(np.pi / steps), rel=0.02)


def test_monday_is_where_the_week_begins(circle):
    assert circle(dt.datetime(2020, 1, 6), "week") == pytest.approx([0, 1], abs=1e-6)
    assert circle(dt.datetime(2020, 1, 9, 12), "week") == pytest.approx([0, -1], abs=1e-6)


def test_elapsed_time_is_ordered(encode):
    later = [dt.datetime(1990, 1, 1) + dt.timedelta(500 * i) for i in range(40)]
    elapsed = encode(YEARS, later)[:, 8]
    assert all(one < other for one, other in pairwise(elapsed.tolist()))
    assert np.abs(elapsed).max() <= 3


def every(step, count, begin=dt.datetime(2020, 1, 1)):
    return [begin + i * dt.timedelta(**step) for i in range(count)]


ROUND = {
    "hours of a day": (every({"hours": 1}, 20), ["day"]),
    "noons of a week": (every({"days": 1}, 6), []),
    "noons of two weeks": (every({"days": 1}, 14), ["week"]),
    "noons of two months": (every({"days": 1}, 60), ["week", "month"]),
    "noons of two years": (every({"days": 1}, 730), ["week", "month", "year"]),
    "hours of ten days": (every({"hours": 1}, 240), ["day", "week"]),
    "one hour each week": (every({"weeks": 1}, 60), ["month", "year"]),
    "each first of January": ([dt.date(y, 1, 1) for y in range(2000, 2010)], ["week"]),
    "each first of a month": (
        [dt.date(2000 + m // 12, m % 12 + 1, 1) for m in range(40)],
        ["week", "year"],
    ),
    "times of day": ([dt.time(h, 30) for h in range(24)], ["day"]),
}


@pytest.mark.parametrize(("moments", "parts"), ROUND.values(), ids=ROUND)
def test_parts_that_do_not_come_round_are_left_out(learn_column, encode, moments, parts):
    assert learn_column(moments).parts == parts
    codes = encode(moments)
    assert codes.shape == (len(moments), 2 * len(parts) + 1)
    circles = codes[:, :-1].reshape(len(moments), -1, 2)
    assert np.linalg.norm(circles, axis=2) == pytest.approx(1, abs=1e-6)


def test_a_missing_moment_is_zeros_and_says_so(encode):
    codes = encode([*YEARS, None], [None, YEARS[0]])
    assert codes[0].tolist() == [0] * 9 + [1]
    assert codes[1, -1] == 0


def test_a_missing_moment_that_training_never_saw_is_zeros(encode):
    assert encode(YEARS, pa.nulls(1)).tolist() == [[0] * 9]


def test_date_text_is_the_same_as_dates_where_it_is_asked_for(learn_column, encode):
    texts = [moment.isoformat() for moment in YEARS] + ["", None]
    assert learn_column(texts, a="datetime") == learn_column([*YEARS, None])
    assert np.array_equal(
        encode([*YEARS, None], texts, a="datetime"), encode([*YEARS, None], [*YEARS, None, None])
    )


SAME = {
    "seconds": lambda moments: pa.array(moments, pa.timestamp("s")),
    "nanoseconds": lambda moments: pa.array(moments, pa.timestamp("ns")),
    "UTC": lambda moments: pa.array([m.replace(tzinfo=UTC) for m in moments]),
    "another zone": lambda moments: pa.array(
        [m.replace(tzinfo=UTC) for m in moments], pa.timestamp("us", "Asia/Tokyo")
    ),
    "text": lambda moments: pa.array([m.isoformat(" ") for m in moments]),
    "text in UTC": lambda moments: pa.array([m.isoformat() + "Z" for m in moments]),
    "text in another zone": lambda moments: pa.array(
        [(m + dt.timedelta(hours=9)).isoformat() + "+09:00" for m in moments]
    ),
    "NumPy": lambda moments: np.array(moments, "M8[ms]"),
}


@pytest.mark.parametrize("kind", SAME)
def test_moments_are_the_same_in_utc_in_whatever_type_they_come(learn_column, encode, kind):
    others = SAME[kind](YEARS)
    assert learn_column(others, a="datetime") == learn_column(YEARS)
    assert np.array_equal(encode(YEARS, others), encode(YEARS))


def test_dates_are_their_midnights(encode):
    dates = [moment.date() for moment in YEARS]
    midnights = [dt.datetime.combine(date, dt.time()) for date in dates]
    assert np.array_equal(encode(YEARS, dates), encode(YEARS, midnights))
    date64 = pa.array(dates, pa.date64())
    assert np.array_equal(encode(YEARS, date64), encode(YEARS, midnights))


def test_far_away_dates_are_finite(encode):
    far = [dt.date(1, 1, 1), dt.date(9999, 12, 31)]
    assert np.isfinite(encode(YEARS, far)).all()
    assert np.isfinite(encode(far)).all()
