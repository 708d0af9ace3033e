"""What a model file tells of a training run, and the run's history as arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.model_file import TrainingSummary
from deltarule.training.state import TrainingState

Columns = dict[str, NDArray[np.float64]]
"""A history as arrays: one number an epoch, or one row."""


def summarise(state: TrainingState) -> TrainingSummary:
    """Return the summary of a finished run."""
    history = state.history
    return TrainingSummary(
        examples=state.examples_seen,
        epochs=state.epoch,
        best_epoch=state.best_epoch,
        stopped=state.stopped,
        seed=state.seed,
        loss_curve=history.losses,
        validation_scores=[*history.scores],
        validation_losses=[e.validation_loss for e in history if e.validation_loss is not None],
        rates=[epoch.rate for epoch in history],
        gradient_norms=[epoch.gradient_norm for epoch in history],
        update_ratios=[epoch.update_ratio.tolist() for epoch in history],
    )


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
