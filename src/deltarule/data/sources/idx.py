"""IDX, the format of MNIST: an array of images, and beside it one of labels."""

# ruff: noqa: D102 - what the methods do is documented once, on Reader

import math
import os
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from deltarule.data.sources.base import batch_rows
from deltarule.data.sources.conform import conformed, known_types
from deltarule.data.sources.content import DAMAGED, Content, content_of
from deltarule.data.sources.failures import as_data_errors
from deltarule.data.sources.files import CHUNK, File
from deltarule.data.sources.options import ReadOptions
from deltarule.data.sources.reader import Reader
from deltarule.errors import DataError

DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_COLUMNS = 2**20
IMAGES, LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"


class Array:
    """One IDX file: a header, and then all values.

    Attributes
    ----------
    n_rows, n_columns : int
        The first dimension, and the product of the others.
    dtype : numpy.dtype
    """

    def __init__(self, content: Content) -> None:
        self.name, self._content = content.name, content
        with content.open() as stream:
            zeros, type_, n_dimensions = self._header(stream)
            if zeros or type_ not in DTYPES or not n_dimensions:
                raise DataError(f"{self.name} is no IDX file: it begins otherwise.")
            shape = np.frombuffer(self._bytes(stream, 4 * n_dimensions), ">u4").tolist()
        self.dtype = np.dtype(DTYPES[type_])
        self.n_rows, self.n_columns = shape[0], math.prod(shape[1:])
        if self.n_columns > MAX_COLUMNS:
            raise DataError(
                f"{self.name} says that one item has {self.n_columns} values, and no more than "
                f"{MAX_COLUMNS} can be columns. Is it whole, and are the items images?"
            )
        self._start = 4 + 4 * n_dimensions
        self._require_all()

    def _require_all(self) -> None:
        """See that the file is as long as it says, before anything is allocated for that."""
        expected = self._start + self.n_rows * self.n_columns * self.dtype.itemsize
        with self._content.open() as stream, as_data_errors(self.name, DAMAGED):
            if self._content.compression == "none":
                found = stream.seek(0, os.SEEK_END)
            else:
                found = sum(map(len, iter(lambda: stream.read(CHUNK), b"")))
        if found < expected:
            raise DataError(
                f"{self.name} ends early: of {expected} bytes {expected - found} are missing. "
                "Fetch it anew."
            )

    def _header(self, stream: BinaryIO) -> tuple[int, int, int]:
        head = self._bytes(stream, 4)
        return int.from_bytes(head[:2], "big"), head[2], head[3]

    def rows(self, most: int) -> "Iterator[np.ndarray]":
        """Go through the rows, so many at a time."""
        with self._content.open() as stream:
            self._bytes(stream, self._start)
            for start in range(0, self.n_rows, most):
                shape = (min(most, self.n_rows - start), self.n_columns)
                values = np.frombuffer(
                    self._bytes(stream, math.prod(shape) * self.dtype.itemsize), self.dtype
                )
                yield values.reshape(shape).astype(self.dtype.newbyteorder("="), copy=False)

    def _bytes(self, stream: BinaryIO, count: int) -> bytes:
        parts, left = [], count
        while left:
            with as_data_errors(self.name, DAMAGED):
                part = stream.read(left)
            if not part:
                raise DataError(f"{self.name} ends early: it is shorter than it says.")
            parts.append(part)
            left -= len(part)
        return b"".join(parts)


class Idx(Reader):
    """Images as columns pixel1, pixel2, ... and, where the file of labels is beside them, label.

    A file of labels alone is the one column label.
    """

    def __init__(self, content: Content, options: ReadOptions) -> None:
        self.name, self._missing = content.name, options.missing
        beside = _labels_beside(content)
        self.beside = () if beside is None else (beside,)
        self._values = Array(content)
        self._labels = None if beside is None else Array(content_of(beside, None))
        self.n_rows = self._values.n_rows
        if self._labels is not None and self._labels.n_rows != self.n_rows:
            raise DataError(
                f"{self.name} has {self.n_rows} rows, and {self._labels.name} has "
                f"{self._labels.n_rows} labels. Put the file that belongs to it there."
            )
        self._stored = _schema(self._values, self._labels)
        self.schema = known_types(self._stored, {})

    def batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        most = batch_rows(self._values.n_columns + 1)
        labels = self._labels.rows(most) if self._labels else None
        for values in self._values.rows(most):
            columns = [pa.array(column) for column in np.ascontiguousarray(values.T)]
            if labels is not None:
                columns.append(pa.array(next(labels)[:, 0]))
            arrays = [
                column.cast(field.type) for column, field in zip(columns, self._stored, strict=True)
            ]
            batch = pa.RecordBatch.from_arrays(arrays, schema=self._stored)
            yield from conformed(batch, schema, self._missing, self.name)

    def origin(self, row: int) -> str:
        return f"{self.name}, item {row + 1}"


def _schema(values: Array, labels: Array | None) -> pa.Schema:
    pixels = pa.from_numpy_dtype(values.dtype.newbyteorder("="))
    if values.n_columns == 1 and labels is None:
        return pa.schema([("label", pa.int64() if values.dtype.kind in "iu" else pixels)])
    fields = [(f"pixel{i + 1}", pixels) for i in range(values.n_columns)]
    return pa.schema([*fields, ("label", pa.int64())] if labels else fields)


def _labels_beside(content: Content) -> File | None:
    name = os.path.basename(content.name)
    if IMAGES not in name:
        return None
    wanted = name.replace(IMAGES, LABELS)
    plain = wanted.removesuffix(".gz")
    for candidate in (wanted, plain, plain + ".gz"):
        file = content.file.sibling(candidate)
        if file is not None:
            return file
    return None
