"""Giving up a fit that a search over hyper-parameters has no hope for."""

import sys
from typing import Any

from deltarule.callbacks.base import Callback, training_of
from deltarule.callbacks.stopping import figure_of, require_monitored
from deltarule.errors import SettingError


class Pruning(Callback):
    """Reports each epoch's figure to a trial, and ends the fit where the trial says so.

    Made for Optuna, but it needs ``trial.report(value, step)`` and ``trial.should_prune()`` only:
    nothing is imported.

    Parameters
    ----------
    trial : optuna.trial.Trial, or any object with these two methods
    monitor : {"validation_score", "validation_loss", "loss"}, default "validation_score"
        The figure to report. The study's direction has to fit it.

    Attributes
    ----------
    pruned_ : bool
        Whether the trial ended the last fit.

    Raises
    ------
    optuna.TrialPruned
        From ``fit``, where Optuna is in use: its study takes it from there. Elsewhere the fit
        ends with the epoch, and ``pruned_`` tells.
    SettingError
        For another monitor, or what is no trial, at once; at ``fit`` where the run lacks that
        figure.

    Examples
    --------
    >>> from deltarule import MLPClassifier
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> class Trial:
    ...     def report(self, value, step):
    ...         self.step = step
    ...     def should_prune(self):
    ...         return self.step == 3
    >>> hook = Pruning(Trial(), "loss")
    >>> MLPClassifier().set_callbacks(hook).fit(X, y).n_iter_, hook.pruned_
    (3, True)
    """

    def __init__(self, trial: Any, monitor: str = "validation_score") -> None:
        require_monitored(monitor)
        if not (hasattr(trial, "report") and hasattr(trial, "should_prune")):
            raise SettingError(
                "trial must have report(value, step) and should_prune(), as Optuna's trials do. "
                f"Got {trial!r} instead."
            )
        self.trial, self.monitor, self.pruned_ = trial, monitor, False

    def setup(self, estimator: Any, context: Any) -> None:
        """Nothing is pruned yet."""
        self.pruned_ = False

    def on_fit_task_end(self, estimator: Any, context: Any) -> bool:
        """Report, and ask."""
        state = training_of(context)
        if state is None:
            return False
        self.trial.report(figure_of(state, self.monitor), state.epoch)
        self.pruned_ = bool(self.trial.should_prune())
        if not self.pruned_:
            return False
        state.stopped = f"pruned in epoch {state.epoch}"
        # Whose trial it is has imported Optuna; anyone else's has no such exception.
        if type(self.trial).__module__.partition(".")[0] == "optuna":
            raise sys.modules["optuna"].TrialPruned(state.stopped)
        return True
