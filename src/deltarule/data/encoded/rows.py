"""Rows as a network reads them, in groups of a fixed size."""

# ruff: noqa: D102 - what the methods do is documented once, on EncodedRows

import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deltarule.data.groups import GROUP, positions_of
from deltarule.network.arrays import Integers

GROUPS_AT_ONCE, CELLS_AT_ONCE = 64, 2**21  # at most, where all are gone through


class Encoded(NamedTuple):
    """Some rows.

    Attributes
    ----------
    inputs : array (n, f)
        Of :meth:`deltarule.data.Encoder.encode`.
    targets : array (n,)
        Class indices.
    weights : array (n,) or None
    """

    inputs: NDArray[np.float32]
    targets: NDArray[np.int64]
    weights: NDArray[np.float64] | None

    def checksum(self) -> bytes:
        """Return the CRC-32 of their bytes: quick, and against disks that err, not people."""
        crc = 0
        for array in self:
            if array is not None:
                crc = zlib.crc32(np.ascontiguousarray(array).data, crc)
        return crc.to_bytes(4, "little")


class EncodedRows(ABC):
    """Rows of a table, in its order, in groups of GROUP; the last one may be smaller.

    Attributes
    ----------
    n_rows, n_features : int
    is_weighted : bool
    """

    n_rows: int
    n_features: int
    is_weighted: bool

    @property
    def n_groups(self) -> int:
        """How many groups there are."""
        return -(-self.n_rows // GROUP)

    @abstractmethod
    def read(self, groups: Integers, wanted: NDArray[np.bool_] | None = None) -> Encoded:
        """Return the rows of some groups, whose numbers ascend. They are not to be written to.

        Where only some of the groups are ``wanted``, the others' rows may be anything; they take
        no memory that was not taken before.
        """

    def blocks(self, some: slice = slice(None)) -> Iterator[tuple[Integers, Encoded]]:
        """Go through all rows, some groups at a time: the numbers of the rows, and themselves.

        Or through ``some`` of these blocks.
        """
        count = max(1, min(GROUPS_AT_ONCE, CELLS_AT_ONCE // (GROUP * self.n_features)))
        for start in range(0, self.n_groups, count)[some]:
            groups = np.arange(start, min(start + count, self.n_groups))
            yield positions_of(groups, self.n_rows), self.read(groups)


class RowsInMemory(EncodedRows):
    """Rows as arrays."""

    def __init__(self, encoded: Encoded) -> None:
        self._encoded = encoded
        self.n_rows, self.n_features = encoded.inputs.shape
        self.is_weighted = encoded.weights is not None

    def read(self, groups: Integers, wanted: NDArray[np.bool_] | None = None) -> Encoded:
        is_one_piece = len(groups) and groups[-1] - groups[0] + 1 == len(groups)
        where: slice | Integers = positions_of(groups, self.n_rows)
        if is_one_piece:  # no copy
            where = slice(int(groups[0]) * GROUP, (int(groups[-1]) + 1) * GROUP)
        return Encoded(*(None if array is None else array[where] for array in self._encoded))  # type: ignore[arg-type]


def joined(parts: list[Encoded]) -> Encoded:
    """Return consecutive rows as one."""
    if len(parts) == 1:
        return parts[0]
    inputs, targets, weights = zip(*parts, strict=True)
    joined = None if weights[0] is None else np.concatenate(weights)
    return Encoded(np.concatenate(inputs), np.concatenate(targets), joined)
