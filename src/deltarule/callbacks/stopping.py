"""Early stopping on any figure, seen from outside the training loop."""

import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from sklearn.metrics import check_scoring

from deltarule.callbacks.base import Callback, training_of
from deltarule.data import require_scorer
from deltarule.errors import CheckpointError, SettingError
from deltarule.ranges import Number
from deltarule.training import TrainingState

LOSSES = ("loss", "validation_loss")
FIGURES = {"loss": "loss", "validation_loss": "validation_loss", "validation_score": "score"}
COUNT, GAIN = Number(Integral, 0), Number(Real, 0)


def figure_of(state: TrainingState, monitor: str) -> float:
    """Return the last epoch's figure of that name.

    Raises
    ------
    SettingError
        If the run has none.
    """
    value = getattr(state.history[-1], FIGURES[monitor])
    if value is None:
        raise SettingError(
            f"There is no {monitor!r} to look at: the fit has no rows to validate on. Give it "
            "X_val and y_val, or set early_stopping=True."
        )
    return float(value)


def require_monitored(monitor: object) -> None:
    """Refuse the name of a figure that an epoch does not have."""
    if monitor not in FIGURES:
        raise SettingError(
            f"monitor must be one of {', '.join(map(repr, FIGURES))}. Got {monitor!r} instead."
        )


class EarlyStopping(Callback):
    """Ends training when a figure has not improved for some epochs.

    The estimators stop early by themselves (``early_stopping=True``, ``scoring=``), and then keep
    the best weights. This callback is for a second condition, or for a metric on rows that the
    fit does not validate on; it changes nothing but when training ends. Its count goes into
    checkpoints.

    Parameters
    ----------
    monitor : str or callable, default "validation_loss"
        A figure of each epoch, "loss", "validation_loss" or "validation_score"; or with ``X`` and
        ``y`` the name of a scikit-learn scorer, or one.
    X, y : array-like or table, optional
        The rows that are scored after each epoch.
    patience : int, default 10
        Training ends with the first epoch that makes more than this many without a gain.
    tol : float, default 0
        What must be gained over the best so far.

    Attributes
    ----------
    best_ : float
        The best value so far; NaN before there is one.
    best_epoch_ : int
        The epoch, from 1, that had it.

    Raises
    ------
    SettingError
        For a value outside its range, at once; at ``fit`` where the run lacks that figure.

    Examples
    --------
    >>> from deltarule import MLPClassifier
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> stop = EarlyStopping("neg_log_loss", X[::3], y[::3], patience=3, tol=0.01)
    >>> model = MLPClassifier(max_iter=500, random_state=0).set_callbacks(stop).fit(X, y)
    >>> model.n_iter_ == stop.best_epoch_ + 4
    True
    """

    def __init__(
        self,
        monitor: Any = "validation_loss",
        X: Any = None,
        y: Any = None,
        *,
        patience: int = 10,
        tol: float = 0.0,
    ) -> None:
        if (X is None) != (y is None):
            raise SettingError("X and y of EarlyStopping go together: give both, or neither.")
        for name, value, allowed in (("patience", patience, COUNT), ("tol", tol, GAIN)):
            if not allowed.admits(value):
                raise SettingError(
                    f"{name} of EarlyStopping must be {allowed}. Got {value!r} instead."
                )
        if X is None:
            require_monitored(monitor)
        elif isinstance(monitor, str):
            require_scorer(monitor, "monitor")
        self.monitor, self.X, self.y, self.patience, self.tol = monitor, X, y, patience, tol
        self._reset()

    @property
    def best_(self) -> float:
        """The best value so far; NaN before there is one."""
        return self._sign * self._best if self.best_epoch_ else math.nan

    def setup(self, estimator: Any, context: Any) -> None:
        """Begin to count."""
        self._reset()
        self._scorer = None if self.X is None else check_scoring(estimator, scoring=self.monitor)

    def _reset(self) -> None:
        self._best, self.best_epoch_, self._stale = -math.inf, 0, 0
        self._sign = -1.0 if self.X is None and self.monitor in LOSSES else 1.0

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, fitted_estimator: Any = None
    ) -> bool:
        """Compare the epoch with the best before it."""
        state = training_of(context)
        if state is None:
            return False
        value = self._sign * self._value(state, fitted_estimator)
        needed = self._best + (self.tol if self.best_epoch_ else 0.0)
        if value > needed:
            self._best, self.best_epoch_, self._stale = value, state.epoch, 0
        else:  # a NaN is no improvement
            self._stale += 1
        if self._stale > self.patience:
            name = self.monitor if isinstance(self.monitor, str) else "metric"
            state.stopped = f"the {name} did not improve for more than {self.patience} epochs"
            return True
        return False

    def _value(self, state: TrainingState, fitted: Any) -> float:
        if self._scorer is None:
            return figure_of(state, self.monitor)
        return float(self._scorer(fitted, self.X, self.y))

    def get_state(self) -> Mapping[str, Any]:
        """Return the best value, its epoch and the count, and what they were counted by."""
        counted = {"best": repr(self._best), "best_epoch": self.best_epoch_, "stale": self._stale}
        return counted | self._settings()

    def _settings(self) -> dict[str, Any]:
        monitor = self.monitor if isinstance(self.monitor, str) else type(self.monitor).__name__
        own = self.X is not None
        counted = {"patience": int(self.patience), "tol": float(self.tol)}
        return {"monitor": monitor, "own_rows": own, **counted}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take them up.

        Raises
        ------
        CheckpointError
            If they were counted by another figure, patience or tolerance.
        """
        others = {k: (state.get(k), v) for k, v in self._settings().items() if state.get(k) != v}
        if others:
            shown = "; ".join(
                f"{k} (then {then!r}, now {now!r})" for k, (then, now) in others.items()
            )
            raise CheckpointError(
                f"The run in the checkpoint had another EarlyStopping: {shown}. Set it "
                "as it was, or use another folder."
            )
        self.best_epoch_, self._stale = int(state["best_epoch"]), int(state["stale"])
        self._best = float(state["best"])
