"""Ctrl-C, SIGTERM and a terminal that closes, while training.

The step is finished, and the run left where it can go on.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from deltarule.callbacks import Callback
from deltarule.callbacks.base import training_of
from deltarule.distributed import Communicator
from deltarule.training import Leave, TrainingState

WORDS: dict[int, str] = {signal.SIGINT: "Interrupted", signal.SIGTERM: "Terminated"}
if hasattr(signal, "SIGHUP"):  # the terminal was closed, or its connection lost
    WORDS[signal.SIGHUP] = "Hung up"
STAND_INS: dict[
    int, int
] = {}  # for workers: what mpiexec passes on, and Slurm sends before the end
if hasattr(signal, "SIGUSR1"):
    STAND_INS = {signal.SIGUSR1: signal.SIGINT, signal.SIGUSR2: signal.SIGTERM}


class LeftBySignal(Leave):
    """The process was told to end.

    Parameters
    ----------
    number : int
        Of the signal.
    epoch : int
        In which the run was left between two steps; 0 where it has ended otherwise.
    """

    def __init__(self, number: int, epoch: int) -> None:
        super().__init__(number, epoch)
        self.number, self.epoch = number, epoch


class SignalWatch(Callback):
    """Leaves the run between two steps, as soon as a signal has come."""

    def __init__(self) -> None:
        self._received: int | None = None

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Leave before an epoch, if it is time."""
        state = training_of(context)
        if state is not None:
            self.on_burst(state)

    def on_burst(self, state: TrainingState) -> None:
        """Leave, if it is time."""
        if self._received is not None:
            raise LeftBySignal(self._received, state.epoch + 1)

    @contextmanager
    def watching(self, workers: Communicator) -> Iterator[None]:
        """Take note of signals during the block; a second one of a kind acts at once, as ever.

        One that is ignored (in a background job, under nohup) stays so. Of several workers, what
        counts is what worker 0 has received.
        """
        numbers = [*WORDS, *(STAND_INS if workers.size > 1 else ())]
        before = {number: signal.getsignal(number) for number in numbers}
        watched = {n: h for n, h in before.items() if h not in (signal.SIG_IGN, None)}

        def note(number: int, frame: object) -> None:
            self._received = STAND_INS.get(number, number)
            signal.signal(number, watched[number])

        for number in watched:
            signal.signal(number, note)
        try:
            yield
            received = workers.broadcast(lambda: self._received)
            if received is not None:  # after the last burst, or twice
                raise LeftBySignal(received, 0)
        finally:
            for number, handler in watched.items():
                signal.signal(number, handler)
