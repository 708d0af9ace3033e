"""Learning a column, a batch at a time, in bounded memory."""

import hashlib
import re
from abc import ABC, abstractmethod
from math import inf
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from deltarule.data.encoder.cells import Cells, is_number, is_text, is_time, meaning_of
from deltarule.data.encoder.columns import (
    MICROSECONDS_A_DAY,
    BooleanColumn,
    CategoricalColumn,
    Column,
    DatetimeColumn,
    NumericColumn,
    Part,
    RobustScale,
    days,
    share_of,
)
from deltarule.data.sources.failures import shortened
from deltarule.errors import DataError

IGNORED = "ignored"  # the kind of a column that is not to be used

MOST_CATEGORIES = 256
FEWEST_VALUES, MOST_VALUES = 3, 256  # of a column of numbers with a spike
MOST_ASKED_FOR = 65_536  # categories of a column that was said to be categorical
FEW = 20  # different texts up to which nobody asks whether they are IDs
LIKE_AN_ID = 0.5  # different texts per row from which they tell rows apart, not kinds
# Numbers and dates as they are written elsewhere, which would be taken for names.
WRITTEN_OTHERWISE = {
    re.compile(r"\s*[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+\s*"): (
        "if its comma is a decimal mark, say so (--decimal ,), and write no marks between thousands"
    ),
    re.compile(r"\s*\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})(\D.*)?"): (
        "dates are read in ISO 8601 only, such as 2024-12-31"
    ),
}
ROWS_TO_TELL = 30  # rows from which distinct integers without large gaps are no coincidence
LARGEST_GAPS = 2.0  # range per row up to which that holds
COMES_ROUND: dict[Part, float] = {"day": 0, "week": 7, "month": 31, "year": 366}
"""Days that a column has to span for a part of the date to be told from time that passes."""


class Learner(ABC):
    """What has to be known of one column.

    Parameters
    ----------
    name : str
    asked : bool
        Whether the user said what kind it is: it is then used whatever it looks like.
    """

    kind: ClassVar[str]

    def __init__(self, name: str, asked: bool) -> None:
        self.name, self.asked = name, asked
        self.rows = self.missing = 0
        self._digest = hashlib.blake2b(digest_size=16)

    @abstractmethod
    def update(self, cells: Cells) -> None:
        """Take note of the next cells."""

    @abstractmethod
    def _finish(self, sampled: Cells) -> Column | str: ...

    def finish(self, sampled: Cells) -> Column | str:
        """Return the column learned, or the reason why it is left out.

        Parameters
        ----------
        sampled : Cells
            A random choice of its cells; all of them where they are not too many.
        """
        if self.missing == self.rows:
            return "is empty in every row"
        return self._finish(sampled)

    @property
    def note(self) -> str | None:
        """What a user may want to know of a column that is used, or None."""
        return None

    @property
    def content(self) -> tuple[str, bytes]:
        """Equal for two columns that say the same in every row."""
        return self.kind, self._digest.digest()

    def _count(self, missing: NDArray[np.bool_], content: bytes) -> None:
        self.rows += len(missing)
        self.missing += int(missing.sum())
        self._digest.update(content)


class _RangeLearner(Learner):
    """Of numbers: the least, the greatest, how many are missing."""

    def __init__(self, name: str, asked: bool) -> None:
        super().__init__(name, asked)
        self.low, self.high = inf, -inf

    def _note(self, x: NDArray[np.float64]) -> None:
        missing = np.isnan(x)
        self._count(missing, (np.where(missing, np.nan, x) + 0.0).tobytes())  # one 0, one NaN
        if not missing.all():
            self.low = min(self.low, float(np.nanmin(x)))
            self.high = max(self.high, float(np.nanmax(x)))

    @property
    def is_constant(self) -> bool:
        """Whether no cell differs from another."""
        return self.low == self.high and not self.missing


class NumericLearner(_RangeLearner):
    """Median and quartiles come from the sample."""

    kind = "numeric"

    def __init__(self, name: str, asked: bool, is_integer: bool = False) -> None:
        super().__init__(name, asked)
        self._is_integer = is_integer

    def update(self, cells: Cells) -> None:
        self._note(cells.numbers())

    def _finish(self, sampled: Cells) -> Column | str:
        if self.is_constant and not self.asked:
            return f"has the same value in every row, {self.low:g}"
        x = sampled.numbers()
        x = x[~np.isnan(x)]
        if not len(x):  # so few cells are not missing that the sample has none
            x = np.array([self.low, self.high])
        if not self.asked and self._counts_rows(x):
            return (
                f"numbers the rows, from {self.low:.0f} to {self.high:.0f} with each number once, "
                "like an ID"
            )
        return NumericColumn(
            self.name,
            RobustScale.learn(x, self.low, self.high),
            has_missing=self.missing > 0,
            values=_spiky_values(x),
            is_embedded=False,
        )

    def _counts_rows(self, x: NDArray[np.float64]) -> bool:
        """Whether these are distinct integers that fill most of their range."""
        if not self._is_integer or self.missing or self.rows < ROWS_TO_TELL:
            return False
        is_dense = self.high - self.low < LARGEST_GAPS * self.rows
        return is_dense and len(np.unique(x)) == len(x)


def _spiky_values(x: NDArray[np.float64]) -> list[float]:
    """Return the values, ascending, if the quartiles are the same and there are few."""
    lower, upper = np.quantile(x, (0.25, 0.75))
    if lower < upper:
        return []
    values: list[float] = np.unique(x).tolist()
    return values if FEWEST_VALUES <= len(values) <= MOST_VALUES else []


class BooleanLearner(_RangeLearner):
    """Two values, or one."""

    kind = "boolean"

    def update(self, cells: Cells) -> None:
        self._note(cells.booleans())

    def _finish(self, sampled: Cells) -> Column | str:
        if self.is_constant and not self.asked:
            return f"has the same value in every row, {bool(self.low)}"
        return BooleanColumn(self.name, self.missing > 0)


class DatetimeLearner(_RangeLearner):
    """Which parts of the date come round, and how much time passes."""

    kind = "datetime"

    def update(self, cells: Cells) -> None:
        self._note(days(cells.times()))

    def _finish(self, sampled: Cells) -> Column | str:
        if self.is_constant and not self.asked:
            return "has the same date in every row"
        moments = sampled.times()
        moments = moments[~np.isnat(moments)]
        if not len(moments):  # so few cells are not missing that the sample has none
            ends = np.array([self.low, self.high]) * MICROSECONDS_A_DAY
            moments = ends.round().astype(np.int64).view("M8[us]")
        span = self.high - self.low
        parts = [
            part
            for part, least in COMES_ROUND.items()
            if span >= least and np.ptp(share_of(part, moments)) > 0
        ]
        scale = RobustScale.learn(days(moments), self.low, self.high)
        return DatetimeColumn(self.name, parts, scale, self.missing > 0)


class CategoricalLearner(Learner):
    """All categories, up to a number; and whether they are numbers or dates written as text."""

    kind = "categorical"

    def __init__(self, name: str, asked: bool) -> None:
        super().__init__(name, asked)
        self._categories: set[str] = set()
        others = () if asked else (NumericLearner, DatetimeLearner)
        self._others: list[_RangeLearner] = [learner(name, asked) for learner in others]

    def update(self, cells: Cells) -> None:
        texts = cells.texts()
        missing = np.asarray(texts.is_null())
        self._count(missing, pa.record_batch([texts], ["texts"]).serialize().to_pybytes())
        if len(self._categories) <= MOST_ASKED_FOR:
            self._categories |= set(pc.unique(texts.drop_null()).to_pylist())
        for other in list(self._others):
            try:
                other.update(cells)
            except DataError:
                self._others.remove(other)

    def _finish(self, sampled: Cells) -> Column | str:
        if len(self._categories) > MOST_ASKED_FOR and self.asked:
            raise DataError(
                f"Column {shortened(self.name)!r} has more than {MOST_ASKED_FOR:,} categories. "
                "Leave it out, or group them."
            )
        if not self.asked and self._tells_rows_apart():
            if self._others:  # text that is a number, or a date, in every row
                return self._others[0].finish(sampled)
            present = self.rows - self.missing
            told = f"has {self._how_many()} different texts in {present:,} cells, like names or IDs"
            return told if self.note is None else f"{told}; it {self.note}"
        if len(self._categories) == 1 and not self.missing and not self.asked:
            return "has the same value in every row"
        return CategoricalColumn(
            self.name, sorted(self._categories), self.missing > 0, is_embedded=False
        )

    def _tells_rows_apart(self) -> bool:
        n, present = len(self._categories), self.rows - self.missing
        return n > MOST_CATEGORIES or (n > FEW and n > LIKE_AN_ID * present)

    @property
    def note(self) -> str | None:
        strange = [text for text in self._categories if isinstance(meaning_of(text), str)]
        n_numbers = len(self._categories) - len(strange)
        if self.asked:
            return None
        for form, advice in WRITTEN_OTHERWISE.items():
            found = sorted(text for text in strange if form.fullmatch(text))
            if len(found) >= FEW and 2 * len(found) > len(strange):
                return f"is text such as {found[0]!r}: {advice}"
        if n_numbers < FEW or not 0 < len(strange) <= n_numbers:
            return None
        shown = ", ".join(repr(shortened(text)) for text in sorted(strange)[:3])
        return (
            f"is text, though {n_numbers} of its {len(self._categories)} different cells are "
            f"numbers: the others are {shown}{' ...' if len(strange) > 3 else ''}. Where they mean "
            f"missing, --missing or empty cells make it numeric"
        )

    def _how_many(self) -> str:
        n = len(self._categories)
        return f"{n:,}" if n <= MOST_ASKED_FOR else f"more than {MOST_ASKED_FOR:,}"


KINDS: dict[str, type[Learner]] = {
    learner.kind: learner
    for learner in (NumericLearner, BooleanLearner, CategoricalLearner, DatetimeLearner)
}
"""Kinds of column by name."""


def learner_for(field: pa.Field, asked: str | None) -> Learner:
    """Return what learns a column of this name and type.

    Parameters
    ----------
    field : pyarrow.Field
    asked : str, optional
        The kind that the user says it is.

    Raises
    ------
    DataError
        For a type that is none of ours.
    """
    if asked is not None:
        return KINDS[asked](field.name, asked=True)
    kind = field.type
    if pa.types.is_dictionary(kind) or is_text(kind):
        return CategoricalLearner(field.name, asked=False)
    if pa.types.is_boolean(kind):
        return BooleanLearner(field.name, asked=False)
    if is_time(kind):
        return DatetimeLearner(field.name, asked=False)
    if is_number(kind) or pa.types.is_null(kind) or pa.types.is_duration(kind):
        return NumericLearner(field.name, False, is_integer=pa.types.is_integer(kind))
    name = shortened(field.name)
    raise DataError(
        f"Column {name!r} holds {kind}, which is neither numbers, text, dates nor booleans. Turn "
        f"it into one of these, or leave it out: columns={{{name!r}: {IGNORED!r}}} in Python, "
        "--drop on the command line."
    )
