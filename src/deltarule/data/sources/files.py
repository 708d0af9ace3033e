"""Files that can be opened more than once, wherever they are."""

# ruff: noqa: D102 - what the methods do is documented once, on File

import io
import os
import stat
import tempfile
import threading
import weakref
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from deltarule.data.sources.compression import is_binary
from deltarule.errors import DataError

CHUNK = 2**22  # bytes read at a time
MAX_LINE = 2**24  # bytes of one line, record or JSON object; a chunk more may pass


class File(ABC):
    """A file that can be opened more than once, to be read from its beginning.

    Attributes
    ----------
    name : str
        What messages call it: the path or URI as the user wrote it.
    """

    name: str

    @abstractmethod
    def open(self) -> BinaryIO:
        """Open the file, at its beginning, for reading bytes; it can seek."""

    def sibling(self, name: str) -> "File | None":
        """Return the file of that name beside this one, if there is one."""
        return None

    @property
    def identity(self) -> str | None:
        """Path, size and time of last change of a file that stays; None for others."""
        return None


@dataclass(frozen=True)
class LocalFile(File):
    """A file with a path."""

    name: str

    def open(self) -> BinaryIO:
        return open(self.name, "rb")

    def sibling(self, name: str) -> File | None:
        path = os.path.join(os.path.dirname(self.name), name)
        return LocalFile(path) if os.path.isfile(path) else None

    @property
    def identity(self) -> str | None:
        found = os.stat(self.name)
        return f"{os.path.realpath(self.name)}: {found.st_size} bytes, {found.st_mtime_ns} ns"


@dataclass(frozen=True)
class RemoteFile(File):
    """A file in an Arrow file system: an object store, a cluster."""

    name: str
    path: str
    filesystem: Any

    def open(self) -> BinaryIO:
        return cast(BinaryIO, self.filesystem.open_input_file(self.path))

    def sibling(self, name: str) -> File | None:
        def beside(path: str) -> str:
            return "".join([*path.rpartition("/")[:2], name])

        path = beside(self.path)
        is_there = self.filesystem.get_file_info(path).is_file
        return RemoteFile(beside(self.name), path, self.filesystem) if is_there else None


class SpooledFile(File):
    """What can be read only once, copied to a file without a name that vanishes with this object.

    Parameters
    ----------
    name : str
    content : binary file
        Read to its end; left open.

    Raises
    ------
    DataError
        For text without a line's end, so that one that never ends does not fill the disk.
    """

    def __init__(self, name: str, content: BinaryIO) -> None:
        self._keep(name, tempfile.TemporaryFile())  # noqa: SIM115 - closed by the finalizer
        self._fill(content)

    @classmethod
    def around(cls, name: str, copy: Any) -> "SpooledFile":
        """Return a file whose copy has been made: a temporary one, which is closed with it."""
        spooled = cls.__new__(cls)
        spooled._keep(name, copy)
        return spooled

    def _keep(self, name: str, copy: Any) -> None:
        self.name, self._copy, self._lock = name, copy, threading.Lock()
        weakref.finalize(self, copy.close)

    def open(self) -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(_View(self, self._copy, self._lock)))

    def _fill(self, content: BinaryIO) -> None:
        head = chunk = content.read(CHUNK)
        if not isinstance(chunk, bytes):
            raise DataError(
                f"{self.name} is open as text. Open it in binary mode: open(path, 'rb')."
            )
        binary, since_line = is_binary(head), 0
        while chunk:
            last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            since_line = len(chunk) - last - 1 if last >= 0 else since_line + len(chunk)
            if since_line > MAX_LINE and not binary:
                raise endless(self.name)
            self._copy.write(chunk)
            chunk = content.read(CHUNK)


class _View(io.RawIOBase):
    """A spooled file from its beginning; any number of them read side by side."""

    def __init__(self, owner: SpooledFile, copy: Any, lock: threading.Lock) -> None:
        self._owner = owner  # whose end would close the copy
        self._copy, self._lock, self._position = copy, lock, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        with self._lock:
            start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position}.get(whence)
            self._position = offset + (self._copy.seek(0, os.SEEK_END) if start is None else start)
        return self._position

    def readinto(self, buffer: Any) -> int:
        with self._lock:
            self._copy.seek(self._position)
            count = cast(int, self._copy.readinto(buffer))
        self._position += count
        return count


def local(path: str) -> File:
    """Return the file at a path; a pipe or device, which can be read only once, spooled."""
    if stat.S_ISREG(os.stat(path).st_mode):
        return LocalFile(path)
    with open(path, "rb") as content:
        return SpooledFile(path, content)


def endless(name: str, line: int | None = None) -> DataError:
    """Return the error of a line that is too long to be one."""
    where = f"{name}, line {line}: this line" if line else f"{name}: a line"
    return DataError(
        f"{where} is longer than {MAX_LINE // 2**20} MB, which no row of a table is. Is it a "
        "text file, and is every quote closed? With quote='' (--quote none) quotes mean nothing."
    )
