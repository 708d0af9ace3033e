"""Who owns which slices of a batch, and in which order their sums are added.

A batch has V slices, V a power of two; they are the leaves of a binary tree, whose sums are taken
from the leaves up. Floating-point sums depend on their order, and here the order is that of the
tree: for any number of workers, the bits are the same.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from deltarule.network.arrays import Integers

T = TypeVar("T")


def owned(rank: int, size: int, shards: int) -> range:
    """Return the slices of worker ``rank`` of ``size``: [rank V / size, (rank + 1) V / size).

    Examples
    --------
    >>> [owned(rank, 3, 8) for rank in range(3)]
    [range(0, 2), range(2, 5), range(5, 8)]
    """
    return range(rank * shards // size, (rank + 1) * shards // size)


@dataclass(frozen=True)
class Share:
    """The part of each batch that one worker works on.

    Rows are dealt out to as many parts as a batch has slices; slice p has rows of part p alone. So
    a worker needs the rows of some parts, and no others.

    Attributes
    ----------
    owned : range
        Its slices.
    shards : int
        All slices.
    """

    owned: range
    shards: int

    @property
    def is_all(self) -> bool:
        """Whether there is nobody else."""
        return len(self.owned) == self.shards

    def has(self, numbers: Integers) -> NDArray[np.bool_]:
        """Return which of these are dealt out to it: number i to part i modulo V."""
        parts = numbers % self.shards
        return (parts >= self.owned.start) & (parts < self.owned.stop)


def subtrees(slices: range) -> list[range]:
    """Return the whole subtrees that consecutive slices are made of: the largest there are.

    Examples
    --------
    >>> subtrees(range(2, 5)), subtrees(range(5, 8)), subtrees(range(4, 8))
    ([range(2, 4), range(4, 5)], [range(5, 6), range(6, 8)], [range(4, 8)])
    """
    found, start = [], slices.start
    while start < slices.stop:
        length = 1
        while start % (2 * length) == 0 and start + 2 * length <= slices.stop:
            length *= 2
        found.append(range(start, start + length))
        start += length
    return found


def add_up(sums: Iterable[tuple[range, T]], add: Callable[[T, T], T]) -> T:
    """Return the sum of the whole tree, from those of subtrees that make it up, in their order.

    Examples
    --------
    >>> sums = [(range(0, 1), "a"), (range(1, 2), "b"), (range(2, 4), "c")]
    >>> add_up(sums, lambda left, right: f"({left} + {right})")
    '((a + b) + c)'
    """
    done: list[tuple[range, T]] = []
    for node, value in sums:
        done.append((node, value))
        while len(done) > 1 and _are_siblings(done[-2][0], done[-1][0]):
            (left, first), (right, second) = done[-2:]
            done[-2:] = [(range(left.start, right.stop), add(first, second))]
    ((_, total),) = done
    return total


def _are_siblings(left: range, right: range) -> bool:
    return len(left) == len(right) and left.start % (2 * len(left)) == 0
