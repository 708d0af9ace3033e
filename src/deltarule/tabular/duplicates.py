"""Rows that are there more than once."""

import numpy as np
from numpy.typing import NDArray

from deltarule.network.randomness import SPLIT, philox

CELLS_AT_ONCE = 1 << 20


def count_duplicates(inputs: NDArray[np.float32], outputs: NDArray[np.int64]) -> int:
    """Return how many rows say the same, label included, as one before them.

    Rows are compared by 64 bits each: a multilinear hash (Dietzfelbinger 1996), which takes two
    that differ for the same once in 2^32 at the most.

    Parameters
    ----------
    inputs : array (n, f)
    outputs : array (n,)
        Class indices.
    """
    factors = philox(0, SPLIT, 1).random_raw(inputs.shape[1] + 1)
    hashes = outputs.astype(np.uint64) * factors[-1]
    rows = max(1, CELLS_AT_ONCE // inputs.shape[1])
    for start in range(0, len(inputs), rows):
        part = inputs[start : start + rows] + np.float32(0)  # of -0.0 and 0.0 one
        hashes[start : start + rows] += part.view(np.uint32).astype(np.uint64) @ factors[:-1]
    return len(hashes) - len(np.unique(hashes))
