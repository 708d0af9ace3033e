"""What a model file tells of a training run, and the run's history as arrays."""

from collections.abc import Sequence
from copy import copy
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from deltarule.model_file import MemberSummary, TrainingSummary
from deltarule.training.history import History
from deltarule.training.state import TrainingState

Columns = dict[str, NDArray[np.float64]]
"""A history as arrays: one number an epoch, or one row."""


class RunRecord:
    """What there is to tell of a run as it stands, worked out when someone asks for it.

    A callback may be given a fitted estimator after every epoch, and few look at its history.

    Attributes
    ----------
    examples, epochs, best_epoch : int
    stopped : str or None
    """

    def __init__(self, state: TrainingState) -> None:
        self.examples, self.epochs = state.examples_seen, state.epoch
        self.best_epoch, self.stopped = state.best_epoch, state.stopped
        self._seed, self._history = state.seed, History(state.history)
        self._members = [
            MemberSummary(member.examples_seen, member.best_epoch, member.seed)
            for member in state.members
        ]

    @classmethod
    def from_file(cls, training: TrainingSummary) -> Self:
        """Return what a model file tells."""
        record = cls.__new__(cls)
        record.examples, record.epochs = training.examples, training.epochs
        record.best_epoch, record.stopped = training.best_epoch, training.stopped
        record._history, record.training = History(), training
        return record

    def of_members(self, first: int) -> Self:
        """Return the record for a model that has the members from this one on."""
        record = copy(self)
        record.__dict__.pop("training", None)
        record._members = self._members[first:]
        return record

    @cached_property
    def training(self) -> TrainingSummary:
        """The summary for a model file."""
        history = self._history
        return TrainingSummary(
            examples=self.examples,
            epochs=self.epochs,
            best_epoch=self.best_epoch,
            stopped=self.stopped,
            seed=self._seed,
            loss_curve=history.losses,
            validation_scores=[*history.scores],
            validation_losses=[e.validation_loss for e in history if e.validation_loss is not None],
            rates=[epoch.rate for epoch in history],
            gradient_norms=[epoch.gradient_norm for epoch in history],
            update_ratios=[epoch.update_ratio.tolist() for epoch in history],
            members=self._members if len(self._members) > 1 else [],
        )

    def columns(self, depth: int) -> Columns:
        """Return the history as arrays, for a network of so many layers; always the same ones."""
        if self._columns is None:
            self._columns = history_of(self.training, depth, self._history.seconds)
        return self._columns

    _columns: Columns | None = None


def history_of(training: TrainingSummary, depth: int, seconds: Sequence[float] = ()) -> Columns:
    """Return a run's history, one number an epoch; NaN where it is not known.

    Parameters
    ----------
    training : TrainingSummary
        Of an older file, which has the loss and the score only, or of today.
    depth : int
        Layers.
    seconds : sequence of float
        How long each epoch took; a file does not tell.

    Returns
    -------
    dict of arrays (epochs,), but for ``update_ratio``, which is (epochs, depth)
    """
    epochs = len(training.loss_curve)
    return {
        "loss": _column(training.loss_curve, (epochs,)),
        "validation_loss": _column(training.validation_losses, (epochs,)),
        "validation_score": _column(training.validation_scores, (epochs,)),
        "rate": _column(training.rates, (epochs,)),
        "gradient_norm": _column(training.gradient_norms, (epochs,)),
        "update_ratio": _column(training.update_ratios, (epochs, depth)),
        "seconds": _column(seconds, (epochs,)),
    }


def _column(values: Sequence[Any], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the last epochs' values, after NaN for those that have none."""
    column = np.full(shape, np.nan)
    if values:
        column[shape[0] - len(values) :] = np.array(values, dtype=np.float64)
    return column
