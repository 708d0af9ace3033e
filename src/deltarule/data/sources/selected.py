"""Some of the columns of a source."""

# ruff: noqa: D102 - what the methods do is documented once, on Source

from collections.abc import Iterator, Sequence

import pyarrow as pa

from deltarule.data.sources.base import Source, select


class Selected(Source):
    """A source without some of its columns."""

    def __init__(self, source: Source, names: Sequence[str]) -> None:
        self.name, self.is_named, self.is_stored = source.name, source.is_named, source.is_stored
        self._source = source
        self._schema = select(source.schema, names, source.name)

    @property
    def schema(self) -> pa.Schema:
        return self._schema

    @property
    def n_rows(self) -> int | None:
        return self._source.n_rows

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        return self._source.batches(select(self._schema, columns, self.name).names)

    def origin(self, row: int) -> str:
        return self._source.origin(row)
