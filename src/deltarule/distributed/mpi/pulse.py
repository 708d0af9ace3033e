"""Are all workers alive? Each is heard of by the next one, whatever it is doing otherwise."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
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
        send, receive = (
            partial(comm.Isend, beat, after, BEAT),
            partial(comm.Irecv, heard, before, BEAT),
        )
        # One neighbour may be lost, and the main thread not know it yet: the other one is still
        # beaten to, or listened to.
        sending, receiving, last = _begun(send), _begun(receive), monotonic()
        while not self._is_over.wait(self._timeout / BEATS):
            if _is_done(receiving):
                receiving, last = _begun(receive), monotonic()
            if _is_done(sending):
                sending = _begun(send)
            if receiving is not None and monotonic() - last > self._timeout:
                self._give_up(before)
                return
        if receiving is not None:
            with suppress(MPI.Exception):
                receiving.Cancel()
                receiving.Wait()


def _begun(message: Callable[[], MPI.Request]) -> MPI.Request | None:
    """Return a message that has begun; None where the other worker is lost."""
    try:
        return message()
    except MPI.Exception:
        return None


def _is_done(message: MPI.Request | None) -> bool:
    """Return whether a message is over, also because the other worker is lost."""
    try:
        return message is not None and message.Test()
    except MPI.Exception:
        return True


def abort(comm: MPI.Comm, message: str, code: int) -> None:
    """Say why, and end all workers, wherever they are."""
    sys.stderr.write(f"deltarule: {message}\n")
    sys.stderr.flush()
    sleep(REACHING)
    comm.Abort(code)
    os._exit(code)  # where MPI does not
