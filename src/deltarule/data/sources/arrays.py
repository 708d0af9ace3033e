"""Arrays: rows of numbers whose columns have no names."""

# ruff: noqa: D102 - what the methods do is documented once, on Source

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from deltarule.data.sources.base import Source, batch_rows, require_distinct, select
from deltarule.data.sources.columns import as_column
from deltarule.data.sources.failures import reason
from deltarule.data.sources.table import TableSource
from deltarule.errors import DataError

NAME = "The array"


def array_source(data: Any) -> Source:
    """Return a source of the rows of a NumPy array, a list of rows, or a sparse matrix.

    Raises
    ------
    DataError
        For anything but two dimensions, and cells that Arrow has no type for.
    """
    array = data if hasattr(data, "dtype") else _of_rows(data)
    if array.dtype.names is not None:
        return _of_records(array)
    if array.ndim != 2:
        raise _not_a_table(array)
    if array.dtype.kind in "biufmM" and not isinstance(array, np.ma.MaskedArray):
        return ArraySource(array)
    names = _names(array.shape[1])
    if not isinstance(array, np.ndarray):  # sparse, of what is no number
        raise DataError(f"{NAME} is sparse, of {array.dtype}. Make its cells real numbers.")
    columns = [as_column(array[:, i], name) for i, name in enumerate(names)]
    return TableSource(pa.table(columns, names), NAME, is_named=False)


class ArraySource(Source):
    """An array of numbers, dense or sparse, of which a batch at a time is made columns."""

    is_named = False
    name = NAME

    def __init__(self, array: Any) -> None:
        self._array = array if isinstance(array, np.ndarray) else array.tocsr()
        sample = as_column(np.zeros(0, array.dtype), "x0")
        self._schema = pa.schema([(name, sample.type) for name in _names(array.shape[1])])

    @property
    def schema(self) -> pa.Schema:
        return self._schema

    @property
    def n_rows(self) -> int | None:
        return int(self._array.shape[0])

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        schema = select(self._schema, columns, self.name)
        numbers = [int(name[1:]) for name in schema.names]
        rows = batch_rows(self._array.shape[1])
        for start in range(0, self._array.shape[0], rows):
            block = self._array[start : start + rows]
            dense = np.asarray(block if isinstance(block, np.ndarray) else block.toarray())
            cells = np.ascontiguousarray(dense.T if columns is None else dense.T[numbers])
            arrays = [
                as_column(column, name) for column, name in zip(cells, schema.names, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _of_rows(rows: Sequence[Any]) -> np.ndarray:
    try:
        array = np.asarray(rows)
        # Of rows that mix text and numbers NumPy would make text.
        return np.asarray(rows, dtype=object) if array.dtype.kind in "USO" else array
    except ValueError as error:
        raise DataError(
            f"This list is no table: {reason(error)}. Give each row as many cells."
        ) from error


def _of_records(array: np.ndarray) -> Source:
    if array.ndim != 1:
        raise DataError(
            f"{NAME} of records has {array.ndim} dimensions. Pass one of them, as with ravel()."
        )
    names = [str(name) for name in array.dtype.names or ()]
    require_distinct(names, NAME)
    return TableSource(pa.table([as_column(array[name], name) for name in names], names), NAME)


def _names(count: int) -> list[str]:
    return [f"x{i}" for i in range(count)]


def _not_a_table(array: Any) -> DataError:
    got = {0: "a scalar", 1: "1D array"}.get(array.ndim, f"{array.ndim}D array")
    shape = ", ".join(map(str, array.shape))
    return DataError(
        f"Expected 2D array, got {got} instead, of shape ({shape}). Reshape your data: "
        "array.reshape(-1, 1) if it is one column, array.reshape(1, -1) if it is one row."
    )
