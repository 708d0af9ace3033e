"""In which order an epoch visits the row groups of a table."""

from dataclasses import dataclass

import numpy as np

from deltarule.data.groups import GROUP
from deltarule.network.arrays import Integers
from deltarule.network.randomness import WORD, group_keys


@dataclass(frozen=True)
class Windows:
    """The windows of every epoch: groups that are in memory together.

    A function of (seed, epoch, number of rows, size), and of nothing else: not of the memory that
    there is. Where one window has all rows, that is an epoch as it is without windows.

    Attributes
    ----------
    n_rows : int
        Of the table.
    size : int
        Most rows of a window, which is rounded up to whole groups.
    seed : int
        Of the run.
    """

    n_rows: int
    size: int
    seed: int

    @property
    def count(self) -> int:
        """How many windows an epoch has."""
        return max(1, -(-self._n_groups // self._most_groups))

    def of_epoch(self, epoch: int) -> list[Integers]:
        """Return the numbers of the groups of each window, ascending.

        Of as many consecutive groups as there are windows, each window has one: which one is the
        epoch's choice. So each has rows from everywhere, also where a table is sorted.
        """
        n, count = self._n_groups, self.count
        keys = np.full(-(-n // count) * count, WORD - 1, np.uint64)  # the last ones: no group
        keys[:n] = group_keys(self.seed, epoch, n)
        order = np.argsort(keys.reshape(-1, count), axis=1, kind="stable")
        groups = order + count * np.arange(len(order))[:, None]
        return [column[column < n] for column in groups.T]

    @property
    def _n_groups(self) -> int:
        return -(-self.n_rows // GROUP)

    @property
    def _most_groups(self) -> int:
        return max(1, -(-self.size // GROUP))
