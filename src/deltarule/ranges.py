"""What a setting can accept: the kinds of range that :mod:`deltarule.settings` is made of.

A range says whether it admits a value, and describes itself as it reads after "must be". This
module stays as light as the settings.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from os import PathLike
from typing import Protocol, cast

INFINITY = math.inf


class Range(Protocol):
    """What a setting accepts."""

    def admits(self, value: object) -> bool:
        """Whether ``value`` lies in the range."""

    def __str__(self) -> str:
        """Describe the range, as it reads after "must be"."""


@dataclass(frozen=True)
class Number:
    """A real or integer interval, with any further values that are welcome too.

    Booleans are refused: ``True`` is an ``int`` to Python and a mistake to everybody else.
    """

    kind: type
    low: float
    high: float = INFINITY
    closed: str = "left"  # which ends belong to the interval: "left", "both" or "neither"
    also: tuple[object, ...] = ()

    def admits(self, value: object) -> bool:
        if isinstance(value, str | Real) and value in self.also:
            return True
        if isinstance(value, bool) or not isinstance(value, self.kind):
            return False
        try:
            number = float(value)  # type: ignore[arg-type]
        except OverflowError:
            return False
        above = number >= self.low if self.closed in ("left", "both") else number > self.low
        below = number <= self.high if self.closed == "both" else number < self.high
        return above and below

    def __str__(self) -> str:
        opening = "[" if self.closed in ("left", "both") else "("
        closing = "]" if self.closed == "both" else ")"
        noun = "an int" if self.kind is Integral else "a float"
        others = "".join(f" or {other!r}" for other in self.also)
        return f"{noun} in {opening}{self.low:g}, {self.high:g}{closing}{others}"


@dataclass(frozen=True)
class PowerOfTwo:
    """1, 2, 4 and so on, up to a last one."""

    last: int

    def admits(self, value: object) -> bool:
        is_int = isinstance(value, Integral) and not isinstance(value, bool)
        return is_int and 1 <= int(value) <= self.last and int(value).bit_count() == 1  # type: ignore[call-overload]

    def __str__(self) -> str:
        return f"a power of two in [1, {self.last}]"


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def admits(self, value: object) -> bool:
        return isinstance(value, str) and value in self.words

    def __str__(self) -> str:
        return "one of " + ", ".join(map(repr, self.words))


@dataclass(frozen=True)
class Flag:
    """True or False (NumPy's booleans too)."""

    def admits(self, value: object) -> bool:
        return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")

    def __str__(self) -> str:
        return "True or False"


@dataclass(frozen=True)
class Each:
    """One value for all hidden layers, or a sequence (also empty) with one for each."""

    one: Range

    def admits(self, value: object) -> bool:
        is_array = getattr(value, "ndim", 0) == 1
        is_list = isinstance(value, Sequence) and not isinstance(value, str | bytes)
        values = cast("Sequence[object]", value) if is_array or is_list else (value,)
        return all(self.one.admits(element) for element in values)

    def __str__(self) -> str:
        return f"{self.one}, or a sequence of such, one a hidden layer"


@dataclass(frozen=True)
class Seed:
    """What scikit-learn calls ``random_state``."""

    def admits(self, value: object) -> bool:
        is_seed = Number(Integral, 0, 2**32).admits(value)
        return value is None or is_seed or hasattr(value, "randint")

    def __str__(self) -> str:
        return "None, an int in [0, 2**32) or a numpy.random.RandomState"


@dataclass(frozen=True)
class Nothing:
    """None."""

    def admits(self, value: object) -> bool:
        return value is None

    def __str__(self) -> str:
        return "None"


@dataclass(frozen=True)
class Text:
    """Any text: whoever uses it knows which are welcome."""

    what: str

    def admits(self, value: object) -> bool:
        return isinstance(value, str)

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True)
class Function:
    """Anything that can be called."""

    what: str

    def admits(self, value: object) -> bool:
        return callable(value) and not isinstance(value, type)

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True)
class Weights:
    """A weight for each label."""

    def admits(self, value: object) -> bool:
        if not isinstance(value, Mapping):
            return False
        weight = Number(Real, 0)
        return all(weight.admits(element) for element in value.values())

    def __str__(self) -> str:
        return "a dict from label to a weight >= 0"


@dataclass(frozen=True)
class Kinds:
    """One of a few words for each column."""

    words: tuple[str, ...]

    def admits(self, value: object) -> bool:
        if not isinstance(value, Mapping):
            return False
        word = Choice(self.words)
        return all(isinstance(name, str) and word.admits(v) for name, v in value.items())

    def __str__(self) -> str:
        return f"a dict from column name to {Choice(self.words)}"


@dataclass(frozen=True)
class Size:
    """An amount of memory: bytes, or text with a unit."""

    def admits(self, value: object) -> bool:
        if isinstance(value, str):
            return SIZE.fullmatch(value) is not None and bytes_of(value) >= 1
        return Number(Integral, 1).admits(value)

    def __str__(self) -> str:
        return "a number of bytes >= 1 or text such as '500 MB' or '2 GB'"


SIZE = re.compile(r"(\d+(?:\.\d+)?) *([kMGT]?i?)B", re.ASCII)
UNITS = {"": 1, "i": 1}
UNITS |= {letter: 1000**i for i, letter in enumerate("kMGT", start=1)}
UNITS |= {f"{letter}i": 1024**i for i, letter in enumerate("kMGT", start=1)}


def bytes_of(size: object) -> int:
    """Return an amount of memory that :class:`Size` admits in bytes.

    Examples
    --------
    >>> bytes_of("1.5 GB"), bytes_of("1 kiB"), bytes_of(10)
    (1500000000, 1024, 10)
    """
    matched = SIZE.fullmatch(size) if isinstance(size, str) else None
    if matched is None:
        return int(cast(int, size))
    return int(float(matched[1]) * UNITS[matched[2]])


@dataclass(frozen=True)
class Path:
    """A path that is not empty."""

    def admits(self, value: object) -> bool:
        return isinstance(value, str | PathLike) and str(value) != ""

    def __str__(self) -> str:
        return "a path"


@dataclass(frozen=True)
class Instance:
    """An object of a class, by its name: the class itself would be a heavy import."""

    name: str

    def admits(self, value: object) -> bool:
        return type(value).__name__ == self.name

    def __str__(self) -> str:
        return f"a deltarule.{self.name}"


@dataclass(frozen=True, init=False)
class Either:
    """One of several ranges."""

    ranges: tuple[Range, ...]

    def __init__(self, *ranges: Range) -> None:
        object.__setattr__(self, "ranges", ranges)

    def admits(self, value: object) -> bool:
        return any(range_.admits(value) for range_ in self.ranges)

    def __str__(self) -> str:
        return " or ".join(map(str, self.ranges))
