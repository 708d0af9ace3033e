"""What is in a file, whatever it is compressed with."""

import shutil
import tempfile
from dataclasses import dataclass
from typing import BinaryIO, cast

from deltarule.data.sources.compression import compression_of, decompressed, without_suffix
from deltarule.data.sources.failures import as_data_errors
from deltarule.data.sources.files import CHUNK, File
from deltarule.errors import DataError

HEAD = 512  # bytes that tell the format


@dataclass(frozen=True)
class Content:
    """The content of a file, which can be gone through more than once."""

    file: File
    compression: str

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.file.name

    @property
    def inner_name(self) -> str:
        """The name without the ending that tells how it is compressed."""
        return without_suffix(self.name)

    def open(self) -> BinaryIO:
        """Open the content, at its beginning, to be read in one go."""
        below = self.file.open()
        try:
            with as_data_errors(self.name, "cannot be decompressed: {reason}."):
                return decompressed(below, self.compression, self.name)
        except BaseException:
            below.close()
            raise

    def open_to_seek(self) -> BinaryIO:
        """Open the content to be read in any order: where it is compressed, a copy of it."""
        if self.compression == "none":
            return self.file.open()
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - whoever called closes it
        try:
            with self.open() as stream, as_data_errors(self.name, DAMAGED):
                shutil.copyfileobj(stream, copy, CHUNK)
            copy.seek(0)
        except BaseException:
            copy.close()
            raise
        return cast(BinaryIO, copy)

    def head(self) -> bytes:
        """Return the first bytes."""
        with self.open() as stream, as_data_errors(self.name, DAMAGED):
            return stream.read(HEAD)


DAMAGED = "is damaged or ends early: {reason}. Fetch or write it anew."


def content_of(file: File, compression: str | None) -> Content:
    """Return the content of a file, taking off the compression that it begins like.

    Raises
    ------
    DataError
        For an empty file.
    """
    with file.open() as opened:
        head = opened.read(HEAD)
    if not head:
        raise DataError(f"{file.name} is empty. Name a file that holds a table.")
    return Content(file, compression or compression_of(head))
