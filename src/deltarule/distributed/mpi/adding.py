"""Adding up vectors over workers: by messages, or in memory that all of them see."""

from itertools import pairwise
from typing import Any

import numpy as np

from deltarule.distributed.communicator import Compute, Numbers
from deltarule.distributed.mpi.messages import Messages
from deltarule.distributed.mpi.shared import share_vectors
from deltarule.distributed.tree import add_up, owned, subtrees
from deltarule.network.arrays import Floats

NUMBERS, PART, SUM, HERE = 11, 12, 13, 14  # tags
WORTH_SHARING = 8192  # elements
LINE = 16  # elements: where the vector is cut


class Adder:
    """Adds up the slices of batches over the workers that there are now.

    Each worker adds up one of as many spans of the vector, over all subtrees: a reduce-scatter,
    and an allgather. Where their number N divides that of slices, a worker sends what it would send
    around a ring: 2 (N - 1) / N of the vector.

    Parameters
    ----------
    messages : Messages
    rank, size : int
    shares_memory : bool
        Whether vectors are in memory that all see, where all workers are on one machine: then
        nothing is sent but words of being there.
    """

    def __init__(self, messages: Messages, rank: int, size: int, shares_memory: bool) -> None:
        self._messages, self.rank, self.size = messages, rank, size
        self._others = [worker for worker in range(size) if worker != rank]
        self._shares_memory = shares_memory
        self._buffers: dict[str, Floats] = {}
        self._shared_about: Any = None
        self._shared_vectors: Floats | None = None

    def add(self, shards: int, compute: Compute, out: Floats) -> tuple[Numbers, Floats]:
        """Do what :meth:`deltarule.distributed.Communicator.add` does."""
        if self.size == 1:
            return compute(range(shards), out), out
        nodes = [subtrees(owned(worker, self.size, shards)) for worker in range(self.size)]
        spans = spans_of(len(out), self.size)
        shared = self._shared(sum(map(len, nodes)) + 1, out)
        with np.errstate(invalid="ignore", over="ignore"):  # divergence is the loop's to notice
            if shared is None:
                return self._add_by_messages(nodes, spans, compute, out)
            return self._add_in_shared(nodes, spans, compute, shared)

    def _add_by_messages(
        self, nodes: list[list[range]], spans: list[slice], compute: Compute, out: Floats
    ) -> tuple[Numbers, Floats]:
        """Send each worker its span of my subtrees, and it its sum to all.

        ``out`` is written to when a sum is there, for which all workers have sent their parts: so
        all of them have got those of the operation before.
        """
        mine = self._buffer("mine", (len(nodes[self.rank]), len(out)), out)
        numbers = np.array([compute(*each) for each in zip(nodes[self.rank], mine, strict=True)])
        told = self._tell_numbers(numbers, nodes)
        parts = self._tell_parts(mine, nodes, spans)
        self._messages.wait()
        add_into(out[spans[self.rank]], parts)
        for worker in self._others:
            self._messages.send(out[spans[self.rank]], worker, SUM)
            self._messages.receive(out[spans[worker]], worker, SUM)
        self._messages.wait()
        return _total(told, nodes), out

    def _add_in_shared(
        self, nodes: list[list[range]], spans: list[slice], compute: Compute, shared: Floats
    ) -> tuple[Numbers, Floats]:
        """Have everybody's subtrees in memory that all see, each worker adding up its span.

        That memory's last vector is the sum. It is written to when all have told their numbers, so
        have done with it; and subtrees are when all have added up what they had to.
        """
        first = sum(map(len, nodes[: self.rank]))
        mine, own, total = shared[first:], spans[self.rank], shared[-1]
        each = enumerate(nodes[self.rank])
        numbers = np.array([compute(node, mine[i]) for i, node in each])
        told = self._tell_numbers(numbers, nodes)
        self._messages.wait()
        in_order = [node for each in nodes for node in each]
        add_into(total[own], list(zip(in_order, shared[:-1, own], strict=True)))
        self._meet()
        return _total(told, nodes), total

    def _meet(self) -> None:
        """Wait until all workers are here."""
        for worker in self._others:
            self._messages.receive(np.empty(1, np.uint8), worker, HERE)
            self._messages.send(np.zeros(1, np.uint8), worker, HERE)
        self._messages.wait()

    def _shared(self, count: int, like: Floats) -> Floats | None:
        """Return vectors that all workers see, made once; None where there are none."""
        if not self._shares_memory or len(like) < WORTH_SHARING:
            return None
        about = (count, len(like), like.dtype)
        if about != self._shared_about:
            self._shared_vectors = share_vectors(
                count, like, self._messages, self.rank, self._others
            )
            self._shared_about = about
        return self._shared_vectors

    def _tell_numbers(self, numbers: Numbers, nodes: list[list[range]]) -> list[Numbers]:
        """Begin to exchange the numbers of all subtrees; return where each worker's will be."""
        told = [np.empty((len(each), numbers.shape[1])) for each in nodes]
        told[self.rank] = numbers
        for worker in self._others:
            self._messages.receive(told[worker], worker, NUMBERS)
            self._messages.send(numbers, worker, NUMBERS)
        return told

    def _tell_parts(
        self, mine: Floats, nodes: list[list[range]], spans: list[slice]
    ) -> list[tuple[range, Floats]]:
        """Begin to send each worker its span of my subtrees; return where those of mine will be."""
        own = spans[self.rank]
        theirs = self._buffer("theirs", (sum(map(len, nodes)), own.stop - own.start), mine)
        parts: list[tuple[range, Floats]] = []
        for worker, each in enumerate(nodes):
            for i, node in enumerate(each):
                part = mine[i, own] if worker == self.rank else theirs[len(parts)]
                parts.append((node, part))
                if worker != self.rank:
                    self._messages.receive(part, worker, PART)
        for worker in self._others:
            for part in mine:
                self._messages.send(part[spans[worker]], worker, PART)
        return parts

    def _buffer(self, name: str, shape: tuple[int, int], like: Floats) -> Floats:
        """Return room that is used again as long as it fits."""
        found = self._buffers.get(name)
        if found is None or found.shape != shape or found.dtype != like.dtype:
            found = self._buffers[name] = np.zeros(shape, like.dtype)
        return found


def _total(told: list[Numbers], nodes: list[list[range]]) -> Numbers:
    """Return the sum of the numbers of all subtrees."""
    in_order = [node for each in nodes for node in each]
    return add_up(zip(in_order, np.concatenate(told), strict=True), np.add)


def spans_of(n: int, size: int) -> list[slice]:
    """Return which part of a vector each worker adds up."""
    cuts = [LINE * (n * worker // size // LINE) for worker in range(size)]
    return [slice(*cut) for cut in pairwise([*cuts, n])]


def add_into(out: Floats, parts: list[tuple[range, Floats]]) -> None:
    """Add up subtrees, which are overwritten; the last sum is written to ``out``."""
    middle = parts[-1][0].stop // 2  # of the whole tree, two halves of which are added last
    halves = (
        [(node, part) for node, part in parts if node.start < middle],
        [(node, part) for node, part in parts if node.start >= middle],
    )
    left, right = (add_up(half, _add_to) for half in halves)
    np.add(left, right, out=out)


def _add_to(left: Floats, right: Floats) -> Floats:
    return np.add(left, right, out=left)
