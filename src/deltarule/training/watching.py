"""Looking on while a network is trained: the loop's moments, each with an empty body."""

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


class Leave(BaseException):
    """Raised by whoever looks on, at the end of a burst, to leave the run and go on later."""
