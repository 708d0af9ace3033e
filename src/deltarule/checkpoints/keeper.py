"""When a checkpoint is written."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from deltarule.checkpoints.checkpoint import Checkpoint
from deltarule.checkpoints.folder import CheckpointFolder
from deltarule.checkpoints.snapshot import take_snapshot
from deltarule.errors import SaveError
from deltarule.model_file import SavedModel
from deltarule.network import Parameters
from deltarule.training import TrainingState, Watcher
from deltarule.warn import warn

LOG = logging.getLogger(__name__)

Describe = Callable[[Parameters], SavedModel]
"""From parameters to the model that they are, with the history of the run so far."""


class Keeper(Watcher):
    """Writes checkpoints while a run is trained.

    Parameters
    ----------
    settings : Checkpoint
    folder : CheckpointFolder
        Held.
    describe : callable
    last_epoch : int
        The plan's.
    fingerprint : dict
        Of the run.
    collect : callable
        Returns what the callbacks want to be kept.
    """

    def __init__(
        self,
        settings: Checkpoint,
        folder: CheckpointFolder,
        describe: Describe,
        last_epoch: int,
        fingerprint: dict[str, Any],
        collect: Callable[[], list[dict[str, Any]]],
    ) -> None:
        self._settings, self._folder, self._describe = settings, folder, describe
        self._last_epoch, self._fingerprint, self._collect = last_epoch, fingerprint, collect
        self._written = time.monotonic()

    def end_burst(self, state: TrainingState) -> None:
        if self._is_time():
            self._try_to_save(state)

    def end_epoch(self, state: TrainingState) -> None:
        every = self._settings.epochs
        is_turn = every is not None and state.epoch % every == 0
        is_over = state.stopped is not None or state.epoch >= self._last_epoch
        if is_turn or is_over or self._is_time():
            self._try_to_save(state)

    def _is_time(self) -> bool:
        seconds = self._settings.seconds
        return seconds is not None and time.monotonic() - self._written >= seconds

    def _try_to_save(self, state: TrainingState) -> None:
        """Save; a disk that is full is no reason to end a run whose earlier checkpoints stand."""
        try:
            self.save(state)
        except SaveError as error:
            self._written = time.monotonic()
            warn(
                f"The checkpoint of step {state.step} failed: {error} Earlier ones stand, and "
                "training goes on."
            )

    def leave(self, state: TrainingState) -> None:
        self.save(state)

    def save(self, state: TrainingState) -> None:
        """Write a checkpoint now.

        Raises
        ------
        SaveError
            If it cannot be written; those written before are intact.
        """
        started = time.perf_counter()
        kept = state.parameters if state.best is None else state.best
        model = self._describe(kept)
        snapshot = take_snapshot(state, self._fingerprint, self._collect())
        path = self._folder.write(replace(model, snapshot=snapshot), state.step)
        self._written = time.monotonic()
        LOG.info("wrote %s in %.3f s", path, time.perf_counter() - started)
