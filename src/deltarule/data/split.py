"""Holding rows out, every class in its share."""

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from deltarule.network.randomness import SPLIT, philox


def hold_out(
    y: NDArray[np.int64], fraction: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers of the rows to train on and of the rows to validate on.

    Classes keep their shares on both sides. A class with a single row stays in training.

    Parameters
    ----------
    y : array (n,)
        Class indices.
    fraction : float in (0, 1)
        The share to validate on: at least one row a class, as long as that leaves training
        as many; with fewer than four rows a class on average, none are held out.
    seed : int
    """
    rows = np.arange(len(y))
    counts = np.bincount(y)
    alone = counts[y] == 1
    pool, n_classes = rows[~alone], int((counts > 1).sum())
    n_valid = max(n_classes, round(fraction * len(y)))
    if len(pool) < 4 * n_classes or n_valid > len(pool) - n_classes or n_classes == 0:
        return rows, rows[:0]
    train, valid = train_test_split(
        pool,
        test_size=n_valid,
        stratify=y[pool],
        random_state=np.random.RandomState(philox(seed, SPLIT)),
    )
    return np.sort(np.concatenate([rows[alone], train])), np.sort(valid)
