"""Writing a file so that, whatever happens, the old or the new one is whole."""

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, EEXIST, EISDIR, ENOENT, ENOSPC
from pathlib import Path
from secrets import token_hex

from deltarule.errors import SaveError

TEMPORARY = ".deltarule-{}-{}.part"  # what the target's name begins with; something random
BEGINNING = 11  # characters of a name

Write = Callable[[bytes | memoryview], object]


def write_durably(path: str | os.PathLike[str], *pieces: bytes | memoryview) -> None:
    """Put some bytes at ``path``, all or none: see :func:`writing_durably`."""
    with writing_durably(path) as write:
        for piece in pieces:
            write(piece)


@contextmanager
def writing_durably(path: str | os.PathLike[str]) -> Iterator[Write]:
    """Write a file piece by piece, which is at ``path`` when the block ends and not before.

    Temporary file beside it, write, fsync, rename, fsync the folder. A reader that has the old file
    open or mapped keeps the old bytes. A symbolic link stays one: its target is replaced. An
    existing file's permissions are kept. An error in the block passes through.

    Raises
    ------
    SaveError
        If any of it fails. What stood at ``path`` is intact and the temporary file is gone.
    """
    target = Path(os.path.realpath(path))
    temporary = _temporary_beside(target)
    try:
        with _told_as_save_error(path):
            descriptor = _create(temporary, _mode(target))

        def write(piece: bytes | memoryview) -> None:
            with _told_as_save_error(path):
                _write_all(descriptor, piece)

        try:
            yield write
            with _told_as_save_error(path):
                os.fsync(descriptor)
        finally:
            with _told_as_save_error(path):
                os.close(descriptor)
        with _told_as_save_error(path):
            os.replace(temporary, target)
    finally:  # also when interrupted
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    try:
        _sync_folder(target.parent)
    except OSError as error:
        raise SaveError(
            f"Wrote {os.fspath(path)}, but its folder could not be synced to the disk "
            f"({error.strerror or error}): after a power cut the old file may be back."
        ) from error


def check_writable(path: str | os.PathLike[str]) -> None:
    """Find out now, before hours of work, whether a file can be made at ``path``.

    Raises
    ------
    SaveError
    """
    with _told_as_save_error(path):
        target = Path(os.path.realpath(path))
        _mode(target)
        temporary = _temporary_beside(target)
        try:
            descriptor = _create(temporary, None)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        finally:
            temporary.unlink(missing_ok=True)


def clear_debris(folder: str | os.PathLike[str], beginning: str, older: float = 0.0) -> None:
    """Remove what writers that were killed have left of files whose names begin like that.

    Parameters
    ----------
    folder : path-like
    beginning : str
    older : float
        Only what nobody has written to for so many seconds. With 0, nobody else may be writing such
        files there now.
    """
    for path in Path(folder).glob(TEMPORARY.format(f"{beginning[:BEGINNING]}*", "*")):
        with suppress(OSError):
            if not older or time.time() - path.stat().st_mtime > older:
                path.unlink()


def _temporary_beside(target: Path) -> Path:
    return target.with_name(TEMPORARY.format(target.name[:BEGINNING], token_hex(8)))


def _mode(target: Path) -> int | None:
    """Return an existing file's permissions; None for a new one, whose they are up to the umask.

    Raises
    ------
    OSError
        For what is there and is no regular file: a folder, a pipe, a device.
    """
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(EISDIR, "it is a folder")
    if not stat.S_ISREG(mode):
        raise FileExistsError(EEXIST, "it is no regular file")
    return stat.S_IMODE(mode)


def _create(path: Path, mode: int | None) -> int:
    """Return the descriptor of a new file."""
    binary = getattr(os, "O_BINARY", 0)  # of Windows, where a line's end would become two bytes
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | binary, 0o666)
    if mode is not None and os.name != "nt":
        try:
            os.fchmod(descriptor, mode)
        except OSError:
            os.close(descriptor)
            raise
    return descriptor


def _write_all(descriptor: int, piece: bytes | memoryview) -> None:
    rest = memoryview(piece).cast("B")
    while rest:
        rest = rest[os.write(descriptor, rest) :]


@contextmanager
def _told_as_save_error(path: str | os.PathLike[str]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SaveError(_explain(path, error)) from error


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable. Windows has no such call, and no need of it."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _explain(path: str | os.PathLike[str], error: OSError) -> str:
    reason = error.strerror or str(error)
    mend = {ENOENT: "make its folder", ENOSPC: "free some space", EDQUOT: "free some space"}
    first = f"{mend[error.errno]} or " if error.errno in mend else ""
    return (
        f"Cannot write {os.fspath(path)}: {reason}. "
        f"Nothing was changed there; {first}choose another place."
    )
