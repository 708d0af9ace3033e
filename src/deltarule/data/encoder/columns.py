"""Each kind of column as it was learned, and how its cells become numbers."""

from itertools import pairwise
from math import isfinite
from typing import Annotated, Literal, get_args

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Meta
from numpy.typing import NDArray

from deltarule.data.encoder.cells import Cells, meaning_of, to_numpy

CLIP = 3.0  # what the smooth clip tends to
STEEPEST = 1e300  # a factor: columns that spread less are as good as constant
FAR = 1e150  # beyond this a scaled number may as well be this: its square is still finite
TURN = 2 * np.pi
SINGLE = 1e-6  # numbers that differ by less, relatively, may be the same one in single precision
MICROSECONDS_A_DAY = 86_400e6

Numbers = NDArray[np.float64]
Moments = NDArray[np.datetime64]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON object with exactly these members."""


class RobustScale(Strict, frozen=True):
    """z = factor (x - centre), smoothly clipped: z / sqrt(1 + (z / 3)^2).

    Holzmüller et al. 2024 (arXiv 2407.04491), section 3: centre is the median, factor
    1 / (q75 - q25), or where that is infinite 2 / (max - min), or 0 for a constant. In float64: a
    column may lie anywhere between 1e-38 and 1e38.
    """

    centre: float
    factor: Annotated[float, Meta(ge=0)]

    def __post_init__(self) -> None:
        if not (isfinite(self.centre) and isfinite(self.factor)):
            raise ValueError(f"a scale must be finite, not {self.centre} and {self.factor}")

    @classmethod
    def learn(cls, x: Numbers, low: float, high: float) -> "RobustScale":
        """Learn from numbers, of which ``low`` and ``high`` are the least and the greatest."""
        lower, median, upper = np.quantile(x, (0.25, 0.5, 0.75)).tolist()
        spread = upper - lower if upper > lower else (high - low) / 2
        return cls(median, min(1 / spread, STEEPEST) if spread > 0 else 0.0)

    def __call__(self, x: Numbers) -> Numbers:
        """Return the scaled numbers, in (-3, 3); 0 for NaN, as for the centre."""
        with np.errstate(over="ignore"):
            z = np.clip((x - self.centre) * self.factor, -FAR, FAR)
        return np.where(np.isnan(x), 0.0, z / np.sqrt(1 + (z / CLIP) ** 2))


class NumericColumn(Strict, tag_field="kind", tag="numeric", frozen=True):
    """A scaled number; a missing one becomes the median.

    Where training had missing ones, a second number says so: 1 where missing, else 0. Where the
    quartiles are the same number and few others are there, all of them are ``values``: such a
    column is a spike, and what the others mean need not go by their size. Where it
    ``is_embedded``, too, a last number is the place of the value, for a layer that looks it up;
    all other numbers, and missing cells, share the last place.
    """

    name: str
    scale: RobustScale
    has_missing: bool
    values: list[float]
    is_embedded: bool

    def __post_init__(self) -> None:
        if not all(map(isfinite, self.values)) or any(a >= b for a, b in pairwise(self.values)):
            raise ValueError("values must be finite and ascend")

    @property
    def places(self) -> int:
        """How many there are."""
        return len(self.values) + 1

    @property
    def width(self) -> int:
        """How many numbers it becomes."""
        return 1 + self.has_missing + self.is_embedded

    def encode(self, cells: Cells, out: NDArray[np.float32]) -> int:
        """Fill ``out`` (n, width), zeros before; return how many cells are unknown: none."""
        x = cells.numbers()
        out[:, 0] = self.scale(x)
        if self.has_missing:
            out[:, 1] = np.isnan(x)
        if self.is_embedded:
            self.put(self._places_of(x), out)
        return 0

    def put(self, places: NDArray[np.int64] | int, out: NDArray[np.float32]) -> None:
        """Write places into encoded rows (n, width)."""
        out[:, -1] = places

    def found(self, encoded: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return the places that some encoded rows (n, width) have, without repetition."""
        return np.unique(encoded[:, -1]).astype(np.int64)

    def only(self, places: set[int]) -> "NumericColumn":
        """Return the column with no other values than those in some places."""
        kept = [value for place, value in enumerate(self.values) if place in places]
        return msgspec.structs.replace(self, values=kept)

    def _places_of(self, x: Numbers) -> NDArray[np.int64]:
        if not self.values:
            return np.zeros(len(x), np.int64)
        values = np.array(self.values)
        between = values[:-1] / 2 + values[1:] / 2
        nearest = np.searchsorted(between, x)
        is_same = np.isclose(x, values[nearest], rtol=SINGLE, atol=0)
        return np.where(is_same, nearest, len(values))


class BooleanColumn(Strict, tag_field="kind", tag="boolean", frozen=True):
    """-1 for false, +1 for true, 0 for missing; a second number as a numeric column has it."""

    name: str
    has_missing: bool

    @property
    def width(self) -> int:
        """How many numbers it becomes."""
        return 1 + self.has_missing

    def encode(self, cells: Cells, out: NDArray[np.float32]) -> int:
        """Fill ``out`` (n, width), zeros before; return how many cells are unknown: none."""
        x = cells.booleans()
        out[:, 0] = np.where(np.isnan(x), 0, 2 * x - 1)
        if self.has_missing:
            out[:, 1] = np.isnan(x)
        return 0


class CategoricalColumn(Strict, tag_field="kind", tag="categorical", frozen=True):
    """A place for each category, one for missing cells where training had any, and a last one.

    The last place is for the unknown: categories that training never saw, and missing cells
    where it had none. Its weights are learnt from cells that are masked at random. One-hot, or
    where ``is_embedded`` the number of the place, for a layer that looks it up.
    """

    name: str
    categories: list[str]
    has_missing: bool
    is_embedded: bool

    @property
    def places(self) -> int:
        """How many there are."""
        return len(self.categories) + self.has_missing + 1

    @property
    def width(self) -> int:
        """How many numbers it becomes."""
        return 1 if self.is_embedded else self.places

    def encode(self, cells: Cells, out: NDArray[np.float32]) -> int:
        """Fill ``out`` (n, width), zeros before; return how many categories are unknown."""
        texts = cells.texts()
        places = pc.index_in(texts, value_set=pa.array(self.categories, pa.string()))
        is_missing = to_numpy(texts.is_null(), np.bool_)
        unknown = self.places - 1
        places = to_numpy(pc.fill_null(places, unknown), np.int64)
        strange = np.flatnonzero((places == unknown) & ~is_missing)
        if len(strange):
            places[strange] = self._by_meaning(texts.take(pa.array(strange)))
        if self.has_missing:
            places[is_missing] = len(self.categories)
        self.put(places, out)
        return int(((places == unknown) & ~is_missing).sum())

    def put(self, places: NDArray[np.int64] | int, out: NDArray[np.float32]) -> None:
        """Write places into encoded rows (n, width)."""
        if self.is_embedded:
            out[:, 0] = places
            return
        out[:] = 0
        out[np.arange(len(out)), places] = 1

    def found(self, encoded: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return the places that some encoded rows (n, width) have, without repetition."""
        if self.is_embedded:
            return np.unique(encoded[:, 0]).astype(np.int64)
        return np.flatnonzero(encoded.any(axis=0))

    def only(self, places: set[int]) -> "CategoricalColumn":
        """Return the column with no other categories than those in some places."""
        kept = [text for place, text in enumerate(self.categories) if place in places]
        return msgspec.structs.replace(self, categories=kept)

    def _by_meaning(self, texts: pa.Array) -> NDArray[np.int64]:
        """Return the places of text that is written in another way than its category: 1.0 for 1."""
        known = {
            meaning_of(text): place for place, text in reversed(list(enumerate(self.categories)))
        }
        encoded = texts.dictionary_encode()
        found = [
            known.get(meaning_of(text), self.places - 1) for text in encoded.dictionary.to_pylist()
        ]
        return np.array(found, np.int64)[to_numpy(encoded.indices, np.int64)]


Part = Literal["day", "week", "month", "year"]
PARTS = get_args(Part)


class DatetimeColumn(Strict, tag_field="kind", tag="datetime", frozen=True):
    """Where in the day, week, month and year a moment is, and how much time has passed.

    Each part that varied in training is a point on a circle, (sin, cos) of 2 pi times the share
    of it that is over, so that December lies beside January; elapsed time is a scaled number of
    days since 1970. A missing moment is zeros; the last number as a numeric column has it.
    """

    name: str
    parts: list[Part]
    scale: RobustScale
    has_missing: bool

    def __post_init__(self) -> None:
        if self.parts != [part for part in PARTS if part in self.parts]:
            raise ValueError(f"the parts of a date must be some of {PARTS}, in that order")

    @property
    def width(self) -> int:
        """How many numbers it becomes."""
        return 2 * len(self.parts) + 1 + self.has_missing

    def encode(self, cells: Cells, out: NDArray[np.float32]) -> int:
        """Fill ``out`` (n, width), zeros before; return how many cells are unknown: none."""
        moments = cells.times()
        known = ~np.isnat(moments)
        for i, part in enumerate(self.parts):
            angle = TURN * share_of(part, moments[known])
            out[known, 2 * i], out[known, 2 * i + 1] = np.sin(angle), np.cos(angle)
        out[:, 2 * len(self.parts)] = self.scale(days(moments))
        if self.has_missing:
            out[:, -1] = ~known
        return 0


Column = NumericColumn | BooleanColumn | CategoricalColumn | DatetimeColumn


def days(moments: Moments) -> Numbers:
    """Return moments as days since 1970-01-01, NaN for NaT."""
    numbers = moments.astype(np.int64) / MICROSECONDS_A_DAY
    return np.where(np.isnat(moments), np.nan, numbers)


def share_of(part: Part, moments: Moments) -> Numbers:
    """Return how much of the day, week, month or year is over, in [0, 1)."""
    if part == "week":
        return (days(moments) + 3) / 7 % 1  # 1970-01-01 was a Thursday
    unit = {"day": "M8[D]", "month": "M8[M]", "year": "M8[Y]"}[part]
    begin = moments.astype(unit)
    length = (begin + 1).astype("M8[us]") - begin.astype("M8[us]")
    return (moments - begin.astype("M8[us]")) / length
