"""When to stop, when to slow down: rules that read the history and decide nothing else."""

from dataclasses import dataclass

from deltarule.training.state import TrainingState


@dataclass(frozen=True)
class Patience:
    """Stop, or slow down, when nothing has improved for a number of epochs.

    scikit-learn's rule: an epoch that does not gain at least ``tol`` over the best so far is
    stale; after more than ``epochs`` stale ones in a row, training stops - or, where
    ``slow_down`` is above 1 ("adaptive"), the rate is divided by it and counting starts again,
    until the rate is at or below ``least_rate``.

    Parameters
    ----------
    tol : float
    epochs : float
        An int, or infinity for never.
    by_score : bool
        Whether the validation score has to improve, rather than the training loss.
    slow_down : float
    least_rate : float
    """

    tol: float
    epochs: float
    by_score: bool = False
    slow_down: float = 1.0
    least_rate: float = 1e-6

    def judge(self, state: TrainingState) -> None:
        """Compare the epoch that just ended with the best *before* it.

        Sets ``stale_epochs``, and ``rate_factor`` or ``stopped`` where it is time for that.
        """
        epoch = state.history[-1]
        if self.by_score and epoch.score is not None:
            stale = not epoch.score >= state.best_score + self.tol  # a NaN is no improvement
        else:
            stale = epoch.loss > state.best_loss - self.tol
        state.stale_epochs = state.stale_epochs + 1 if stale else 0
        if state.stale_epochs > self.epochs:
            self._give_up(state, epoch.rate)

    def _give_up(self, state: TrainingState, rate: float) -> None:
        if self.slow_down > 1 and rate > self.least_rate:
            state.rate_factor /= self.slow_down
            state.stale_epochs = 0
            return
        by_score = self.by_score and state.history[-1].score is not None
        what = "validation score" if by_score else "training loss"
        gain = f" by {self.tol:g}" if self.tol else ""
        state.stopped = f"the {what} did not improve{gain} for more than {self.epochs:g} epochs"
