"""The area under the ROC curve of rows that pass by in batches, in bounded memory."""

import numpy as np
from numpy.typing import NDArray

MOST_VALUES = 1 << 22  # different probabilities to tell apart, of all classes together


class RankTally:
    """Counts the rows of one class, and those of the others, by their probability.

    The area is the share of pairs, of a row of the class and one of another, in which the first is
    the likelier; pairs with the same probability count half (Hanley & McNeil 1982). For that, only
    the probabilities that occur have to be known, and how often. Where they are too many, the last
    bits of the float32 numbers are dropped, so that neighbours count as the same: :attr:`error`
    says how much that can matter.

    Parameters
    ----------
    most : int
        How many different probabilities to keep.
    """

    def __init__(self, most: int = MOST_VALUES) -> None:
        self._most, self._dropped = most, 0
        self._keys = np.zeros(0, np.uint32)
        self._counts = np.zeros((0, 2), np.int64)  # rows of the others, of the class
        self._waiting: list[tuple[NDArray[np.uint32], NDArray[np.bool_]]] = []
        self._n_waiting = 0

    def add(self, p: NDArray[np.float32], is_of_class: NDArray[np.bool_]) -> None:
        """Count some rows.

        Parameters
        ----------
        p : array (n,)
            In [0, 1].
        is_of_class : array (n,)
        """
        # Of numbers that are not negative, the bits as an integer have their order.
        keys = (p.astype(np.float32) + np.float32(0)).view(np.uint32)
        self._waiting.append((keys, is_of_class))
        self._n_waiting += len(keys)
        if self._n_waiting > len(self._keys):  # so that each sort is of twice as many at the most
            self._merge_waiting()

    def _merge_waiting(self) -> None:
        if not self._n_waiting:
            return
        keys, own = map(np.concatenate, zip(*self._waiting, strict=True))
        self._waiting, self._n_waiting = [], 0
        counts = np.stack([~own, own], axis=1).astype(np.int64)
        keys = np.concatenate([self._keys, keys >> np.uint32(self._dropped)])
        self._merge(keys, np.concatenate([self._counts, counts]))
        while len(self._keys) > self._most:
            self._dropped += 1
            self._merge(self._keys >> np.uint32(1), self._counts)

    def _merge(self, keys: NDArray[np.uint32], counts: NDArray[np.int64]) -> None:
        self._keys, places = np.unique(keys, return_inverse=True)
        self._counts = np.zeros((len(self._keys), 2), np.int64)
        np.add.at(self._counts, places, counts)

    @property
    def area(self) -> float | None:
        """The area; None where one side has no rows."""
        self._merge_waiting()
        pairs = self._pairs
        if not pairs:
            return None
        others, own = self._counts.T.astype(np.float64)
        below = np.cumsum(others) - others
        return float((own * (below + others / 2)).sum() / pairs)

    @property
    def error(self) -> float:
        """How far the area may be from that of the exact probabilities; 0 where all are kept."""
        self._merge_waiting()
        if not self._dropped or not self._pairs:
            return 0.0
        others, own = self._counts.T.astype(np.float64)
        return float((own * others).sum() / 2 / self._pairs)

    @property
    def _pairs(self) -> float:
        others, own = self._counts.sum(axis=0).tolist()
        return float(others) * float(own)
