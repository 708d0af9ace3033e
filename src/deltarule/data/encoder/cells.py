"""What the cells of a column mean, by value, whatever type they come in.

Files and frames of one table rarely agree on types: a gap makes floats of integers, a spreadsheet
text of numbers. So cells are compared by what they say:

- numbers: integers, floats, decimals, booleans (0 and 1), and text that is a number;
- categories: text as it stands; a whole number is written without a point, 3 and 3.0 as "3", other
  numbers as shortly as they can be told apart, booleans "true" and "false", dates in ISO 8601;
  text that is none of the categories but a number, or True or False, is the category that says
  the same;
- dates: dates and times, in UTC where they have a zone; text in ISO 8601.

A missing cell is null, NaN, NaT or, among text, empty.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from deltarule.data.sources.failures import shortened
from deltarule.errors import CellError

LARGEST = float(np.finfo(np.float32).max)  # what a network computes in
MOST_SHOWN = 40  # characters of a cell
BOOLEANS: dict[str | int | Decimal, int] = {"false": 0, "true": 1, 0: 0, 1: 1}
# Not 007, which is no 7 where it is a code.
WHOLE = re.compile(r"(-?(?:0|[1-9]\d{0,39}))(?:\.0*)?", re.ASCII)
FRACTION = re.compile(r"-?(?:0|[1-9]\d{0,39})?\.\d{1,40}", re.ASCII)


@dataclass(frozen=True)
class Cells:
    """The cells of one column in some consecutive rows.

    Attributes
    ----------
    name : str
        Of the column.
    data : pyarrow.Array
    first : int
        The number of its first row in the whole table, from 0.
    """

    name: str
    data: Any
    first: int = 0

    def numbers(self) -> NDArray[np.float64]:
        """Return the cells as numbers, NaN where one is missing.

        Raises
        ------
        DataError
            For text that is no number, infinity, and numbers beyond float32; naming the first row.
        """
        x = self._to_numbers(_decoded(self.data))
        with np.errstate(invalid="ignore"):
            bad = np.flatnonzero(np.abs(x) > LARGEST)
        if len(bad):
            raise self.error(
                int(bad[0]),
                f"{x[bad[0]]:g} is too large to compute with (the largest is {LARGEST:.2g}). "
                "Leave the cell empty if the number is not known.",
            )
        return x

    def _to_numbers(self, data: Any) -> NDArray[np.float64]:
        if pa.types.is_null(data.type):
            return np.full(len(data), np.nan)
        if is_text(data.type):
            return self._parse(data)
        if pa.types.is_duration(data.type):
            whole = data.cast(pa.duration("us"), safe=False)
            return to_numpy(whole.cast(pa.int64()), np.float64) / 1e6
        if pa.types.is_float16(data.type):
            data = data.cast(pa.float32())
        if not is_number(data.type):
            raise self.error(0, f"{data.type} where numbers belong.")
        return to_numpy(data.cast(pa.float64(), safe=False), np.float64)  # long IDs may be rounded

    def _parse(self, data: Any) -> NDArray[np.float64]:
        texts = _trimmed(data)
        try:
            return to_numpy(texts.cast(pa.float64()), np.float64)
        except pa.ArrowInvalid:
            row = _first_failure(texts, pa.float64())
            raise self.error(
                row, f"{_shown(texts[row])} is no number. Mend the cell, or leave it empty."
            ) from None

    def texts(self) -> Any:
        """Return the cells as categories: an array of text, null where one is missing."""
        data = _decoded(self.data)
        if is_text(data.type):
            return _trimmed(data, trims=False)
        if pa.types.is_null(data.type):
            return data.cast(pa.string())
        if pa.types.is_float16(data.type):
            data = data.cast(pa.float32())
        if pa.types.is_floating(data.type):
            return _numbers_as_text(data)
        if pa.types.is_decimal(data.type):
            return _numbers_as_text(data.cast(pa.float64(), safe=False))
        if pa.types.is_duration(data.type):
            return _numbers_as_text(pa.array(self._to_numbers(data)))
        if pa.types.is_timestamp(data.type):  # in UTC, whatever unit and zone it has
            data = data.cast(pa.timestamp("us", data.type.tz), safe=False).cast(pa.timestamp("us"))
        if pa.types.is_time(data.type):
            data = data.cast(pa.time64("us"), safe=False)
        try:
            return data.cast(pa.string())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise self.error(0, f"{data.type} where text belongs.") from None

    def booleans(self) -> NDArray[np.float64]:
        """Return the cells as 0 and 1, NaN where one is missing.

        Raises
        ------
        DataError
            For anything but booleans, 0, 1 and the words true and false.
        """
        cells = _trimmed(self.texts()).dictionary_encode()
        words = [BOOLEANS.get(meaning_of(word), -1) for word in cells.dictionary.to_pylist()]
        places = pc.fill_null(cells.indices, len(words))
        x = np.array([*words, np.nan])[to_numpy(places, np.int64)]
        if (x < 0).any():
            row = int(np.argmax(x < 0))
            raise self.error(
                row,
                f"{_shown(self.data[row])} is neither true nor false, 1 nor 0. Mend the cell, or "
                "leave it empty.",
            )
        return x

    def times(self) -> NDArray[np.datetime64]:
        """Return the cells as moments, to the microsecond and in UTC; NaT where one is missing.

        A time of day is one of 1970-01-01.

        Raises
        ------
        DataError
            For what is no date, naming the first row.
        """
        data = _decoded(self.data)
        if is_text(data.type):
            data = self._parse_times(data)
        elif pa.types.is_time(data.type):
            data = data.cast(pa.time64("us"), safe=False).cast(pa.int64())
        elif pa.types.is_floating(data.type) and np.isnan(self._to_numbers(data)).all():
            data = pa.nulls(len(data))  # what pandas makes of a column without any date
        elif not (is_time(data.type) or pa.types.is_null(data.type)):
            raise self.error(0, f"{data.type} where dates belong.")
        if not pa.types.is_int64(data.type):
            zone = data.type.tz if pa.types.is_timestamp(data.type) else None
            data = data.cast(pa.timestamp("us", zone), safe=False).cast(pa.int64())
        known = to_numpy(data.is_valid(), np.bool_)
        moments = to_numpy(pc.fill_null(data, 0), np.int64).view("M8[us]")
        moments[~known] = np.datetime64("NaT")
        return moments

    def _parse_times(self, data: Any) -> Any:
        texts, row = _trimmed(data), 0
        for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
            try:
                return texts.cast(kind)
            except pa.ArrowInvalid:
                row = max(row, _first_failure(texts, kind))
        raise self.error(
            row,
            f"{_shown(texts[row])} is no date or time in ISO 8601. Mend the cell, or leave it "
            "empty.",
        )

    def error(self, row: int, what: str) -> CellError:
        """Return an error about the cell in a row of these."""
        number = self.first + row
        return CellError(f"Column {shortened(self.name)!r}, row {number + 1}: {what}", number)


def meaning_of(text: str) -> str | int | Decimal:
    """Return the number that a text is, true or false in small letters, or the text as it is."""
    whole = WHOLE.fullmatch(text)
    if whole is not None:
        return int(whole[1])
    if FRACTION.fullmatch(text) is not None:
        return Decimal(text)
    return text.lower() if text.lower() in ("true", "false") else text


def is_number(kind: pa.DataType) -> bool:
    """Whether a column of this type holds numbers, or booleans."""
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return numeric or pa.types.is_boolean(kind)


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds text."""
    types = pa.types
    return types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)


def is_time(kind: pa.DataType) -> bool:
    """Whether a column of this type holds dates, moments or times of day."""
    return pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_time(kind)


def to_numpy(data: Any, dtype: Any) -> NDArray[Any]:
    """Return a fresh, writable array; a missing number is NaN."""
    return np.array(data.to_numpy(zero_copy_only=False), dtype=dtype)


def _decoded(data: Any) -> Any:
    return data.dictionary_decode() if pa.types.is_dictionary(data.type) else data


def _trimmed(data: Any, trims: bool = True) -> Any:
    """Return text, null where a cell is empty; for numbers and dates also without spaces around."""
    texts = data.cast(pa.string())
    if trims:
        texts = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _numbers_as_text(data: Any) -> Any:
    x = to_numpy(data, np.float64)
    whole = np.isfinite(x) & (x == np.floor(x)) & (np.abs(x) < 2**63)
    integers = pa.array(np.where(whole, x, 0).astype(np.int64), mask=~whole).cast(pa.string())
    others = pc.if_else(pc.is_nan(data), None, data).cast(pa.string())
    return pc.coalesce(integers, others)


def _first_failure(texts: Any, kind: pa.DataType) -> int:
    """Return the first cell that cannot be cast, by halving."""
    low, high = 0, len(texts)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            texts[low:middle].cast(kind)
            low = middle
        except pa.ArrowInvalid:
            high = middle
    return low


def _shown(cell: Any) -> str:
    text = str(cell.as_py())
    return repr(text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 3] + "...")
