"""The rows that quantiles are taken of: all, up to a number, then a random choice."""

import numpy as np
import pyarrow as pa

from deltarule.data.hashing import hash_of

MOST_ROWS = 65_536  # quantiles of more are exact to about 1 in 500 of the rows
MOST_CELLS = 2**24  # and where columns are many, rows are fewer: 128 MB as float64
SLACK = 1.25  # times as many may wait to be sorted out


class RowSample:
    """At most ``MOST_ROWS`` rows, and ``MOST_CELLS`` cells, of a table that passes by in batches.

    Those whose number has the lowest hash are kept: a choice without replacement that does not
    depend on where the batches are cut, and that could be made of parts and merged.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._table = schema.empty_table()
        self._hashes = np.zeros(0, np.uint64)
        self._seen = 0
        self._most = max(1, min(MOST_ROWS, MOST_CELLS // max(1, len(schema))))

    def update(self, batch: pa.RecordBatch) -> None:
        """Take note of the next rows."""
        hashes = hash_of(np.arange(self._seen, self._seen + batch.num_rows, dtype=np.uint64))
        self._seen += batch.num_rows
        if len(self._hashes) >= self._most:  # most rows of a long table are out at once
            chosen = np.flatnonzero(hashes < self._hashes.max())
            batch, hashes = batch.take(pa.array(chosen)), hashes[chosen]
        self._table = pa.concat_tables([self._table, pa.Table.from_batches([batch])])
        self._hashes = np.concatenate([self._hashes, hashes])
        if len(self._hashes) > SLACK * self._most:
            self._cut()

    def finish(self) -> pa.Table:
        """Return the rows, in their order."""
        if len(self._hashes) > self._most:
            self._cut()
        return self._table.combine_chunks()

    def _cut(self) -> None:
        kept = np.sort(np.argpartition(self._hashes, self._most)[: self._most])
        self._table, self._hashes = self._table.take(pa.array(kept)), self._hashes[kept]
