"""When a checkpoint is written."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from deltarule.checkpoints.checkpoint import Checkpoint
from deltarule.checkpoints.folder import CheckpointFolder
from deltarule.checkpoints.snapshot import take_snapshot
from deltarule.errors import CheckpointError, RunInProgressError, SaveError
from deltarule.model_file import SavedModel
from deltarule.network import Parameters
from deltarule.training import TrainingState, Watcher, available_memory
from deltarule.warn import warn

Describe = Callable[[list[Parameters]], SavedModel]
"""From each network's parameters to the model that they are, with the history of the run so far."""


class Keeper(Watcher):
    """Writes checkpoints while a run is trained.

    Those that are due by the clock are written while training goes on; at the end of an epoch
    whose turn it is, and of the run, training waits for them.

    Parameters
    ----------
    settings : Checkpoint
    folder : CheckpointFolder
    describe : callable
    last_epoch : int
        The plan's.
    fingerprint : dict
        Of the run.
    collect : callable
        Returns what the callbacks want to be kept.
    take_over : callable
        Takes hold of the folder, where that has been another worker's, who is lost.
    """

    def __init__(
        self,
        settings: Checkpoint,
        folder: CheckpointFolder,
        describe: Describe,
        last_epoch: int,
        fingerprint: dict[str, Any],
        collect: Callable[[], list[dict[str, Any]]],
        take_over: Callable[[], None],
    ) -> None:
        self._take_over = take_over
        self._settings, self._folder, self._describe = settings, folder, describe
        self._last_epoch, self._fingerprint, self._collect = last_epoch, fingerprint, collect
        self._begun, self._step = time.monotonic(), 0  # when and of what the last one was written

    def end_burst(self, state: TrainingState) -> None:
        if self._is_time():
            self._save_behind(state)

    def end_epoch(self, state: TrainingState) -> None:
        every = self._settings.epochs
        is_turn = every is not None and state.epoch % every == 0
        if is_turn or state.stopped is not None or state.epoch >= self._last_epoch:
            self._try_to_save(state)
        elif self._is_time():
            self._save_behind(state)

    def leave(self, state: TrainingState) -> None:
        self.save(state)

    def _is_time(self) -> bool:
        """Whether it is time for one, and the one before is done: slow disks get fewer."""
        seconds = self._settings.seconds
        is_due = seconds is not None and time.monotonic() - self._begun >= seconds
        return is_due and not self._folder.is_writing

    def _save_behind(self, state: TrainingState) -> None:
        """Write a checkpoint of now while training goes on, from a copy of the state."""
        self._try(self._require_hold, state.step)
        if not self._folder.is_held:
            self._begun = time.monotonic()
            return
        self._settle()
        size = sum(m.parameters.theta.nbytes * (1 + len(m.moments)) for m in state.members)
        free = available_memory()
        if free is not None and size > free:  # the state itself can be written without a copy
            self._try_to_save(state)
            return
        self._begun, self._step = time.monotonic(), state.step
        self._try(lambda: self._write_copy(state), state.step)

    def _write_copy(self, state: TrainingState) -> None:
        self._folder.write_behind(self._to_model(state.copy()), state.step)

    def _try_to_save(self, state: TrainingState) -> None:
        self._begun = time.monotonic()  # also where it fails: the next one is due after as long
        self._try(lambda: self.save(state), state.step)

    def save(self, state: TrainingState) -> None:
        """Write a checkpoint now, and wait for it.

        Raises
        ------
        SaveError
            If it cannot be written; those written before are intact.
        """
        self._require_hold()
        self._settle()
        self._folder.write(self._to_model(state), state.step)
        self._begun = time.monotonic()

    def _require_hold(self) -> None:
        """Take hold of the folder, where that has been another worker's."""
        if not self._folder.is_held:
            self._take_over()

    def _to_model(self, state: TrainingState) -> SavedModel:
        kept = [m.parameters if m.best is None else m.best for m in state.members]
        snapshot = take_snapshot(state, self._fingerprint, self._collect())
        return replace(self._describe(kept), snapshot=snapshot)

    def _settle(self) -> None:
        self._try(self._folder.settle, self._step)

    def _try(self, write: Callable[[], object], step: int) -> None:
        """Write; a disk that is full is no reason to end a run whose earlier checkpoints stand."""
        try:
            write()
        except (SaveError, CheckpointError, RunInProgressError, MemoryError) as error:
            reason = error if str(error) else "there is not enough memory."
            warn(
                f"The checkpoint of step {step} failed: {reason} Earlier ones stand, and training "
                "goes on."
            )
