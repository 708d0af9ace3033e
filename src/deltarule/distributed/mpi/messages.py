"""Messages between workers: arrays and objects from one to another, and waiting for them.

Nothing here but MPI's sends and receives that do not block, so that a worker who waits still minds
its signals, and hears of another's loss.
"""

import os
import pickle
from collections.abc import Iterable
from time import monotonic, sleep
from typing import Any

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

LENGTH, BODY = 1, 2  # tags of an object
EAGER, PATIENT = 0.02, 0.0005  # seconds of asking all the time; then from one time to the next


class Messages:
    """What is on its way from and to this worker, in one of MPI's communicators.

    Attributes
    ----------
    bytes_sent : int
    """

    def __init__(self, comm: MPI.Comm) -> None:
        self._comm, self.bytes_sent = comm, 0
        self._requests: list[MPI.Request] = []  # they hold the arrays, while MPI writes to them

    def send(self, array: NDArray[Any], to: int, tag: int) -> None:
        """Begin to send an array, which must not be written to before :meth:`wait` has returned."""
        self._requests.append(self._comm.Isend(array, to, tag))
        self.bytes_sent += array.nbytes

    def receive(self, array: NDArray[Any], source: int, tag: int) -> None:
        """Begin to receive an array of this dtype and size."""
        self._requests.append(self._comm.Irecv(array, source, tag))

    def wait(self) -> None:
        """Wait until all that was begun is over.

        Raises
        ------
        mpi4py.MPI.Exception
            If a worker is lost.
        """
        begun = monotonic()
        while not MPI.Request.Testall(self._requests):
            if monotonic() - begun < EAGER:
                os.sched_yield()  # to another worker on this core
            else:
                sleep(PATIENT)
        self._requests.clear()

    def send_object(self, given: Any, to: int) -> None:
        """Begin to send anything that can be pickled."""
        body = np.frombuffer(pickle.dumps(given, pickle.HIGHEST_PROTOCOL), np.uint8)
        self.send(np.array([len(body)]), to, LENGTH)
        self.send(body, to, BODY)

    def receive_objects(self, sources: Iterable[int]) -> list[Any]:
        """Wait for an object from each of these workers."""
        sources = list(sources)
        lengths = [np.zeros(1, np.int64) for _ in sources]
        for source, length in zip(sources, lengths, strict=True):
            self.receive(length, source, LENGTH)
        self.wait()
        bodies = [np.empty(int(length[0]), np.uint8) for length in lengths]
        for source, body in zip(sources, bodies, strict=True):
            self.receive(body, source, BODY)
        self.wait()
        return [pickle.loads(body.tobytes()) for body in bodies]  # noqa: S301 - from our own workers
