"""What ``verbose`` prints."""

from deltarule.training import TrainingState, Watcher


class Printer(Watcher):
    """Prints each epoch's loss and score, in scikit-learn's words."""

    def __init__(self, epochs_before: int) -> None:
        self._before = epochs_before

    def end_epoch(self, state: TrainingState) -> None:
        epoch = state.history[-1]
        print(f"Iteration {state.epoch - self._before}, loss = {epoch.loss:.8f}")  # noqa: T201
        if epoch.score is not None:
            print(f"Validation score: {epoch.score:.6f}")  # noqa: T201
        if state.stopped is not None:
            print(f"Stopping: {state.stopped}.")  # noqa: T201
