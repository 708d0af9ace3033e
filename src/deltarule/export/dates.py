"""Where in the day, week, month and year a moment is, as a graph: from microseconds.

The calendar is NumPy's, the proleptic Gregorian one, in whole numbers: years of it begin with
March, so that the day which some of them lack is their last (Hinnant 2013, "chrono-compatible
low-level date algorithms").
"""

from dataclasses import dataclass

import numpy as np

from deltarule.data.encoder.columns import Part
from deltarule.export.graph import Graph

DAY = 86_400_000_000  # microseconds
THURSDAY = 3  # of the week that 1970-01-01 is in, from Monday on
ERA_DAYS, ERA_YEARS = 146_097, 400  # after which the calendar repeats itself
TO_MARCH = 719_468  # days from 0000-03-01 to 1970-01-01
JANUARY = 306  # days from March to January


class Whole:
    """Arithmetic of whole numbers, of either sign, in a graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def add(self, a: str, b: str | int) -> str:
        """Return a + b."""
        return self._apply("Add", a, b)

    def sub(self, a: str, b: str | int) -> str:
        """Return a - b."""
        return self._apply("Sub", a, b)

    def mul(self, a: str, b: int) -> str:
        """Return a b."""
        return self._apply("Mul", a, b)

    def rest(self, a: str, b: int) -> str:
        """Return what is left of a by whole b, in [0, b)."""
        return self._apply("Mod", a, b)

    def floor(self, a: str, b: int) -> str:
        """Return a / b, rounded down, where ONNX's own Div rounds towards 0."""
        return self._apply("Div", self.sub(a, self.rest(a, b)), b)

    def choose(self, condition: str, a: str | int, b: str | int) -> str:
        """Return a where a condition holds, else b."""
        return self.graph.add("Where", condition, *map(self._value, (a, b)))

    def compare(self, operator: str, a: str, b: int) -> str:
        """Return where a comparison holds."""
        return self._apply(operator, a, b)

    def _apply(self, operator: str, a: str, b: str | int) -> str:
        return self.graph.add(operator, a, self._value(b))

    @staticmethod
    def _value(x: str | int) -> "str | np.ndarray":
        return x if isinstance(x, str) else np.array(x, np.int64)


@dataclass(frozen=True)
class Stretch:
    """A day, month or year: when it began, and how long it is, in days."""

    begin: str
    length: str | int


def share_of(graph: Graph, part: Part, moments: str) -> str:
    """Return how much of the day, week, month or year is over, in [0, 1), in float64.

    Parameters
    ----------
    graph : Graph
    part : str
    moments : str
        Microseconds since 1970, (n, 1), int64.
    """
    whole = Whole(graph)
    if part == "day":
        return _ratio(graph, whole.rest(moments, DAY), DAY)
    days = whole.floor(moments, DAY)
    if part == "week":
        since_monday = whole.add(moments, THURSDAY * DAY)
        return _ratio(graph, whole.rest(since_monday, 7 * DAY), 7 * DAY)
    stretch = _month(whole, days) if part == "month" else _year(whole, days)
    passed = whole.sub(moments, whole.mul(stretch.begin, DAY))
    length = stretch.length
    return _ratio(
        graph, passed, length * DAY if isinstance(length, int) else whole.mul(length, DAY)
    )


def _ratio(graph: Graph, passed: str, length: str | int) -> str:
    below = (
        np.array(length, np.float64) if isinstance(length, int) else graph.cast(length, np.float64)
    )
    return graph.add("Div", graph.cast(passed, np.float64), below)


def _march_year(whole: Whole, days: str) -> tuple[str, str]:
    """Return the year that begins with March, and the day of it, from 0."""
    shifted = whole.add(days, TO_MARCH)
    era = whole.floor(shifted, ERA_DAYS)
    day = whole.rest(shifted, ERA_DAYS)  # of the era
    # Without its leap days, every year of the era has 365.
    leaps = whole.sub(whole.floor(day, 36_524), whole.floor(day, 146_096))
    without = whole.add(whole.sub(day, whole.floor(day, 1_460)), leaps)
    year = whole.floor(without, 365)
    before = whole.sub(whole.floor(year, 4), whole.floor(year, 100))
    day_of_year = whole.sub(whole.sub(day, whole.mul(year, 365)), before)
    return whole.add(whole.mul(era, ERA_YEARS), year), day_of_year


def _is_leap(whole: Whole, year: str) -> str:
    by_4, by_100, by_400 = (whole.compare("Equal", whole.rest(year, n), 0) for n in (4, 100, 400))
    add = whole.graph.add
    return add("Or", add("And", by_4, add("Not", by_100)), by_400)


def _month(whole: Whole, days: str) -> Stretch:
    """Return the month that a day is in."""
    year, day_of_year = _march_year(whole, days)
    month = whole.floor(whole.add(whole.mul(day_of_year, 5), 2), 153)  # from March, 0 to 11
    first, following = (
        whole.floor(whole.add(whole.mul(each, 153), 2), 5) for each in (month, whole.add(month, 1))
    )
    begin = whole.sub(days, whole.sub(day_of_year, first))
    february = whole.choose(_is_leap(whole, whole.add(year, 1)), 29, 28)
    is_february = whole.compare("Equal", month, 11)
    return Stretch(begin, whole.choose(is_february, february, whole.sub(following, first)))


def _year(whole: Whole, days: str) -> Stretch:
    """Return the year that a day is in."""
    march_year, day_of_year = _march_year(whole, days)
    is_next = whole.compare("GreaterOrEqual", day_of_year, JANUARY)
    is_leap = _is_leap(whole, whole.choose(is_next, whole.add(march_year, 1), march_year))
    length = whole.choose(is_leap, 366, 365)
    # A year's March is 60 days, or 59, after its January.
    from_january = whole.add(day_of_year, whole.choose(is_leap, 60, 59))
    since = whole.choose(is_next, whole.sub(day_of_year, JANUARY), from_january)
    return Stretch(whole.sub(days, since), length)
