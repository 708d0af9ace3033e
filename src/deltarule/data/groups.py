"""Row groups: the rows of a table in pieces of a fixed size, wherever it is cut otherwise."""

import numpy as np

from deltarule.network.arrays import Integers

GROUP = 256  # rows: few, so that a window of groups has rows from many places of the table


def positions_of(groups: Integers, n_rows: int) -> Integers:
    """Return the numbers of the rows of some groups, ascending if they do."""
    positions: Integers = (groups[:, None] * GROUP + np.arange(GROUP)).ravel()
    return positions[positions < n_rows]
