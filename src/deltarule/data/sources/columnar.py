"""Parquet and Arrow's own files: columns that have types."""

# ruff: noqa: D102 - what the methods do is documented once, on Reader

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from deltarule.data.sources.base import batch_rows, require_distinct
from deltarule.data.sources.conform import conformed, known_types
from deltarule.data.sources.content import DAMAGED, Content
from deltarule.data.sources.failures import as_data_errors
from deltarule.data.sources.files import RemoteFile
from deltarule.data.sources.options import ReadOptions
from deltarule.data.sources.reader import Reader
from deltarule.errors import DataError

STREAM = b"\xff\xff\xff\xff"
BUFFER = 2**16  # bytes of a column chunk that are read at a time


class Parquet(Reader):
    """A Parquet file, read row group by row group."""

    def __init__(self, content: Content, options: ReadOptions) -> None:
        self.name, self._content, self._missing = content.name, content, options.missing
        with _parquet_file(content) as file:
            groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
            schema = _without_index(file.schema_arrow)
        require_distinct(schema.names, self.name)
        self._groups, self.n_rows = groups, sum(groups)
        self.schema = known_types(schema, {}, options.missing)

    def batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        rows = batch_rows(len(schema))
        with _parquet_file(self._content) as file:
            for group in range(len(self._groups)):
                where = f"{self.name}, row group {group + 1},"
                batches = file.iter_batches(
                    rows, row_groups=[group], columns=schema.names, use_threads=False
                )
                for batch in _each(batches, where):
                    yield from conformed(batch, schema, self._missing, where)

    def origin(self, row: int) -> str:
        for group, n_rows in enumerate(self._groups):
            if row < n_rows:
                return f"{self.name}, row group {group + 1}, row {row + 1}"
            row -= n_rows
        return f"{self.name}, row {row + 1} after its end"


class Arrow(Reader):
    """An Arrow IPC file (Feather is its other name) or stream, read batch by batch."""

    def __init__(self, content: Content, options: ReadOptions) -> None:
        self.name, self._content, self._missing = content.name, content, options.missing
        self._is_stream = content.head().startswith(STREAM)
        with content.open_to_seek() as file, as_data_errors(self.name, DAMAGED):
            schema = self._reader(file).schema
        schema = _without_index(schema)
        require_distinct(schema.names, self.name)
        self.schema = known_types(schema, {}, options.missing)

    def batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        for i, batch in enumerate(self._stored()):
            where = f"{self.name}, record batch {i + 1},"
            yield from conformed(batch, schema, self._missing, where)

    def origin(self, row: int) -> str:
        for i, batch in enumerate(self._stored()):
            if row < batch.num_rows:
                return f"{self.name}, record batch {i + 1}, row {row + 1}"
            row -= batch.num_rows
        return f"{self.name}, row {row + 1} after its end"

    def _reader(self, file: Any) -> Any:
        return pa.ipc.open_stream(file) if self._is_stream else pa.ipc.open_file(file)

    def _stored(self) -> Iterator[pa.RecordBatch]:
        with self._content.open_to_seek() as file:
            with as_data_errors(self.name, DAMAGED):
                reader = self._reader(file)
            if self._is_stream:
                yield from _each(reader, f"{self.name}, one of its record batches,")
                return
            for i in range(reader.num_record_batches):
                with as_data_errors(f"{self.name}, record batch {i + 1},", DAMAGED):
                    batch = reader.get_batch(i)
                    batch.validate(full=True)
                yield batch


@contextmanager
def _parquet_file(content: Content) -> Iterator[Any]:
    from pyarrow.parquet import ParquetFile

    with content.open_to_seek() as opened:
        with as_data_errors(content.name, DAMAGED):
            file = ParquetFile(opened, page_checksum_verification=True, **_reading(content))
        with file:
            yield file


def _reading(content: Content) -> dict[str, Any]:
    """Return how to read: from far away in few large pieces, else without a whole row group.

    A row group may be as large as memory; its columns need not be there before they are decoded.
    """
    is_far = isinstance(content.file, RemoteFile)
    return {} if is_far else {"pre_buffer": False, "buffer_size": BUFFER}


def _without_index(schema: pa.Schema) -> pa.Schema:
    """Leave out the index that pandas writes as one more column."""
    index = (schema.pandas_metadata or {}).get("index_columns", [])
    unnamed = {name for name in index if isinstance(name, str) and name.startswith("__index_level")}
    return pa.schema([field for field in schema if field.name not in unnamed])


def _each(batches: Any, where: str) -> Iterator[pa.RecordBatch]:
    """Go through batches; what is damaged is told with where it stands."""
    iterator = iter(batches)
    while True:
        with as_data_errors(where, DAMAGED):
            batch = next(iterator, None)
            if batch is None:
                return
            batch.validate(full=True)
        yield batch


def refuse_feather_1(content: Content, options: ReadOptions) -> Reader:
    """Refuse the first version of Feather, which pyarrow no longer writes."""
    raise DataError(
        f"{content.name} is a file of Feather's version 1. Write it anew, as version 2 or Parquet: "
        "pandas.read_feather(path).to_feather(path)."
    )
