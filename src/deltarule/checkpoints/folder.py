"""The folder of a run's checkpoints: one writer at a time, the newest that is whole."""

import logging
import os
import re
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from deltarule.errors import CheckpointError, ModelFileError, RunInProgressError, SaveError
from deltarule.model_file import (
    NewerFormatError,
    SavedModel,
    clear_debris,
    read_model,
    write_model,
)
from deltarule.warn import warn

LOG = logging.getLogger(__name__)

LOCK = ".lock"
BEGINNING = "checkpoint-"
NAME = re.compile(BEGINNING + r"\d{12}\.deltarule")
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
        self.shown, self.path, self._keep = os.fspath(path), Path(path).absolute(), keep
        self._pending: Future[Path] | None = None
        self.is_held = False

    def __enter__(self) -> "CheckpointFolder":
        from filelock import FileLock, Timeout

        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self.path / LOCK)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise RunInProgressError(
                f"Another run is writing its checkpoints to {self.shown}. Wait for it to end, stop "
                "it, or use another folder."
            ) from None
        except OSError as error:
            raise SaveError(
                f"Cannot write checkpoints to {self.shown}: {error.strerror or error}. Choose "
                "another folder."
            ) from error
        self._held = _identity(self.path / LOCK)
        clear_debris(self.path, BEGINNING)  # of a writer that was killed
        self._writer = ThreadPoolExecutor(1, "checkpoint")  # its thread starts when it is needed
        self.is_held = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.settle()
        except SaveError as failure:  # the run has ended in another way than by its last checkpoint
            warn(f"The last checkpoint failed: {failure} Earlier ones stand.")
        finally:
            self._end_writing()

    def _end_writing(self) -> None:
        """Let go of the folder, but not before the writer has, even on Ctrl-C."""
        try:
            self._writer.shutdown()
        except KeyboardInterrupt:
            self._writer.shutdown()
            raise
        finally:
            self.is_held = False
            self._lock.release()

    def files(self) -> list[Path]:
        """Return the checkpoints, whole or not, the oldest first."""
        return sorted(path for path in self.path.iterdir() if NAME.fullmatch(path.name))

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
        reasons: list[str] = []
        for path in reversed(self.files()):
            try:
                found = read_model(path, resuming=True)
            except ModelFileError as error:
                if isinstance(error.__cause__, NewerFormatError):
                    raise CheckpointError(str(error)) from error
                reasons.append(str(error))
                continue
            except OSError as error:  # it may be readable again in a moment, and is not damaged
                raise CheckpointError(
                    f"Cannot read the checkpoint {path}: {error.strerror or error}. Try again, or "
                    "move it away to go on from the one before."
                ) from error
            if found.snapshot is not None:
                self._put_aside(reasons, found, path)
                return found
            reasons.append(f"{path} is a model, and not a checkpoint.")
        if reasons:
            raise CheckpointError(
                f"None of the {len(reasons)} checkpoints in {self.shown} can be used. "
                f"{' '.join(reasons)} Use another folder to start anew."
            )
        return None

    def _put_aside(self, reasons: list[str], found: SavedModel, path: Path) -> None:
        """Rename the files after ``path``, which are of no use, and say why."""
        newer = [file for file in self.files() if file > path]
        for damaged, reason in zip(newer, reversed(reasons), strict=True):
            warn(
                f"The newest checkpoint is damaged: {reason} It is put aside as "
                f"{damaged.name}{DAMAGED}, and the run goes on from {path.name}, in epoch "
                f"{found.training.epochs + 1}."
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
        try:
            self._pending = self._writer.submit(self.write, model, step)
        except RuntimeError:  # no thread can be had, or the interpreter is about to end
            self.write(model, step)

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
        path = self.path / f"{BEGINNING}{step:012d}.deltarule"
        if _identity(self.path / LOCK) != self._held:
            raise SaveError(
                f"Cannot write {path}: the folder was removed or replaced since the run began."
            )
        try:
            write_model(path, model)
        except MemoryError as error:
            raise SaveError(f"Cannot write {path}: there is no memory left.") from error
        others = [file for file in self.files() if file != path]
        for old in others[: max(0, len(others) + 1 - self._keep)]:
            with suppress(OSError):  # what cannot be removed now goes another time
                old.unlink()
        LOG.info("wrote %s in %.3f s", path, time.perf_counter() - started)
        return path


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one of its name; None if it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
