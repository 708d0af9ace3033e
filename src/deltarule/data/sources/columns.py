"""One column of anything, as an Arrow array."""

import datetime as dt
from decimal import Decimal
from math import inf
from numbers import Real
from typing import Any

import numpy as np
import pyarrow as pa

from deltarule.data.sources.failures import reason, shortened
from deltarule.errors import DataError

UNITS = {"D", "s", "ms", "us", "ns"}  # of numpy.datetime64, that Arrow has too


def as_column(values: Any, name: str) -> pa.Array | pa.ChunkedArray:
    """Return a column of a data frame, an array or a list of cells.

    Raises
    ------
    DataError
        Naming the column, for cells that are of no one type that Arrow has.
    """
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return _without_views(values)
    if np.isscalar(values) or values is None or isinstance(values, str | bytes):
        raise DataError(
            f"Column {shortened(name)!r} is {values!r}, one value. Pass a list with one for each "
            "row."
        )
    try:
        column = _converted(values, name)
        return _times(values, column) if pa.types.is_temporal(column.type) else column
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        if _are_numbers(values):  # beyond int64, or of several types
            return pa.array([_as_float(value) for value in values], pa.float64(), from_pandas=True)
        raise _no_column(values, name, error) from error


def _converted(values: Any, name: str) -> pa.Array | pa.ChunkedArray:
    dtype = getattr(values, "dtype", None)
    if isinstance(values, np.ndarray):
        return _from_numpy(values, name)
    is_sparse = hasattr(dtype, "fill_value") and hasattr(dtype, "subtype")
    if is_sparse or (isinstance(dtype, np.dtype) and dtype.kind != "O"):
        return _from_numpy(np.asarray(values), name, nan_is_missing=True)  # as pandas has it
    if hasattr(values, "__arrow_c_stream__") and not _is_pandas(values):
        return pa.chunked_array(values)
    if not hasattr(values, "__len__"):
        values = list(values)
    return pa.array(values, from_pandas=True)


def _from_numpy(values: np.ndarray, name: str, nan_is_missing: bool = False) -> pa.Array:
    """Return a NumPy array of one dimension; of masked cells, nulls."""
    if values.ndim != 1:
        raise DataError(
            f"Column {shortened(name)!r} has {values.ndim} dimensions {values.shape}. Pass one "
            "column for each of its own."
        )
    mask = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    plain = np.asarray(values)
    if plain.dtype.kind == "c":
        raise pa.ArrowNotImplementedError("Complex data not supported, as Arrow has no type for it")
    if plain.dtype.kind == "S":
        plain = np.char.decode(plain, "utf-8")
    if plain.dtype.kind in "UT":
        plain = plain.astype(object)
    if plain.dtype.kind == "V":
        raise pa.ArrowNotImplementedError(f"cells of {plain.dtype}, which Arrow has no type for")
    with np.errstate(over="ignore"):  # of a long double: it is then infinite, and told so
        native = plain.astype(_native(plain.dtype), copy=False)
    return pa.array(native, mask=mask, from_pandas=nan_is_missing or native.dtype.kind == "O")


def _native(dtype: np.dtype) -> np.dtype:
    """Return the nearest type that Arrow has: of this machine's byte order, at most float64."""
    if dtype.kind == "f" and dtype.itemsize > 8:
        return np.dtype(np.float64)
    if dtype.kind in "mM" and np.datetime_data(dtype)[0] not in UNITS:
        return np.dtype(f"{dtype.kind}8[s]")
    return dtype.newbyteorder("=")


def _without_views(values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return Arrow's own column; of a dictionary of views, which it cannot cast, one of text."""
    kind = values.type
    if not pa.types.is_dictionary(kind) or not pa.types.is_string_view(kind.value_type):
        return values
    chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
    plain = [
        pa.DictionaryArray.from_arrays(chunk.indices, chunk.dictionary.cast(pa.string()))
        for chunk in chunks
    ]
    return pa.chunked_array(plain, pa.dictionary(kind.index_type, pa.string()))


def _times(values: Any, column: pa.Array) -> pa.Array:
    """Return what Arrow has made of Python objects, where they are times: 5 is no date."""
    kinds = {_kind_of_time(cell) for cell in _present(values)}
    if kinds == {dt.date, dt.datetime}:  # of which Arrow would drop the time of day
        return pa.array([_as_moment(cell) for cell in values], pa.timestamp("us"), from_pandas=True)
    if len(kinds) > 1:
        raise pa.ArrowInvalid("dates, times and others are mixed")
    return column


def _as_moment(cell: Any) -> Any:
    is_date = isinstance(cell, dt.date) and not isinstance(cell, dt.datetime)
    return dt.datetime.combine(cell, dt.time()) if is_date else cell


def _kind_of_time(cell: Any) -> type | None:
    kinds = (dt.datetime, dt.date, dt.time, dt.timedelta, np.datetime64, np.timedelta64)
    return next((kind for kind in kinds if isinstance(cell, kind)), None)


def _are_numbers(values: Any) -> bool:
    cells = _present(values)
    return bool(cells) and all(
        isinstance(cell, Real | Decimal) and not isinstance(cell, bool) for cell in cells
    )


def _as_float(number: Any) -> float | None:
    """Return a number as a float, infinity where it is too large; None where it is missing."""
    try:
        return None if number is None or type(number).__name__ == "NAType" else float(number)
    except OverflowError:
        return inf if number > 0 else -inf


def _is_pandas(values: Any) -> bool:
    return type(values).__module__.partition(".")[0] == "pandas"


def _no_column(values: Any, name: str, error: Exception) -> DataError:
    kinds = {type(value).__name__: value for value in _present(values)}
    if len(kinds) > 1:
        (one, first), (other, second) = list(kinds.items())[:2]
        return DataError(
            f"Column {shortened(name)!r} mixes {one} and {other} ({shortened(repr(first))} and "
            f"{shortened(repr(second))}). Make all its cells one type, such as with "
            "astype(str) or pandas.to_numeric."
        )
    return DataError(
        f"Column {shortened(name)!r} cannot be read: {reason(error)}. Make its cells numbers, "
        "text or dates."
    )


def _present(values: Any) -> list[Any]:
    """Return the cells of a column of Python objects that are not missing."""
    if getattr(getattr(values, "dtype", None), "kind", "O") != "O":
        return []
    cells = list(values)
    return [
        cell
        for cell in cells
        if not (
            cell is None
            or type(cell).__name__ in ("NAType", "NaTType")
            or (isinstance(cell, float | Decimal) and cell != cell)
        )
    ]
