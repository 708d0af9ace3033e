"""The folder of a run's checkpoints: one writer at a time, the newest that is whole."""

import logging
import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from deltarule.errors import CheckpointError, ModelFileError, RunInProgressError, SaveError
from deltarule.model_file import SavedModel, clear_debris, read_model, write_model
from deltarule.warn import warn

LOG = logging.getLogger(__name__)

LOCK = ".lock"
PATTERN = "checkpoint-*.deltarule"
DAMAGED = ".damaged"


class CheckpointFolder:
    """Holds a folder while a run is trained; no other run can, in whatever process.

    Parameters
    ----------
    path : path-like
    keep : int
        How many checkpoints to keep.

    Raises
    ------
    RunInProgressError
        On entering, if another run holds it.
    SaveError
        On entering, if it cannot be made or written to.
    """

    def __init__(self, path: str | os.PathLike[str], keep: int) -> None:
        self.path, self._keep = Path(path), keep

    def __enter__(self) -> "CheckpointFolder":
        from filelock import FileLock, Timeout

        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self.path / LOCK)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise RunInProgressError(
                f"Another run is writing its checkpoints to {self.path}. Wait for it to end, stop "
                "it, or use another folder."
            ) from None
        except OSError as error:
            raise SaveError(
                f"Cannot write checkpoints to {self.path}: {error.strerror or error}. Choose "
                "another folder."
            ) from error
        clear_debris(self.path)  # of a writer that was killed: nobody else writes here
        self._writer = ThreadPoolExecutor(1, "checkpoint")  # its thread starts when it is needed
        self._pending: Future[Path] | None = None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._writer.shutdown()  # when what it writes is written
        self._lock.release()

    def files(self) -> list[Path]:
        """Return the checkpoints, whole or not, the oldest first."""
        return sorted(self.path.glob(PATTERN))

    def newest(self) -> SavedModel | None:
        """Return the newest checkpoint that is whole; None if there never was one.

        Warns
        -----
        UserWarning
            Of each that is damaged; it is renamed, out of the way.

        Raises
        ------
        CheckpointError
            If none is whole, or one cannot be read.
        """
        reasons = []
        for path in reversed(self.files()):
            try:
                found = read_model(path, resuming=True)
            except ModelFileError as error:
                reasons.append(str(error))
                continue
            except OSError as error:  # it may be readable again in a moment, and is not damaged
                raise CheckpointError(
                    f"Cannot read the checkpoint {path}: {error.strerror or error}. Try again, or "
                    "move it away to go on from the one before."
                ) from error
            if found.snapshot is not None:
                self._put_aside(len(reasons), found, path)
                return found
            reasons.append(f"{path} is a model, and not a checkpoint.")
        if reasons:
            raise CheckpointError(
                f"None of the {len(reasons)} checkpoints in {self.path} can be used. "
                f"{' '.join(reasons)} Use another folder to start anew."
            )
        return None

    def _put_aside(self, n_damaged: int, found: SavedModel, path: Path) -> None:
        for damaged in self.files()[len(self.files()) - n_damaged :]:
            warn(
                f"The checkpoint {damaged} is damaged, and put aside as {damaged.name}{DAMAGED}; "
                f"the run goes on from {path.name}, in epoch {found.training.epochs + 1}."
            )
            with suppress(OSError):
                damaged.rename(damaged.with_name(damaged.name + DAMAGED))

    @property
    def is_writing(self) -> bool:
        """Whether a checkpoint is being written while training goes on."""
        return self._pending is not None and not self._pending.done()

    def write_behind(self, model: SavedModel, step: int) -> None:
        """Begin to write a checkpoint, and return at once: the disk is no reason to wait.

        Nobody may write to the model's arrays from now on. Call :meth:`settle` before the next.
        """
        self._pending = self._writer.submit(self.write, model, step)

    def settle(self) -> None:
        """Wait for what :meth:`write_behind` has begun.

        Raises
        ------
        SaveError
            If it could not be written.
        """
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    def write(self, model: SavedModel, step: int) -> Path:
        """Write a checkpoint durably, then remove those beyond the number to keep.

        Raises
        ------
        SaveError
            Also where memory does not suffice. Older ones are intact.
        """
        started = time.perf_counter()
        path = self.path / f"checkpoint-{step:012d}.deltarule"
        try:
            write_model(path, model)
        except MemoryError as error:
            raise SaveError(f"Cannot write {path}: there is no memory left.") from error
        for old in self.files()[: -self._keep]:
            with suppress(OSError):  # what cannot be removed now goes another time
                old.unlink()
        LOG.info("wrote %s in %.3f s", path, time.perf_counter() - started)
        return path
