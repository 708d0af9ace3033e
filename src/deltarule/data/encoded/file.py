"""Encoded rows in a file, for tables that are larger than memory.

An Arrow IPC file, which other tools read, too: a record batch is a group, with its checksum in the
batch's metadata. It is read by pread and not mapped into memory: pages of a mapped file count as
resident until someone else wants the memory, and as address space under ``ulimit -v``.
"""

# ruff: noqa: D102 - what the methods do is documented once, on EncodedRows

import weakref
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from deltarule.data.encoded.rows import Encoded, EncodedRows, joined
from deltarule.data.groups import GROUP, positions_of
from deltarule.errors import DataError
from deltarule.network.arrays import Integers

CHECKSUM = b"CRC-32"
INPUTS, TARGET, WEIGHT = "inputs", "target", "weight"


def write_rows(file: Any, parts: Iterable[Encoded], described: dict[str, str]) -> None:
    """Write rows to a file, in groups, wherever the parts that they come in are cut.

    Parameters
    ----------
    file : binary file
        Open for writing; left open.
    parts : iterable of Encoded
        At least one.
    described : dict of str
        What is to be known of them: :attr:`RowsInFile.described`.
    """
    writer = None
    sink = pa.PythonFile(file, mode="w")
    for group in regrouped(parts):
        batch = _to_batch(group)
        if writer is None:
            writer = pa.ipc.new_file(sink, batch.schema.with_metadata(described))
        writer.write_batch(batch, custom_metadata={CHECKSUM: group.checksum()})
    if writer is not None:
        writer.close()


def regrouped(parts: Iterable[Encoded]) -> Iterator[Encoded]:
    """Cut rows that come in parts of any size into groups."""
    waiting: list[Encoded] = []
    count = 0
    for part in parts:
        waiting.append(part)
        count += len(part.targets)
        if count < GROUP:
            continue
        together = joined(waiting)
        whole = count - count % GROUP
        for start in range(0, whole, GROUP):
            yield _part_of(together, slice(start, start + GROUP))
        waiting, count = [_part_of(together, slice(whole, None))], count - whole
    if count:
        yield joined(waiting)


class RowsInFile(EncodedRows):
    """Rows that :func:`write_rows` wrote.

    Parameters
    ----------
    file : binary file
        Open for reading; it is closed with this object.
    name : str
        What messages call it.

    Attributes
    ----------
    described : dict of str

    Raises
    ------
    DataError
        If it is not such a file, or not whole.
    """

    def __init__(self, file: Any, name: str) -> None:
        self.name = name
        weakref.finalize(self, file.close)
        try:
            self._reader = pa.ipc.open_file(pa.PythonFile(file, mode="r"))
            last = self._reader.get_batch(self._reader.num_record_batches - 1)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise DataError(f"{name} does not hold encoded rows: {error}.") from error
        schema = self._reader.schema
        self.described = {k.decode(): v.decode() for k, v in (schema.metadata or {}).items()}
        self.n_rows = (self._reader.num_record_batches - 1) * GROUP + last.num_rows
        self.n_features = schema.field(INPUTS).type.list_size
        self.is_weighted = WEIGHT in schema.names

    def read(self, groups: Integers, wanted: NDArray[np.bool_] | None = None) -> Encoded:
        n = len(positions_of(groups, self.n_rows))
        inputs = np.empty((n, self.n_features), np.float32)
        targets = np.zeros(n, np.int64)
        weights = np.zeros(n) if self.is_weighted else None
        for place, number in enumerate(groups.tolist()):
            if wanted is not None and not wanted[place]:
                continue
            group, start = self._group(number), place * GROUP
            rows = slice(start, start + len(group.targets))
            inputs[rows], targets[rows] = group.inputs, group.targets
            if weights is not None:
                weights[rows] = group.weights
        return Encoded(inputs, targets, weights)

    def _group(self, number: int) -> Encoded:
        try:
            batch, metadata = self._reader.get_batch_with_custom_metadata(number)
            group = _from_batch(batch, self.n_features)
            is_whole = dict(metadata or {}).get(CHECKSUM) == group.checksum()
        except (pa.ArrowException, OSError, ValueError):
            is_whole = False
        if not is_whole:
            raise DataError(
                f"{self.name} is damaged: row group {number + 1} is not what was written. Remove "
                "it, and it is written anew; then look after the disk."
            )
        return group


def _to_batch(group: Encoded) -> pa.RecordBatch:
    n_features = group.inputs.shape[1]
    values = pa.array(np.ascontiguousarray(group.inputs).reshape(-1))
    columns = {
        INPUTS: pa.FixedSizeListArray.from_arrays(values, n_features),
        TARGET: pa.array(group.targets),
    }
    if group.weights is not None:
        columns[WEIGHT] = pa.array(group.weights)
    return pa.RecordBatch.from_pydict(columns)


def _from_batch(batch: pa.RecordBatch, n_features: int) -> Encoded:
    inputs = batch.column(INPUTS).values.to_numpy().reshape(-1, n_features)
    weights = batch.column(WEIGHT).to_numpy() if WEIGHT in batch.schema.names else None
    return Encoded(inputs, batch.column(TARGET).to_numpy(), weights)


def _part_of(encoded: Encoded, rows: slice) -> Encoded:
    weights = None if encoded.weights is None else encoded.weights[rows]
    return Encoded(encoded.inputs[rows], encoded.targets[rows], weights)
