"""Counter-based randomness: every random number is a function of what it is for.

Philox4x64-10 exactly as ``numpy.random.Philox``. There is no generator state to save, and
nothing depends on threads, workers or the order of calls. Key and counter, written down here
and nowhere else::

    key     = (seed, purpose)
    counter = (block, word 1, word 2, word 3), little end first

    purpose           word 1       word 2       word 3     a block is
    INITIAL_WEIGHTS   layer k      0            0          NumPy's Generator draws from it
    ROW_ORDER         epoch        window       0          the keys of 4 rows
    DROPOUT           layer k      step         0          the masks of 8 units
    SPLIT             repeat       0            0          NumPy's Generator draws from it
    MASKING           row group    0            0          the keys of 4 rows in a column
    MEMBERS           0            0            0          seeds of 4 of a run's other networks
    GROUPS            epoch        0            0          the keys of 4 row groups

NumPy adds one to the counter before it makes a block, so block i is made from counter i + 1.
"""

import numpy as np
from numpy.typing import NDArray

INITIAL_WEIGHTS, ROW_ORDER, DROPOUT, SPLIT, MASKING, MEMBERS, GROUPS = range(7)

WORD = 2**64


def philox(
    seed: int, purpose: int, word_1: int = 0, word_2: int = 0, first_block: int = 0
) -> np.random.Philox:
    """Return the stream of one purpose, standing before block ``first_block``."""
    counter = np.array([first_block, word_1, word_2, 0], dtype=np.uint64)
    key = np.array([seed % WORD, purpose], dtype=np.uint64)
    return np.random.Philox(key=key, counter=counter)


def row_order(seed: int, epoch: int, n_rows: int, window: int = 0) -> NDArray[np.int64]:
    """Return the order of the rows in one epoch: a stable argsort of one raw key a row.

    Where an epoch has several windows, each has an order of its own.

    Examples
    --------
    >>> order = row_order(seed=0, epoch=3, n_rows=5)
    >>> sorted(order.tolist())
    [0, 1, 2, 3, 4]
    """
    keys = philox(seed, ROW_ORDER, epoch, window).random_raw(n_rows)
    return np.argsort(keys, kind="stable")


def group_keys(seed: int, epoch: int, n_groups: int) -> NDArray[np.uint64]:
    """Return the keys by which an epoch of several windows deals out the row groups to them."""
    return philox(seed, GROUPS, epoch).random_raw(n_groups)


def raw_words32(
    seed: int, purpose: int, word_1: int, word_2: int, first_block: int, blocks: int
) -> NDArray[np.uint32]:
    """Return ``8 * blocks`` raw 32-bit words; the low half of each 64-bit word comes first."""
    raw = philox(seed, purpose, word_1, word_2, first_block).random_raw(4 * blocks)
    return raw.astype("<u8", copy=False).view("<u4")
