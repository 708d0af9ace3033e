"""How much of the day, week, month and year is over: NumPy's calendar, in whole numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltarule.data.encoder.columns import PARTS, share_of
from deltarule.export.dates import share_of as share_in
from deltarule.export.graph import Graph
from tests.export.sessions import session_of

EDGES = np.array(
    [
        *("1970-01-01", "1969-12-31T23:59:59.999999", "2000-02-29", "1900-02-28T23:00"),
        *("1900-03-01", "2100-02-28", "2100-03-01", "2024-02-29T12:00", "2023-12-31T23:59:59"),
        *("0000-01-01", "0000-02-29", "0000-03-01", "-0001-12-31", "-0004-02-29", "9999-12-31"),
        *("1600-12-31", "1601-01-01", "2000-12-31", "2001-01-01", "-290000-01-01", "294000-06-01"),
    ],
    "M8[us]",
)


@pytest.fixture(scope="module")
def sessions():
    """One for each part."""
    return {part: session(part) for part in PARTS}


def session(part):
    graph = Graph(["moments"])
    out = share_in(graph, part, "moments")
    return session_of(graph, {"moments": (np.int64, 1)}, out, np.float64)


def shares(session, moments):
    (told,) = session.run(None, {"moments": moments.astype(np.int64)[:, None]})
    return told[:, 0]


@pytest.mark.parametrize("part", PARTS)
def test_every_day_of_900_years_and_the_edges_of_the_calendar(part, sessions):
    days = np.arange("1500-01-01", "2400-01-01", dtype="M8[D]").astype("M8[us]")
    within = np.random.default_rng(0).integers(86_400_000_000, size=len(days)).astype("m8[us]")
    moments = np.concatenate([days, days + within, EDGES])
    told, expected = shares(sessions[part], moments), share_of(part, moments)
    assert np.abs(told - expected).max() < 1e-9
    assert told.min() >= 0
    assert told.max() < 1


@given(moment=st.integers(-(9 * 10**18), 9 * 10**18))
def test_any_moment(moment, sessions):
    moments = np.array([moment]).view("M8[us]")
    for part in ("day", "month", "year"):
        assert shares(sessions[part], moments) == pytest.approx(share_of(part, moments), abs=1e-9)
