"""A source over an Arrow table in memory."""

# ruff: noqa: D102 - what the methods do is documented once, on Source

from collections.abc import Iterator, Sequence

import pyarrow as pa

from deltarule.data.sources.base import Source, batch_rows, select


class TableSource(Source):
    """The rows of an Arrow table."""

    def __init__(self, table: pa.Table, name: str = "The table", is_named: bool = True) -> None:
        self._table, self.name, self.is_named = table, name, is_named

    @property
    def schema(self) -> pa.Schema:
        return self._table.schema

    @property
    def n_rows(self) -> int | None:
        return int(self._table.num_rows)

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        table = self._table.select(select(self.schema, columns, self.name).names)
        yield from table.to_batches(max_chunksize=batch_rows(table.num_columns))

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        return self._table.select(select(self.schema, columns, self.name).names)
