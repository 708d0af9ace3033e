"""Looking on while a network is trained: the loop's moments, each with an empty body."""

from collections.abc import Callable
from typing import Any

from deltarule.distributed import Communicator
from deltarule.training.state import TrainingState


class Watcher:
    """Whoever looks on is told of these moments, always between two steps, with the state whole.

    What a method raises leaves the run there.
    """

    def begin_epoch(self, state: TrainingState) -> None:
        """Look on before the first step of an epoch, or of what is left of it."""

    def end_burst(self, state: TrainingState) -> None:
        """Look on after a burst of steps: many times a minute."""

    def end_epoch(self, state: TrainingState) -> None:
        """Look on when the epoch's record is written; setting ``state.stopped`` ends the run."""

    def leave(self, state: TrainingState) -> None:
        """Look on when the run is left, to be taken up again from this very state."""

    def remember(self) -> Any:
        """Return what another worker would have to know to look on instead; it is pickled."""

    def take_over(self, memory: Any) -> None:
        """Know what another worker's has remembered."""


class Watchers(Watcher):
    """Several who look on, one after the other."""

    def __init__(self, *watchers: Watcher | None) -> None:
        self._watchers = [watcher for watcher in watchers if watcher is not None]

    def begin_epoch(self, state: TrainingState) -> None:
        for watcher in self._watchers:
            watcher.begin_epoch(state)

    def end_burst(self, state: TrainingState) -> None:
        for watcher in self._watchers:
            watcher.end_burst(state)

    def end_epoch(self, state: TrainingState) -> None:
        for watcher in self._watchers:
            watcher.end_epoch(state)

    def leave(self, state: TrainingState) -> None:
        for watcher in self._watchers:
            watcher.leave(state)

    def remember(self) -> Any:
        return [watcher.remember() for watcher in self._watchers]

    def take_over(self, memory: Any) -> None:
        for watcher, remembered in zip(self._watchers, memory, strict=True):
            watcher.take_over(remembered)


class SharedWatcher(Watcher):
    """Looks on at worker 0 alone, for all workers: they stop, or leave, together."""

    def __init__(self, watcher: Watcher, communicator: Communicator) -> None:
        self._watcher, self._communicator = watcher, communicator

    def begin_epoch(self, state: TrainingState) -> None:
        self._share(self._watcher.begin_epoch, state)

    def end_burst(self, state: TrainingState) -> None:
        self._share(self._watcher.end_burst, state)

    def end_epoch(self, state: TrainingState) -> None:
        self._share(self._watcher.end_epoch, state)
        memory = self._communicator.broadcast(self._watcher.remember)
        if not self._communicator.is_root:
            self._watcher.take_over(memory)

    def leave(self, state: TrainingState) -> None:
        self._share(self._watcher.leave, state)

    def _share(self, look: Callable[[TrainingState], None], state: TrainingState) -> None:
        def look_on() -> tuple[str | None, Leave | None]:
            try:
                look(state)
            except Leave as left:
                return state.stopped, left
            return state.stopped, None

        state.stopped, left = self._communicator.broadcast(look_on)
        if left is not None:
            raise left


class Leave(BaseException):
    """Raised by whoever looks on, at the end of a burst, to leave the run and go on later."""
