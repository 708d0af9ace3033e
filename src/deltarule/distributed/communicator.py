"""The contract of a communicator: what workers that train one network say to each other."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from deltarule.distributed.tree import Share, owned, subtrees
from deltarule.network.arrays import Floats

LOG = logging.getLogger("deltarule.distributed")

T = TypeVar("T")
A = TypeVar("A")

Numbers = NDArray[np.float64]

Compute = Callable[[range, Floats], Numbers]
"""From slices that are a whole subtree, and where to write, to the subtree's sum: a vector, which
is written there, and a few numbers, which are returned."""


class Communicator(ABC):
    """Workers, each of which runs the same program on the same data.

    Whatever is not asked of a communicator each of them computes by itself, and gets the same: the
    parameters, the moments, the course of an epoch. All call the same operations in the same order.
    None of them ends anywhere before all workers have begun it, so nobody is ahead by more than
    one: that is what lets workers go on who have lost one.

    Attributes
    ----------
    rank : int
        This worker's number, from 0. Those behind one that is lost move up.
    size : int
        How many workers there are.
    n_here : int
        How many of them there were, at the beginning, on this machine.
    """

    rank: int
    size: int
    n_here: int

    @property
    def is_root(self) -> bool:
        """Whether this is worker 0, the only one that prints, writes and tells callbacks."""
        return self.rank == 0

    def share(self, shards: int) -> Share:
        """Return which part of each batch this worker works on."""
        return Share(owned(self.rank, self.size, shards), shards)

    def n_vectors(self, shards: int) -> int:
        """Return how many vectors :meth:`add` keeps on this worker, at most, beside ``out``."""
        if self.size == 1:
            return 0
        each = [len(subtrees(owned(worker, self.size, shards))) for worker in range(self.size)]
        return each[self.rank] + -(-sum(each) // self.size)  # its own, and its span of all

    @abstractmethod
    def add(self, shards: int, compute: Compute, out: Floats) -> tuple[Numbers, Floats]:
        """Add up what is computed of each slice of a batch, in the order of a fixed binary tree.

        Parameters
        ----------
        shards : int
            V, the number of slices: a power of two, and no less than that of workers.
        compute : callable
            Is called with the subtrees of this worker's own slices, perhaps more than once.
        out : array (p,)
            Room for the sum of the vectors.

        Returns
        -------
        numbers : array (k,)
            The sum of the numbers.
        vector : array (p,)
            That of the vectors: ``out``, or memory of the communicator's own. It is not to be
            written to, and good until the next operation.
        """

    @abstractmethod
    def gather(self, make: Callable[[], A], combine: Callable[[list[A]], T]) -> T:
        """Return on every worker what worker 0 makes of what each of them has made.

        ``make`` may be called more than once, by one worker; ``combine`` is on worker 0, and once
        it has returned, no other worker's is called, unless worker 0 is lost before it could tell.

        Raises
        ------
        WorkerError
            If ``make`` or ``combine`` failed on another worker; if on this one, its own error.
        """

    def broadcast(self, make: Callable[[], T]) -> T:
        """Return on every worker what worker 0 makes."""
        return self.gather(lambda: None, lambda _: make())

    @contextmanager
    def failing_together(self) -> Iterator[None]:
        """Tell the others of what goes wrong here, in their next :meth:`gather`, which fails then.

        For a block in which nothing is added.
        """
        yield

    @contextmanager
    def ending_together(self) -> Iterator[None]:
        """End all workers where something goes wrong that is not known to all of them."""
        yield

    def barrier(self) -> None:
        """Wait until all workers are here."""
        self.broadcast(lambda: None)


class Serial(Communicator):
    """One worker, who talks to nobody."""

    rank = 0
    size = 1
    n_here = 1

    def add(self, shards: int, compute: Compute, out: Floats) -> tuple[Numbers, Floats]:
        return compute(range(shards), out), out

    def gather(self, make: Callable[[], A], combine: Callable[[list[A]], T]) -> T:
        return combine([make()])


SERIAL = Serial()
