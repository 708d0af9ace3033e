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
LAST = 1  # what the last beat says
MOMENT = 0.0005  # seconds, from one look to the next
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
        self._before = (comm.rank - 1) % comm.size
        self._beat, self._heard = np.zeros(1, np.uint8), np.zeros(1, np.uint8)
        self._send = partial(comm.Isend, self._beat, (comm.rank + 1) % comm.size, BEAT)
        self._receive = partial(comm.Irecv, self._heard, self._before, BEAT)
        self._sending: MPI.Request | None = None
        self._receiving: MPI.Request | None = None
        self._is_over = Event()
        self._thread = Thread(target=self._run, name="pulse", daemon=True)
        if comm.size > 1:
            self._thread.start()

    def stop(self) -> None:
        """End it, where others may be lost."""
        self._join()
        if self._receiving is not None:
            with suppress(MPI.Exception):
                self._receiving.Cancel()
                self._receiving.Wait()

    def free(self) -> None:
        """End it, as all the others do now, and give the communicator back to MPI.

        Each one's last beat says so. After it nothing is on its way that could turn up in another
        communicator, whose number MPI has given out again.
        """
        self._join()
        with suppress(MPI.Exception, TimeoutError):  # lost just now: MPI keeps it until it ends
            if self._comm.size > 1:
                self._exchange_last()
            self._comm.Free()

    def _exchange_last(self) -> None:
        until = monotonic() + self._timeout
        _wait(self._sending, until)
        self._beat[0] = LAST
        self._sending = self._send()
        _wait(self._receiving, until)
        while self._heard[0] != LAST:
            self._receiving = self._receive()
            _wait(self._receiving, until)
        _wait(self._sending, until)

    def _join(self) -> None:
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        # One neighbour may be lost, and the main thread not know it yet: the other one is still
        # beaten to, or listened to.
        self._sending, self._receiving = _begun(self._send), _begun(self._receive)
        last = monotonic()
        while not self._is_over.wait(self._timeout / BEATS):
            if _is_done(self._receiving):
                self._receiving, last = _begun(self._receive), monotonic()
            if _is_done(self._sending):
                self._sending = _begun(self._send)
            if self._receiving is not None and monotonic() - last > self._timeout:
                self._give_up(self._before)
                return


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


def _wait(message: MPI.Request | None, until: float) -> None:
    """Wait until a message is over.

    Raises
    ------
    mpi4py.MPI.Exception, TimeoutError
        Where the other worker is lost, or has stopped.
    """
    while message is None or not message.Test():
        if message is None or monotonic() > until:
            raise TimeoutError
        sleep(MOMENT)


def abort(comm: MPI.Comm, message: str, code: int) -> None:
    """Say why, and end all workers, wherever they are."""
    sys.stderr.write(f"deltarule: {message}\n")
    sys.stderr.flush()
    sleep(REACHING)
    comm.Abort(code)
    os._exit(code)  # where MPI does not
