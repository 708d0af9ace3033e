"""Ctrl-C and SIGTERM while training: the step is finished, the run left where it can go on."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from deltarule.callbacks import Callback
from deltarule.training import Leave, TrainingState

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class LeftBySignal(Leave):
    """The process was told to end, and the run has been left between two steps."""

    def __init__(self, number: int, epoch: int) -> None:
        super().__init__(number, epoch)
        self.number, self.epoch = number, epoch


class SignalWatch(Callback):
    """Leaves the run at the end of the burst in which a signal has come."""

    def __init__(self) -> None:
        self._received: int | None = None
        self._epoch = 0

    def on_burst(self, state: TrainingState) -> None:
        """Leave, if it is time."""
        self._epoch = state.epoch + 1
        self.leave_if_told()

    def leave_if_told(self) -> None:
        """Raise if a signal has come."""
        if self._received is not None:
            raise LeftBySignal(self._received, self._epoch)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Take note of signals during the block; a second one of a kind acts at once, as ever."""
        before = {number: signal.getsignal(number) for number in SIGNALS}

        def note(number: int, frame: object) -> None:
            self._received = number
            signal.signal(number, before[signal.Signals(number)])

        for number in SIGNALS:
            signal.signal(number, note)
        try:
            yield
            self.leave_if_told()  # one that came after the last burst
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
