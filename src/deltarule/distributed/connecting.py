"""From what a user says of workers to a communicator."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from warnings import catch_warnings

from deltarule.distributed.communicator import SERIAL, Communicator
from deltarule.distributed.comparing import require_same
from deltarule.engines import describe_machine
from deltarule.errors import MissingExtraError, SettingError

MPI = "mpi"


@contextmanager
def connect(comm: Any) -> Iterator[Communicator]:
    """Give the workers of this program.

    Parameters
    ----------
    comm : None, "mpi" or Communicator
        This process alone; all processes of the MPI job that it is part of; whatever it is.

    Raises
    ------
    SettingError
        If ``comm`` is something else.
    MissingExtraError
        If mpi4py is not installed, or finds no MPI.
    WorkerError
        If they have other versions, or processors whose bits are others.
    """
    if comm is None:
        yield SERIAL
    elif isinstance(comm, Communicator):
        yield comm
    elif comm == MPI:
        with _mpi() as communicator:
            require_same(communicator, machine())
            with ExitStack() as quiet:
                if not communicator.is_root:
                    quiet.enter_context(catch_warnings(action="ignore"))
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


def require_shards(communicator: Communicator, shards: int) -> None:
    """Refuse workers that would have no slice of a batch.

    Raises
    ------
    SettingError
    """
    if communicator.size > shards:
        least = 1 << (communicator.size - 1).bit_length()
        raise SettingError(
            f"{communicator.size} workers cannot share a batch of {shards} slice"
            f"{'' if shards == 1 else 's'}, as each needs one at least. Set shards (--shards) to "
            f"{least} or another power of two from there on, or use fewer workers."
        )


@contextmanager
def _mpi() -> Iterator[Communicator]:
    try:
        from mpi4py.MPI import COMM_WORLD

        from deltarule.distributed.mpi.workers import MpiCommunicator
    except (ImportError, RuntimeError) as error:
        raise MissingExtraError(
            f"Workers need mpi4py and an MPI ({error}). pip install 'deltarule[mpi]' installs both."
        ) from error
    communicator = MpiCommunicator(COMM_WORLD)
    try:
        yield communicator
    finally:
        communicator.close()
