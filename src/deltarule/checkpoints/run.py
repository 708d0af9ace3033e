"""A run that writes checkpoints: begun, or taken up where the last one got to."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from deltarule.checkpoints.checkpoint import Checkpoint
from deltarule.checkpoints.fingerprint import HORIZON, WINDOW, Fingerprint, require_same_run
from deltarule.checkpoints.folder import CheckpointFolder
from deltarule.checkpoints.keeper import Describe, Keeper
from deltarule.checkpoints.snapshot import restore_state
from deltarule.distributed import SERIAL, Communicator
from deltarule.engines import describe_machine
from deltarule.errors import CheckpointError, SettingError
from deltarule.model_file import SavedModel
from deltarule.training import AnyPlan, Plan, TrainingState
from deltarule.warn import warn

LOG = logging.getLogger(__name__)


class Beginning(NamedTuple):
    """What a run that is resumed was begun with.

    Attributes
    ----------
    seed : int
    horizon : int or None
        Epochs of the learning rate's schedule, where it has one.
    window : int or None
        Rows in memory at a time, where it has windows.
    callbacks : list of dict
        The states of its callbacks.
    """

    seed: int
    horizon: int | None
    window: int | None
    callbacks: list[dict[str, Any]]


class CheckpointedRun:
    """One fit that writes checkpoints, from its first look into the folder to its last epoch.

    Of several workers, only worker 0 looks into it, and writes to it.

    Attributes
    ----------
    beginning : Beginning or None
        Of the run that is resumed; None for one that begins.
    """

    def __init__(
        self,
        settings: Checkpoint,
        folder: CheckpointFolder,
        resume: bool,
        held: ExitStack,
        communicator: Communicator,
    ) -> None:
        self._settings, self._folder, self._held = settings, folder, held
        self._communicator = communicator
        self._found: SavedModel | None = None
        self.beginning = communicator.broadcast(lambda: self._look(resume))

    def _look(self, resume: bool) -> Beginning | None:
        """Take hold of the folder, and find the run that it holds."""
        folder = self._held.enter_context(self._folder)
        if not resume and folder.files():
            raise SettingError(
                f"{folder.shown} holds the checkpoints of a run, {folder.files()[-1].name} the "
                "last. Set resume=True (--resume) to go on with it, or use another folder. In a "
                "search or cross-validation, whose fits would share it, leave checkpoint out."
            )
        self._found = folder.newest()
        if self._found is None or self._found.snapshot is None:
            if resume:
                LOG.info("%s holds no run yet: this one begins.", folder.shown)
            return None
        snapshot = self._found.snapshot
        prints = snapshot.fingerprint
        seed = self._found.training.seed
        return Beginning(seed, prints.get(HORIZON), prints.get(WINDOW), snapshot.callbacks)

    @property
    def folder(self) -> Path:
        """Where the checkpoints are."""
        return self._folder.path

    def take_up(self, plan: AnyPlan, fingerprint: Fingerprint) -> TrainingState | None:
        """Return the state of the run that is resumed; None for one that begins.

        Warns
        -----
        UserWarning
            If the machine or its libraries are others: the run goes on to tolerance, not bits.

        Raises
        ------
        CheckpointError
            If it had other data or settings, naming the difference.
        """
        return self._communicator.broadcast(lambda: self._take_up(plan, fingerprint))

    def _take_up(self, plan: AnyPlan, fingerprint: Fingerprint) -> TrainingState | None:
        if self.beginning is not None and self._found is None:  # it was worker 0's, who is lost
            self._found = self._held.enter_context(self._folder).newest()
            if self._found is None:
                raise CheckpointError(
                    f"Worker 0, who had read the checkpoints in {self._folder.shown}, is lost, and "
                    "there are none on this machine. Use a folder that all workers can read."
                )
        found = self._found
        if found is None or found.snapshot is None or not isinstance(plan, Plan):
            return None
        folder, snapshot = self._folder.shown, found.snapshot
        require_same_run(folder, snapshot.fingerprint, fingerprint)
        try:
            state = restore_state(found, plan.optimiser.moments)
        except ValueError as error:
            raise CheckpointError(f"{folder} cannot be resumed from: {error}.") from error
        if state.epoch > plan.epochs:
            raise CheckpointError(
                f"{folder} holds a run that has got to the end of epoch {state.epoch}, beyond "
                f"max_iter={plan.epochs}. Raise max_iter, or use another folder."
            )
        _warn_of_other_machine(folder, snapshot.machine)
        if state.stopped is not None or state.epoch == plan.epochs:
            LOG.info("%s holds a run that had ended, with epoch %d.", folder, state.epoch)
        else:
            LOG.info("Resuming %s: epoch %d, after step %d.", folder, state.epoch + 1, state.step)
        return state

    def keeper(
        self,
        state: TrainingState,
        plan: Plan,
        describe: Describe,
        fingerprint: Fingerprint,
        collect: Callable[[], list[dict[str, Any]]],
    ) -> Keeper:
        """Return what writes this run's checkpoints; one that begins has its first one now.

        So a folder that is full or cannot be written to is known before work starts.

        Raises
        ------
        SaveError
        """
        take_over = partial(self._take_over, state.seed, fingerprint)
        about = plan.epochs, fingerprint, collect, take_over
        keeper = Keeper(self._settings, self._folder, describe, *about)
        if self.beginning is None:
            self._communicator.broadcast(lambda: keeper.save(state))
        self._found = None  # the state has taken over its arrays: they need not be held twice
        return keeper

    def _take_over(self, seed: int, fingerprint: Fingerprint) -> None:
        """Take hold of the folder, which has been another worker's, perhaps on another disk.

        Raises
        ------
        CheckpointError
            If it holds another run.
        """
        folder = self._folder
        with ExitStack() as held:
            found = held.enter_context(folder).newest()
            if found is not None and found.snapshot is not None:
                seeds = {"seed": found.training.seed}, {"seed": seed}
                then, now = found.snapshot.fingerprint | seeds[0], fingerprint | seeds[1]
                require_same_run(folder.shown, then, now)
            self._held.push(held.pop_all())


@contextmanager
def checkpointed(
    checkpoint: str | os.PathLike[str] | Checkpoint | None,
    resume: bool,
    communicator: Communicator = SERIAL,
) -> Iterator[CheckpointedRun | None]:
    """Hold the folder of a fit's checkpoints; gives None where there are to be none.

    Raises
    ------
    SettingError
        If the folder holds a run and ``resume`` does not say to go on with it, or if there is
        no folder to resume from.
    RunInProgressError, SaveError, CheckpointError
        As :class:`CheckpointFolder` says.
    """
    if checkpoint is None:
        if resume:
            raise SettingError(
                "resume=True (--resume) needs checkpoint (--checkpoint) to say which folder holds "
                "the run."
            )
        yield None
        return
    settings = checkpoint if isinstance(checkpoint, Checkpoint) else Checkpoint(checkpoint)
    folder = CheckpointFolder(settings.folder, settings.keep)
    with ExitStack() as held:
        yield CheckpointedRun(settings, folder, resume, held, communicator)


def _warn_of_other_machine(folder: object, then: dict[str, str]) -> None:
    now = describe_machine()
    others = [
        f"{name} {then.get(name)}, now {now.get(name)}"
        for name in then | now
        if then.get(name) != now.get(name)
    ]
    if others:
        warn(
            f"The run in {folder} was begun elsewhere ({'; '.join(others)}). It goes on, and "
            "agrees to tolerance, not in every bit, with one that was never interrupted."
        )
