"""Workers that talk through MPI, by mpi4py.

Where the MPI has ULFM (Open MPI 5 under ``mpiexec --with-ft ulfm``), those that are left go on
when a worker is lost. Everybody is in one operation, or in the next one: those who have missed the
result of the one are told it by those who have it, and if nobody has, it is done once more, by
fewer.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from mpi4py import MPI

from deltarule.distributed.communicator import LOG, Communicator, Compute, Numbers
from deltarule.distributed.mpi.messages import Messages
from deltarule.distributed.mpi.pulse import Pulse, abort
from deltarule.distributed.mpi.shared import share_vectors
from deltarule.distributed.tree import add_up, owned, subtrees
from deltarule.errors import DivergenceError, WorkerError
from deltarule.network.arrays import Floats

T = TypeVar("T")
A = TypeVar("A")

NUMBERS, PART, SUM, HERE = 11, 12, 13, 14  # tags
WORTH_SHARING = 8192  # elements
LINE = 16  # elements: where the vector is cut
LOST = {
    MPI.ERR_PROC_FAILED,
    MPI.ERR_PROC_FAILED_PENDING,
    MPI.ERR_REVOKED,
    MPI.ERR_IN_STATUS,  # of several messages, one of these
}
KNOWN = (DivergenceError, WorkerError)  # errors that all workers come to by themselves
AGAIN: Any = object()
WORKER_FAILED = 69  # the exit code: a service is unavailable


@dataclass(frozen=True)
class Outcome:
    """What came of something that may have failed: its value, or why not."""

    value: Any = None
    failure: str | None = None


class MpiCommunicator(Communicator):
    """Workers that are processes of one MPI job.

    The vectors of :meth:`add` are summed by a reduce-scatter and an allgather: each worker adds up
    one of as many spans. What a worker sends, where their number N divides that of slices, is what
    it would send around a ring: 2 (N - 1) / N of the vector. On one machine nothing is sent: the
    vectors are in memory that all see.

    Parameters
    ----------
    comm : mpi4py.MPI.Intracomm
        The workers; it is not used itself.
    timeout : float
        Seconds until a worker that says nothing at all is given up.
    shares_memory : bool
        Whether vectors are in memory that all see, where all workers are on one machine.

    Attributes
    ----------
    n_begun : int
        Workers that there were at the beginning.
    """

    def __init__(
        self, comm: MPI.Intracomm, timeout: float = 60.0, *, shares_memory: bool = True
    ) -> None:
        self._timeout, self._sent_before = timeout, 0
        self._n_done = 0
        self._last: Any = None
        self._combined: Outcome | None = None
        self._known: Exception | None = None  # to all workers
        self._abandoned: list[Messages] = []
        self._buffers: dict[str, Floats] = {}
        self._shares_memory = shares_memory
        self._shared_about: Any = None
        self._shared_vectors: Floats | None = None
        self._names = [f"worker {rank}" for rank in range(comm.size)]
        self._pulse: Pulse | None = None
        self._comm: MPI.Comm = comm
        self._messages, self.n_begun = Messages(comm), comm.size
        try:
            self._adopt(comm.Dup())
        except MPI.Exception as error:
            self._require_loss(error)
            self._recover()
        where = self.gather(socket.gethostname, list)
        self._names = [f"{name} on {host}" for name, host in zip(self._names, where, strict=True)]
        self.n_here = where.count(where[self.rank])

    def _adopt(self, comm: MPI.Comm) -> None:
        """Go on with these workers."""
        self._comm, self._messages = comm, Messages(comm)
        self.rank, self.size = comm.rank, comm.size
        self._others = [worker for worker in range(comm.size) if worker != comm.rank]
        self._pulse = Pulse(comm.Dup(), self._timeout, self._give_up)

    @property
    def bytes_sent(self) -> int:
        """Bytes that this worker has sent so far."""
        return self._sent_before + self._messages.bytes_sent

    def close(self) -> None:
        """Stop listening to the others; all are to call it."""
        if self._pulse is not None:
            self._pulse.stop()

    def abort(self, message: str) -> None:
        """End all workers, as this one cannot go on, and the others would wait for it."""
        abort(self._comm, f"{self._names[self.rank].capitalize()}: {message}", WORKER_FAILED)

    def add(self, shards: int, compute: Compute, out: Floats) -> tuple[Numbers, Floats]:
        return self._carry_out(lambda: self._add(shards, compute, out))

    def gather(self, make: Callable[[], A], combine: Callable[[list[A]], T]) -> T:
        errors: list[Exception] = []

        def outcome_of(work: Callable[[], Any]) -> Outcome:
            try:
                return Outcome(work())
            except Exception as error:
                errors.append(error)
                name = self._names[self.rank]
                return Outcome(failure=f"{name.capitalize()}: {worded(error)}")

        outcome = self._carry_out(lambda: self._gather(make, combine, outcome_of))
        if outcome.failure is None:
            return outcome.value
        self._known = errors[0] if errors else WorkerError(outcome.failure)
        raise self._known

    @contextmanager
    def failing_together(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if error is not self._known:
                self._fail(error)
            raise

    def _fail(self, error: Exception) -> None:
        def fail() -> None:
            raise error

        with suppress(Exception):
            self.gather(fail, list)

    @contextmanager
    def ending_together(self) -> Iterator[None]:
        try:
            yield
        except (Exception, KeyboardInterrupt) as error:
            is_known = error is self._known or isinstance(error, KNOWN)
            if self.size > 1 and not is_known:
                self.abort(worded(error))
            raise

    def _gather(
        self,
        make: Callable[[], Any],
        combine: Callable[[list[Any]], Any],
        outcome_of: Callable[[Callable[[], Any]], Outcome],
    ) -> Outcome:
        mine, messages = outcome_of(make), self._messages
        if not self.is_root:
            messages.send_object(mine, 0)
            messages.wait()
            return messages.receive_objects([0])[0]
        others = range(1, self.size)
        each = [mine, *messages.receive_objects(others)]
        if self._combined is None:  # else it has been done, but not all could be told
            failed = [outcome for outcome in each if outcome.failure is not None]
            values = [outcome.value for outcome in each]
            self._combined = failed[0] if failed else outcome_of(lambda: combine(values))
        for worker in others:
            messages.send_object(self._combined, worker)
        messages.wait()
        return self._combined

    def _add(self, shards: int, compute: Compute, out: Floats) -> tuple[Numbers, Floats]:
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
        out[spans[self.rank]] = add_up(parts, _add_to)
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
        total[own] = add_up(zip(in_order, shared[:-1, own], strict=True), _add_to)
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

    def _carry_out(self, attempt: Callable[[], Any]) -> Any:
        """Return the result of an operation, in as many attempts as workers are lost in it."""
        result: Any = AGAIN
        while result is AGAIN:
            try:
                result = attempt()
            except MPI.Exception as error:
                self._require_loss(error)
                result = self._recover()
        self._n_done, self._last, self._combined = self._n_done + 1, result, None
        return result

    def _recover(self) -> Any:
        """Go on without those who are lost; return the result, if the operation was over for some.

        Messages of before, and their arrays, are kept: MPI may still know them.
        """
        while True:
            self.close()
            self._abandoned.append(self._messages)
            self._sent_before += self._messages.bytes_sent
            self._buffers.clear()
            self._shared_about = None
            try:
                self._comm.Revoke()
                smaller = self._comm.Shrink()
                self._strike_off(smaller)
                self._adopt(smaller)
                return self._catch_up()
            except MPI.Exception as error:
                self._require_loss(error)

    def _catch_up(self) -> Any:
        """Tell those who have missed a result, or be told."""
        everyone, messages = range(self.size), self._messages
        for worker in self._others:
            messages.send_object(self._n_done, worker)
        counts = dict(zip(self._others, messages.receive_objects(self._others), strict=True))
        counts[self.rank] = self._n_done
        furthest = max(counts.values())
        ahead = min(worker for worker in everyone if counts[worker] == furthest)
        behind = [worker for worker in everyone if counts[worker] < furthest]
        if self.rank in behind:
            return messages.receive_objects([ahead])[0]
        if self.rank == ahead:
            for worker in behind:
                messages.send_object(self._last, worker)
            messages.wait()
        return AGAIN

    def _strike_off(self, smaller: MPI.Comm) -> None:
        """Let go of the names of those who are lost, and tell of them."""
        then, now = self._comm.Get_group(), smaller.Get_group()
        left = MPI.Group.Translate_ranks(now, list(range(now.size)), then)
        lost = [name for rank, name in enumerate(self._names) if rank not in left]
        self._names = [self._names[rank] for rank in left]
        if smaller.rank == 0 and lost:
            LOG.warning(
                "%s lost: going on with %d of %d workers.",
                f"{' and '.join(lost).capitalize()} {'is' if len(lost) == 1 else 'are'}",
                now.size,
                then.size,
            )

    def _require_loss(self, error: MPI.Exception) -> None:
        """Refuse what is not the loss of a worker that can be gone on from."""
        if error.Get_error_class() not in LOST:
            raise WorkerError(f"MPI failed: {error}.") from error

    def _give_up(self, silent: int) -> None:
        abort(
            self._comm,
            f"{self._names[silent].capitalize()} has not been heard of for {self._timeout:g} "
            "seconds: it was stopped, or its machine or network is gone. All workers end. With "
            "--checkpoint, the same command with --resume goes on.",
            WORKER_FAILED,
        )


def _total(told: list[Numbers], nodes: list[list[range]]) -> Numbers:
    """Return the sum of the numbers of all subtrees."""
    in_order = [node for each in nodes for node in each]
    return add_up(zip(in_order, np.concatenate(told), strict=True), np.add)


def worded(error: BaseException) -> str:
    """Return what an error says, or at least what it is."""
    return str(error) or type(error).__name__


def spans_of(n: int, size: int) -> list[slice]:
    """Return which part of a vector each worker adds up."""
    cuts = [LINE * (n * worker // size // LINE) for worker in range(size)]
    return [slice(*cut) for cut in pairwise([*cuts, n])]


def _add_to(left: Floats, right: Floats) -> Floats:
    return np.add(left, right, out=left)
