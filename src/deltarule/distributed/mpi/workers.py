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
from typing import Any, TypeVar

from mpi4py import MPI

from deltarule.distributed.communicator import LOG, Communicator, Compute, Numbers
from deltarule.distributed.mpi.adding import Adder
from deltarule.distributed.mpi.messages import Messages
from deltarule.distributed.mpi.pulse import Pulse, abort
from deltarule.errors import DivergenceError, WorkerError
from deltarule.network.arrays import Floats

T = TypeVar("T")
A = TypeVar("A")

LOST = {
    MPI.ERR_PROC_FAILED,
    MPI.ERR_PROC_FAILED_PENDING,
    MPI.ERR_REVOKED,
    MPI.ERR_IN_STATUS,  # of several messages, one of these
}
AGAIN: Any = object()
WORKER_FAILED = 69  # the exit code: a service is unavailable


@dataclass(frozen=True)
class Outcome:
    """What came of something that may have failed: its value, or why not."""

    value: Any = None
    failure: str | None = None


class MpiCommunicator(Communicator):
    """Workers that are processes of one MPI job.

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
        self._shares_memory = shares_memory
        self._names = [f"worker {rank}" for rank in range(comm.size)]
        self._pulse: Pulse | None = None
        self._comm: MPI.Comm = comm
        self._messages, self.n_begun = Messages(comm), comm.size
        try:
            self._adopt(comm.Dup())
        except MPI.Exception as error:
            self._require_loss(error)
            self._recover()
        here = socket.gethostname()
        hosts = dict(self.gather(lambda: (self._names[self.rank], here), list))
        self._names = [f"{name} on {hosts[name]}" for name in self._names]
        self.n_here = list(hosts.values()).count(here)

    def _adopt(self, comm: MPI.Comm) -> None:
        """Go on with these workers."""
        self._comm, self._messages = comm, Messages(comm)
        self.rank, self.size = comm.rank, comm.size
        self._others = [worker for worker in range(comm.size) if worker != comm.rank]
        self._adder = Adder(self._messages, comm.rank, comm.size, self._shares_memory)
        self._pulse = Pulse(comm.Dup(), self._timeout, self._give_up)

    @property
    def bytes_sent(self) -> int:
        """Bytes that this worker has sent so far."""
        return self._sent_before + self._messages.bytes_sent

    def stop(self) -> None:
        """Listen to the others no more, as this worker fails, or they are lost."""
        if self._pulse is not None:
            self._pulse.stop()

    def close(self) -> None:
        """Wait for all others to come here, and give back to MPI what was taken."""
        self.barrier()
        if self._pulse is None or self._abandoned:  # MPI may still have to do with those lost
            self.stop()
            return
        self._pulse.free()
        self._comm.Free()

    def abort(self, message: str) -> None:
        """End all workers, as this one cannot go on, and the others would wait for it."""
        abort(self._comm, f"{self._names[self.rank].capitalize()}: {message}", WORKER_FAILED)

    def add(self, shards: int, compute: Compute, out: Floats) -> tuple[Numbers, Floats]:
        return self._carry_out(lambda: self._adder.add(shards, compute, out))

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
            if not self._is_known(error):
                self._fail(error)
            raise

    def _is_known(self, error: BaseException | None) -> bool:
        """Return whether an error, or the one that it was raised for, is known to all workers."""
        while error is not None and error is not self._known:
            error = error.__cause__ or error.__context__
        return error is not None

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
            if self.size > 1 and not (self._is_known(error) or isinstance(error, DivergenceError)):
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
            before = self._pulse  # it beats until the next one does: others may not be here yet
            self._abandoned.append(self._messages)
            self._sent_before += self._messages.bytes_sent
            try:
                self._comm.Revoke()
                smaller = self._comm.Shrink()
                self._strike_off(smaller)
                self._adopt(smaller)
                if before is not None:
                    before.stop()
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
        """End all workers for what is not the loss of one, which could be gone on from."""
        if error.Get_error_class() not in LOST:
            self.abort(f"MPI failed: {error}.")

    def _give_up(self, silent: int) -> None:
        abort(
            self._comm,
            f"{self._names[silent].capitalize()} has not been heard of for {self._timeout:g} "
            "seconds: it was stopped, or its machine or network is gone. All workers end. With "
            "--checkpoint, the same command with --resume goes on.",
            WORKER_FAILED,
        )


def worded(error: BaseException) -> str:
    """Return what an error says, or at least what it is."""
    return str(error) or type(error).__name__
