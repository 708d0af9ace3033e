"""Cells that training takes for unknown ones, so that the code of the unknown is trained.

Then it means any category or value, in its share.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from deltarule.data.groups import GROUP
from deltarule.network.arrays import Integers
from deltarule.network.randomness import MASKING, WORD, philox

if TYPE_CHECKING:
    from deltarule.data.encoder.encoder import Encoder

MASKED_SHARE, MASKED_CELLS = 0.01, 20  # of each column with places: the greater of the two ...
MOST_MASKED = 0.1  # ... but no more than this share
MOST_COUNTED = 2**22  # keys up to which the number of masked cells is exact
GROUPS_AT_ONCE = 64

Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class Masking:
    """Which cells are masked: those whose key, a function of (seed, row, column), is low.

    Attributes
    ----------
    encoder : Encoder
    seed : int
    limits : list of int
        Of each column with places: cells with a key below it are masked.
    """

    encoder: "Encoder"
    seed: int
    limits: list[int]

    @classmethod
    def of(cls, encoder: "Encoder", n_rows: int, untaught: Integers, seed: int) -> "Masking":
        """Choose cells: of a hundredth of the rows, but 20 of up to 2,000, and of a tenth at most.

        Parameters
        ----------
        encoder : Encoder
        n_rows : int
            Of the table.
        untaught : array of int
            Numbers of the rows that are not trained on, which do not count.
        seed : int
        """
        n = n_rows - len(untaught)
        count = round(min(max(MASKED_SHARE * n, MASKED_CELLS), MOST_MASKED * n))
        n_columns = sum(1 for _ in encoder.placed())
        if n_rows * n_columns > MOST_COUNTED:
            return cls(encoder, seed, [int(count / n * WORD)] * n_columns)
        keys = np.hstack([_keys(seed, g, n_columns) for g in range(-(-n_rows // GROUP))])
        keys = np.delete(keys[:, :n_rows], untaught, axis=1)
        return cls(encoder, seed, [int(np.partition(k, count)[count]) if n else 0 for k in keys])

    def apply(self, inputs: NDArray[np.float32], groups: Integers) -> None:
        """Mask cells of the rows of some groups, in place.

        Parameters
        ----------
        inputs : array (n, n_features)
            Of :meth:`Encoder.encode`.
        groups : array of int
            Their numbers, ascending.
        """
        for start, keys in self._keys_of(groups):
            some = inputs[start : start + keys.shape[1]]
            for (_, column, span), of_rows, limit in zip(
                self.encoder.placed(), keys[:, : len(some)], self.limits, strict=True
            ):
                masked = np.flatnonzero(of_rows < limit)
                unknown = some[masked, span]
                column.put(column.places - 1, unknown)
                some[masked, span] = unknown

    def _keys_of(self, groups: Integers) -> Iterator[tuple[int, Keys]]:
        """Yield the keys of some groups at a time, (n_columns, n), and where they begin."""
        for first in range(0, len(groups), GROUPS_AT_ONCE):
            some = groups[first : first + GROUPS_AT_ONCE].tolist()
            yield first * GROUP, np.hstack([_keys(self.seed, g, len(self.limits)) for g in some])


def _keys(seed: int, group: int, n_columns: int) -> Keys:
    """Return the keys of a group's cells, (n_columns, GROUP)."""
    return philox(seed, MASKING, group).random_raw(n_columns * GROUP).reshape(n_columns, GROUP)
