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
    MemberSnapshot,
    MemberSummary,
    RunState,
    SavedModel,
    Snapshot,
)
from deltarule.network import Layout, Parameters
from deltarule.network.arrays import Floats
from deltarule.training import Epoch, History, Member, TrainingState


def take_snapshot(
    state: TrainingState, fingerprint: dict[str, Any], callbacks: list[dict[str, Any]]
) -> Snapshot:
    """Return the state as a checkpoint has it. Arrays are the state's own, not copies.

    The model in the checkpoint has the best parameters where there are any, else theta: what the
    model has is not repeated here.
    """
    members = [_take(member, state) for member in state.members]
    return Snapshot(members, fingerprint, describe_machine(), callbacks)


def _take(member: Member, run: TrainingState) -> MemberSnapshot:
    vectors: dict[str, Floats] = dict(member.moments)
    if member.best is not None:
        vectors[THETA] = member.parameters.theta
    if member.position > 0 and member.epoch_start is not None:
        vectors[EPOCH_START] = member.epoch_start
    depth = max(entry.layer for entry in member.parameters.layout.entries)
    return MemberSnapshot(
        state=RunState(
            step=member.step,
            n_rows=member.n_rows,
            position=member.position,
            epoch_loss=member.epoch_loss,
            rate=member.rate,
            rate_factor=run.rate_factor,
            best_score=None if member.best_score == -inf else member.best_score,
            best_loss=None if member.best_loss == inf else member.best_loss,
            stale_epochs=run.stale_epochs,
            vectors=list(vectors),
        ),
        vectors=vectors,
        history=_to_table(member.history, depth),
        squares=member.squares if len(member.squares) else np.zeros((depth, 3)),
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
    snapshot, training = saved.snapshot, saved.training
    if snapshot is None:
        raise ValueError("it is a model, and not a checkpoint")
    if training.best_epoch > len(training.loss_curve):
        raise ValueError(f"its best epoch is {training.best_epoch} of {len(training.loss_curve)}")
    alone = MemberSummary(training.examples, training.best_epoch, training.seed)
    told = zip(saved.parameters, training.members or [alone], snapshot.members, strict=True)
    members = [_restore(*member, training.epochs, moments) for member in told]
    state = TrainingState.of(members, training.best_epoch)
    state.rate_factor = snapshot.state.rate_factor
    state.stale_epochs = snapshot.state.stale_epochs
    state.stopped = training.stopped
    return state


def _restore(
    kept: Parameters,
    summary: MemberSummary,
    snapshot: MemberSnapshot,
    epochs: int,
    moments: tuple[str, ...],
) -> Member:
    vectors, numbers = dict(snapshot.vectors), snapshot.state
    lacking = set(moments) - vectors.keys()
    if lacking:
        raise ValueError(f"it lacks the moments {min(lacking)!r}")
    if numbers.position > numbers.n_rows:
        raise ValueError(f"it stands at row {numbers.position} of {numbers.n_rows}")
    theta = vectors.get(THETA)
    return Member(
        parameters=kept if theta is None else _parameters(kept.layout, theta),
        moments={name: vectors[name] for name in moments},
        seed=summary.seed,
        step=numbers.step,
        epoch=epochs,
        n_rows=numbers.n_rows,
        position=numbers.position,
        epoch_loss=numbers.epoch_loss,
        rate=numbers.rate,
        squares=snapshot.squares,
        epoch_start=vectors.get(EPOCH_START),
        examples_seen=summary.examples,
        best=None if theta is None else kept,
        best_epoch=summary.best_epoch,
        best_score=-inf if numbers.best_score is None else numbers.best_score,
        best_loss=inf if numbers.best_loss is None else numbers.best_loss,
        history=_from_table(snapshot.history),
    )


def _parameters(layout: Layout, theta: Floats) -> Parameters:
    parameters = Parameters(layout, theta.dtype)
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
