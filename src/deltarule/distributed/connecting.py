"""From what a user says of workers to a communicator."""

import os
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from deltarule.distributed.communicator import SERIAL, Communicator
from deltarule.distributed.comparing import require_same
from deltarule.engines import describe_machine
from deltarule.errors import MissingExtraError, SettingError

MPI = "mpi"
TIMEOUT = 60.0  # seconds
# For Open MPI: MPI_Finalize would wait for all workers, and for ever where one is lost.
WITHOUT_WAITING = ("OMPI_MCA_async_mpi_finalize", "1")


@contextmanager
def connect(comm: Any, timeout: float = TIMEOUT) -> Iterator[Communicator]:
    """Give the workers of this program.

    Parameters
    ----------
    comm : None, "mpi" or Communicator
        This process alone; all processes of the MPI job that it is part of; whatever it is.
    timeout : float
        Seconds until a worker that says nothing at all is given up.

    Raises
    ------
    SettingError
        If ``comm`` is something else.
    MissingExtraError
        If mpi4py is not installed, or finds no MPI.
    WorkersDifferError
        If they have other versions, or processors whose bits are others.
    """
    if comm is None:
        yield SERIAL
    elif isinstance(comm, Communicator):
        yield comm
    elif comm == MPI:
        with _mpi(timeout) as communicator:
            require_same(communicator, machine())
            with _warning_once(communicator):
                yield communicator
    else:
        raise SettingError(
            f"comm={comm!r} is not one of None (this process alone) and 'mpi' (all processes of "
            "the MPI job, under mpiexec)."
        )


def machine() -> dict[str, str]:
    """Return what the bits of a worker's sums hang on, by name."""
    described = describe_machine()
    return {name: value for name, value in described.items() if name != "processor"}


def require_shards(n_workers: int, shards: int) -> None:
    """Refuse workers that would have no slice of a batch.

    Raises
    ------
    SettingError
    """
    if n_workers > shards:
        least = 1 << (n_workers - 1).bit_length()
        raise SettingError(
            f"{n_workers} workers cannot share a batch of {shards} slice"
            f"{'' if shards == 1 else 's'}, as each needs one at least. Set shards (--shards) to "
            f"{least} or another power of two from there on, or use fewer workers."
        )


@contextmanager
def _warning_once(communicator: Communicator) -> Iterator[None]:
    """Have warnings shown by whoever is worker 0 then."""
    with warnings.catch_warnings():
        show = warnings.showwarning

        def show_as_root(*about: Any, **others: Any) -> None:
            if communicator.is_root:
                show(*about, **others)

        warnings.showwarning = show_as_root
        yield


@contextmanager
def _mpi(timeout: float) -> Iterator[Communicator]:
    os.environ.setdefault(*WITHOUT_WAITING)
    try:
        with ending_after(timeout):
            from mpi4py.MPI import COMM_WORLD

        from deltarule.distributed.mpi.workers import MpiCommunicator
    except (ImportError, RuntimeError) as error:
        raise MissingExtraError(
            f"Workers need mpi4py and an MPI ({error}). pip install 'deltarule[mpi]' installs both."
        ) from error
    communicator = MpiCommunicator(COMM_WORLD, timeout)
    try:
        yield communicator
        communicator.close()
    except BaseException:
        communicator.stop()
        raise


@contextmanager
def ending_after(seconds: float) -> Iterator[None]:
    """End this process if the block takes longer: it may be waiting for one that is lost.

    While MPI starts no Python runs that could, but the system can.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
