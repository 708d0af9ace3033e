"""Is this process one of several workers that an MPI has started? Then only one of them speaks."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deltarule.distributed import Communicator

# What mpiexec and srun tell the processes that they start: of Open MPI, of MPICH and its kin, of
# Slurm. The first ones that are there count.
PLACES = (
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
    ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS"),
)
STARTED = "DELTARULE_WORKER"  # said to the processes that --workers starts
DONE = "\x06deltarule\n"  # said by worker 0: mpiexec also ends with 0 where all were killed
PATIENCE = 60.0  # seconds until all workers have come to their end
REACHING, LATER = 0.2, 1.0  # seconds until worker 0 ends, and the others

_workers: "Communicator | None" = None  # the job's, once this process knows them
_are_joined = False  # whether they may have to be told of this one's end


def place() -> tuple[int, int] | None:
    """Return this process's number, and how many there are; None where it is on its own."""
    for rank, size in PLACES:
        if os.environ.get(rank, "").isdecimal() and os.environ.get(size, "").isdecimal():
            number, count = int(os.environ[rank]), int(os.environ[size])
            return (number, count) if count > 1 else None
    return None


def is_started() -> bool:
    """Return whether --workers has started this process: also where it is the only one left."""
    return place() is not None or STARTED in os.environ


def speaks() -> bool:
    """Return whether it is this process that tells a person what there is to be told."""
    if _workers is not None:
        return _workers.is_root
    here = place()
    return here is None or here[0] == 0


@contextmanager
def joined(timeout: float) -> "Iterator[Communicator]":
    """Give the workers of the job that this process is part of, or this process alone.

    Raises
    ------
    WorkersDifferError, MissingExtraError
    """
    from deltarule.distributed import SERIAL, connect
    from deltarule.errors import WorkersDifferError

    global _workers, _are_joined
    here = place()
    if here is None:
        yield SERIAL
        return
    with connect("mpi", timeout) as workers:
        seen = getattr(workers, "n_begun", 1)
        if seen != here[1]:
            raise WorkersDifferError(
                f"{here[1]} processes were started, but MPI sees {seen}: the one that "
                "mpi4py has found is not the one that started them. With Slurm, try srun "
                "--mpi=pmix or --mpi=pmi2; else use the mpiexec of the same MPI."
            )
        _workers, _are_joined = workers, True
        yield workers
    _are_joined = False  # they have all come to the end of it


def leave(code: int) -> int:
    """Return the exit code of this process; of several, all of them end with that of worker 0."""
    if code == 0 and STARTED in os.environ and speaks():
        sys.stdout.flush()
        sys.stderr.write(DONE)
    if place() is None or code == 0 or "mpi4py.MPI" not in sys.modules:
        return code
    sys.stdout.flush()
    sys.stderr.flush()
    from mpi4py.MPI import COMM_WORLD

    from deltarule.distributed.connecting import ending_after

    if _workers is not None and _are_joined:
        with ending_after(PATIENCE), suppress(Exception):
            _workers.barrier()  # until worker 0 has said why
        if _workers.size == 1:  # the last one left: where it aborts, mpiexec ends with 0
            os._exit(code)
    # mpiexec ends with the code of the first one, and should have passed on what it has said.
    time.sleep(REACHING if speaks() else LATER)
    COMM_WORLD.Abort(code)
    return code


def drop_out() -> None:
    """Die of SIGTERM, if this process is one of several: the others go on without it if they can.

    It may be in the middle of anything, and has nothing to say to them.
    """
    if place() is None or "mpi4py.MPI" not in sys.modules:
        return
    sys.stdout.flush()
    sys.stderr.flush()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)
