"""Are all workers alive? Each is heard of by the next one, whatever it is doing otherwise."""

import os
import sys
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic, sleep

import numpy as np
from mpi4py import MPI

BEATS = 8  # within the time after which a worker is given up
BEAT = 3  # tag
REACHING = 0.3  # seconds, by which mpiexec has passed on what was said


class Pulse:
    """A thread that sends a beat to the next worker, and listens to the one before.

    A worker that is stopped, or cut off, is not lost as far as MPI knows, and the others would wait
    for it for ever.

    Parameters
    ----------
    comm : mpi4py.MPI.Comm
        Of these beats alone.
    timeout : float
        Seconds of silence until ``give_up`` is called.
    give_up : callable
        Gets the number of the worker that is silent.
    """

    def __init__(self, comm: MPI.Comm, timeout: float, give_up: Callable[[int], None]) -> None:
        self._comm, self._timeout, self._give_up = comm, timeout, give_up
        self._is_over = Event()
        self._thread = Thread(target=self._beat, name="pulse", daemon=True)
        if comm.size > 1:
            self._thread.start()

    def stop(self) -> None:
        """End it, and wait for that."""
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _beat(self) -> None:
        comm, beat, heard = self._comm, np.zeros(1, np.uint8), np.zeros(1, np.uint8)
        after, before = (comm.rank + 1) % comm.size, (comm.rank - 1) % comm.size
        try:
            sending = comm.Isend(beat, after, BEAT)
            receiving = comm.Irecv(heard, before, BEAT)
            last = monotonic()
            while not self._is_over.wait(self._timeout / BEATS):
                if receiving.Test():
                    receiving, last = comm.Irecv(heard, before, BEAT), monotonic()
                if sending.Test():
                    sending = comm.Isend(beat, after, BEAT)
                if monotonic() - last > self._timeout:
                    self._give_up(before)
                    return
            receiving.Cancel()
            receiving.Wait()
        except MPI.Exception:
            return  # a worker is lost: those that the main thread is left with begin anew


def abort(comm: MPI.Comm, message: str, code: int) -> None:
    """Say why, and end all workers, wherever they are."""
    sys.stderr.write(f"deltarule: {message}\n")
    sys.stderr.flush()
    sleep(REACHING)
    comm.Abort(code)
    os._exit(code)  # where MPI does not
