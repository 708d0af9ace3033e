"""Tables that are in memory already, in whatever they are."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import narwhals
import numpy as np
import pyarrow as pa

from deltarule.data.sources.arrays import array_source
from deltarule.data.sources.base import Source, require_distinct, select, sliced
from deltarule.data.sources.columns import as_column
from deltarule.data.sources.conform import known_types
from deltarule.data.sources.failures import as_data_errors
from deltarule.data.sources.finding import names_files
from deltarule.data.sources.spool import spooled_stream
from deltarule.data.sources.table import TableSource
from deltarule.errors import DataError

UNREADABLE = "cannot be read as a table: {reason}."


def in_memory(data: Any, is_used: Callable[[str], bool] = lambda name: True) -> Source:
    """Return a source of the rows of an array, a data frame, or anything that is Arrow's.

    Parameters
    ----------
    data : array, sparse matrix, data frame, Arrow table or dict of columns
    is_used : callable, optional
        Of the name of a column. One that is not used, and that Arrow has no type for, is empty.

    Raises
    ------
    DataError
        Naming the type of anything else, or the column that cannot be read.
    """
    if isinstance(data, Source):
        return data
    if names_files(data):
        raise _no_table(data)
    if isinstance(data, np.ndarray | list | tuple) or _is_sparse(data):
        return array_source(data)
    if isinstance(data, Mapping):
        return TableSource(_of_columns(list(data.items()), "The dict", is_used))
    if isinstance(data, pa.Array | pa.ChunkedArray) or _is_series(data):
        raise DataError(
            f"Expected a table, got one column: {type(data).__name__}. Pass a dict of columns, or "
            "call its to_frame()."
        )
    if _comes_from(data, "pandas") and hasattr(data, "iloc"):
        items = [(name, data.iloc[:, i]) for i, name in enumerate(data.columns)]
        return TableSource(_of_columns(items, "The DataFrame", is_used))
    if _comes_from(data, "pyarrow") and hasattr(data, "to_batches") and hasattr(data, "scanner"):
        return _DatasetSource(data)
    if _is_stream(data):
        return spooled_stream(data)
    if hasattr(data, "__array__") and not _is_arrow(data) and not hasattr(data, "columns"):
        return array_source(np.asarray(data))
    return TableSource(_from_arrow(data))


def _of_columns(
    items: Sequence[tuple[Any, Any]], where: str, is_used: Callable[[str], bool]
) -> pa.Table:
    names = [str(name) for name, _ in items]
    require_distinct(names, where)
    columns = []
    for name, (_, values) in zip(names, items, strict=True):
        try:
            columns.append(as_column(values, name))
        except DataError:
            if is_used(name):
                raise
            columns.append(pa.nulls(len(values)))
    lengths = {len(column): name for column, name in zip(columns, names, strict=True)}
    if len(lengths) > 1:
        (one, first), (other, second) = list(lengths.items())[:2]
        raise DataError(
            f"{where} has columns of different lengths: {first!r} has {one} rows, {second!r} has "
            f"{other}. Pass as many for each."
        )
    table = pa.table(columns, names)
    return table.cast(known_types(table.schema, {}))


def _from_arrow(data: Any) -> pa.Table:
    if _comes_from(data, "polars") and hasattr(data, "collect"):
        data = data.collect()
    if _comes_from(data, "polars") and hasattr(data, "to_arrow"):
        data = data.to_arrow()  # its C stream has dictionaries of views, which Arrow cannot cast
    where = f"The {type(data).__name__}"
    if isinstance(data, pa.Table):
        table = data
    elif _is_arrow(data):
        with as_data_errors(where, UNREADABLE):
            table = pa.table(data)
    else:
        table = _through_narwhals(data)
    require_distinct(table.schema.names, where)
    with as_data_errors(where, UNREADABLE):
        return table.cast(known_types(table.schema, {}))


def _through_narwhals(data: Any) -> pa.Table:
    """Return a table from any other data frame that narwhals knows."""
    frame = narwhals.from_native(data, pass_through=True)
    if isinstance(frame, narwhals.LazyFrame):
        frame = frame.collect()
    if not isinstance(frame, narwhals.DataFrame):
        raise _no_table(data)
    with as_data_errors(f"The {type(data).__name__}", UNREADABLE):
        return frame.to_arrow()


def _no_table(data: Any) -> DataError:
    if isinstance(data, bytes) or names_files(data):
        return DataError(
            f"Cannot read a table from {type(data).__name__} {data!r}: files are not opened here. "
            "Pass a DataFrame, or read the file first, as with pandas.read_csv(path)."
        )
    return DataError(
        f"Cannot read a table from {type(data).__name__}. Pass an array, a pandas or polars "
        "DataFrame, a pyarrow.Table or a dict of columns."
    )


class _DatasetSource(Source):
    """A pyarrow dataset, which may be larger than memory."""

    def __init__(self, dataset: Any) -> None:
        self.name, self._dataset = "The dataset", dataset
        require_distinct(dataset.schema.names, self.name)
        self._schema = known_types(dataset.schema, {})

    @property
    def schema(self) -> pa.Schema:
        return self._schema

    @property
    def n_rows(self) -> int | None:
        with as_data_errors(self.name, UNREADABLE):
            return int(self._dataset.count_rows(use_threads=False))

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        schema = select(self._schema, columns, self.name)
        with as_data_errors(self.name, UNREADABLE):
            stored = iter(self._dataset.to_batches(columns=schema.names, use_threads=False))
        while True:
            with as_data_errors(self.name, UNREADABLE):
                batch = next(stored, None)
                if batch is None:
                    return
                batch = batch.cast(schema)
            yield from sliced(batch)


def _is_arrow(data: Any) -> bool:
    return hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__")


def _is_stream(data: Any) -> bool:
    """Return whether this is a stream of Arrow batches, and no data frame."""
    is_frame = isinstance(data, pa.Table | pa.RecordBatch) or _comes_from(data, "polars")
    return hasattr(data, "__arrow_c_stream__") and not is_frame and not hasattr(data, "columns")


def _is_series(data: Any) -> bool:
    return type(data).__name__ == "Series" and hasattr(data, "to_frame")


def _is_sparse(data: Any) -> bool:
    sparse = sys.modules.get("scipy.sparse")  # nobody has such a matrix who has not imported it
    return sparse is not None and bool(sparse.issparse(data))


def _comes_from(data: Any, package: str) -> bool:
    return type(data).__module__.partition(".")[0] == package
