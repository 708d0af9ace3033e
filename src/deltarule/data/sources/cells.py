"""From cells of text to numbers, dates and text.

A column has one of these types, the first that all its cells fit:

==================  =============================================================================
null                every cell is missing
int64               digits with or without a sign
float64             numbers, inf and Infinity; integers beyond int64
date32              2024-12-31
timestamp[us]       2024-12-31 23:59, with T or a space, with or without seconds and a fraction
timestamp[us, UTC]  the same, each cell with Z or an offset
string              all else, true and false too; integers of which each has more than 18 digits
                    and one does not fit: these are identifiers, and a float would lose digits
==================  =============================================================================

An empty cell is missing. So is, among numbers and dates, one of ``MISSING_WORDS``; among text it
is that word, as NA may be Namibia.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from deltarule.data.sources.common import common, is_text

MISSING_WORDS = ("NA", "N/A", "NaN", "nan", "null", "None", "NULL", "#N/A")
CANDIDATES = (
    pa.int64(),
    pa.float64(),
    pa.date32(),
    pa.timestamp("us"),
    pa.timestamp("us", "UTC"),
)
ID_DIGITS = 19  # more than a float can keep, and than most of int64


@dataclass(frozen=True)
class Rules:
    """What cells of a file mean.

    Parameters
    ----------
    missing : tuple of str
        Further cells that are missing, in columns of any type.
    decimal : str
        The decimal separator.
    """

    missing: tuple[str, ...] = ()
    decimal: str = "."

    def without_missing(self, cells: pa.Array, words: tuple[str, ...] = ()) -> pa.Array:
        """Return the cells, those that are missing as nulls."""
        missing = pa.array(["", *self.missing, *words], pa.string())
        return pc.if_else(pc.is_in(cells, missing), pa.scalar(None, pa.string()), cells)


class ColumnScan:
    """Finds out the type of a column, going through all its cells block by block."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._type = pa.null()
        self._are_ids = True

    @property
    def type(self) -> pa.DataType:
        """The type of all cells seen so far."""
        is_float = self._type == pa.float64()
        return pa.string() if is_float and self._are_ids else self._type

    def see(self, cells: pa.Array) -> None:
        """Look at further cells."""
        if self._type == pa.string():
            return
        kind = infer(cells, self._rules)
        self._type = common(self._type, kind) or pa.string()
        if self._are_ids and kind in (pa.int64(), pa.float64()):
            self._are_ids = _are_ids(self._rules.without_missing(cells, MISSING_WORDS))


def infer(cells: pa.Array, rules: Rules) -> pa.DataType:
    """Return the first type that all cells fit."""
    present = pc.drop_null(rules.without_missing(cells, MISSING_WORDS))
    if not len(present):
        return pa.null()
    for type_ in CANDIDATES:
        if _fits(present[:100], type_, rules) and _fits(present, type_, rules):
            return type_
    return pa.string()


def convert(cells: pa.Array, type_: pa.DataType, rules: Rules) -> pa.Array:
    """Return cells as values of a type.

    Raises
    ------
    pyarrow.ArrowInvalid
        Where a cell is none: :func:`first_misfit` finds it.
    """
    if pa.types.is_null(type_):
        return pa.nulls(len(cells))
    if is_text(type_):
        return rules.without_missing(cells).cast(type_)
    return _parsed(rules.without_missing(cells, MISSING_WORDS), type_, rules)


def first_misfit(cells: pa.Array, type_: pa.DataType, rules: Rules) -> int:
    """Return which cell cannot be converted: one half is looked at, then half of that."""
    start, stop = 0, len(cells)
    while stop - start > 1:
        middle = (start + stop) // 2
        try:
            convert(cells[start:middle], type_, rules)
            start = middle
        except pa.ArrowException:
            stop = middle
    return start


def _fits(cells: pa.Array, type_: pa.DataType, rules: Rules) -> bool:
    try:
        _parsed(cells, type_, rules)
    except pa.ArrowInvalid:
        return False
    return True


def _parsed(cells: pa.Array, type_: pa.DataType, rules: Rules) -> pa.Array:
    """Cast text, or raise ArrowInvalid; blanks around a cell and a plus before it are let pass."""
    is_number = pa.types.is_integer(type_) or pa.types.is_floating(type_)
    if is_number and rules.decimal == ",":
        _refuse(cells, lambda text: pc.match_substring(text, "."))
        cells = pc.replace_substring(cells, ",", ".")
    try:
        values = cells.cast(type_)
    except pa.ArrowInvalid:
        tidy = pc.replace_substring_regex(pc.utf8_trim_whitespace(cells), r"^\+(\d)", r"\1")
        if tidy.equals(cells):
            raise
        values = rules.without_missing(tidy, MISSING_WORDS).cast(type_)
    if pa.types.is_integer(type_):
        _refuse(cells, lambda text: pc.match_substring(text, "x", ignore_case=True))  # 0x1F
    if pa.types.is_floating(type_):
        _refuse(values, pc.is_nan)  # NAN, -nan: no words for missing, and no numbers
    return values


def _refuse(values: pa.Array, wrong: Callable[[pa.Array], pa.Array]) -> None:
    if pc.any(wrong(values)).as_py():
        raise pa.ArrowInvalid("a cell that Arrow takes for a number, but is none here")


def _are_ids(cells: pa.Array) -> bool:
    shortest = pc.min(pc.utf8_length(cells)).as_py()
    if shortest is None:
        return True
    pattern = rf"^[+-]?\d{{{ID_DIGITS},}}$"
    return shortest >= ID_DIGITS and pc.all(pc.match_substring_regex(cells, pattern)).as_py()
