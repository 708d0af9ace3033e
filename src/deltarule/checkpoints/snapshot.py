"""From a training state to what a checkpoint has of it, and back, bit for bit."""

from math import inf, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines import describe_machine
from deltarule.model_file import (
    EPOCH_START,
    HISTORY_COLUMNS,
    THETA,
    RunState,
    SavedModel,
    Snapshot,
)
from deltarule.network import Parameters
from deltarule.network.arrays import Floats
from deltarule.training import Epoch, History, TrainingState


def take_snapshot(
    state: TrainingState, fingerprint: dict[str, Any], callbacks: list[dict[str, Any]]
) -> Snapshot:
    """Return the state as a checkpoint has it. Arrays are the state's own, not copies.

    The model in the checkpoint has the best parameters where there are any, else theta: what the
    model has is not repeated here.
    """
    vectors: dict[str, Floats] = dict(state.moments)
    if state.best is not None:
        vectors[THETA] = state.parameters.theta
    if state.position > 0 and state.epoch_start is not None:
        vectors[EPOCH_START] = state.epoch_start
    depth = max(entry.layer for entry in state.parameters.layout.entries)
    return Snapshot(
        state=RunState(
            step=state.step,
            n_rows=state.n_rows,
            position=state.position,
            epoch_loss=state.epoch_loss,
            rate=state.rate,
            rate_factor=state.rate_factor,
            best_score=None if state.best_score == -inf else state.best_score,
            best_loss=None if state.best_loss == inf else state.best_loss,
            stale_epochs=state.stale_epochs,
            vectors=list(vectors),
        ),
        vectors=vectors,
        history=_to_table(state.history, depth),
        squares=state.squares if len(state.squares) else np.zeros((depth, 3)),
        fingerprint=fingerprint,
        machine=describe_machine(),
        callbacks=callbacks,
    )


def restore_state(saved: SavedModel, moments: tuple[str, ...]) -> TrainingState:
    """Return the state that a checkpoint was taken of.

    Parameters
    ----------
    saved : SavedModel
        With a snapshot.
    moments : tuple of str
        Those of the update rule.

    Raises
    ------
    ValueError
        If the checkpoint lacks any of them, or does not fit together.
    """
    snapshot = saved.snapshot
    if snapshot is None:
        raise ValueError("it is a model, and not a checkpoint")
    vectors, numbers = dict(snapshot.vectors), snapshot.state
    lacking = set(moments) - vectors.keys()
    if lacking:
        raise ValueError(f"it lacks the moments {min(lacking)!r}")
    if numbers.position > numbers.n_rows:
        raise ValueError(f"it stands at row {numbers.position} of {numbers.n_rows}")
    theta = vectors.get(THETA)
    training = saved.training
    return TrainingState(
        parameters=saved.parameters if theta is None else _parameters(saved, theta),
        moments={name: vectors[name] for name in moments},
        seed=training.seed,
        step=numbers.step,
        epoch=training.epochs,
        n_rows=numbers.n_rows,
        position=numbers.position,
        epoch_loss=numbers.epoch_loss,
        rate=numbers.rate,
        squares=snapshot.squares,
        epoch_start=vectors.get(EPOCH_START),
        examples_seen=training.examples,
        rate_factor=numbers.rate_factor,
        best=None if theta is None else saved.parameters,
        best_epoch=training.best_epoch,
        best_score=-inf if numbers.best_score is None else numbers.best_score,
        best_loss=inf if numbers.best_loss is None else numbers.best_loss,
        stale_epochs=numbers.stale_epochs,
        history=_from_table(snapshot.history),
        stopped=training.stopped,
    )


def _parameters(saved: SavedModel, theta: Floats) -> Parameters:
    parameters = Parameters(saved.network.layout, theta.dtype)
    parameters.theta[:] = theta
    return parameters


def _to_table(history: History, depth: int) -> NDArray[np.float64]:
    """Return a row an epoch: six numbers, of which the fourth says if the last two are any."""
    rows = [
        (
            epoch.loss,
            epoch.rate,
            epoch.seconds,
            epoch.score is not None,
            nan if epoch.validation_loss is None else epoch.validation_loss,
            nan if epoch.score is None else epoch.score,
            *epoch.squares.ravel(),
        )
        for epoch in history
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), HISTORY_COLUMNS + 3 * depth)


def _from_table(table: NDArray[np.float64]) -> History:
    history = History()
    for row in table:
        loss, rate, seconds, is_validated, validation_loss, score = row[:HISTORY_COLUMNS].tolist()
        judged = (validation_loss, score) if is_validated else (None, None)
        squares = row[HISTORY_COLUMNS:].reshape(-1, 3).copy()
        history.append(Epoch(loss, rate, squares, seconds, *judged))
    return history
