"""Taking the compression off a file."""

import bz2
import gzip
import lzma
import zipfile
from typing import Any, BinaryIO, cast

import pyarrow as pa

from deltarule.errors import DataError

MAGIC = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",  # of no file
}
SUFFIXES = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip")
BINARY = (*MAGIC, b"PAR1", b"ARROW1", b"\xff\xff\xff\xff", b"FEA1", b"\0\0\x08", b"\0\0\x0d")


def is_binary(head: bytes) -> bool:
    """Return whether a file begins like one that need not have lines."""
    return head.startswith(BINARY)


def compression_of(head: bytes) -> str:
    """Return how a file that begins like this is compressed, or ``"none"``."""
    return next((name for magic, name in MAGIC.items() if head.startswith(magic)), "none")


def without_suffix(name: str) -> str:
    """Return a file's name without the ending that tells how it is compressed."""
    return next((name[: -len(s)] for s in SUFFIXES if name.lower().endswith(s)), name)


def decompressed(file: BinaryIO, compression: str, name: str) -> BinaryIO:
    """Return a file to read the content from; closing it closes the file below.

    Raises
    ------
    DataError
        For a zip archive that does not hold exactly one file.
    """
    if compression == "none":
        return file
    if compression == "zip":
        return cast(BinaryIO, _Closing(_only_member(file, name), file))
    if compression in ("zstd", "lz4"):
        return cast(BinaryIO, _Closing(pa.CompressedInputStream(file, compression), file))
    opener: Any = {"gzip": gzip.GzipFile, "bz2": bz2.BZ2File, "xz": lzma.LZMAFile}[compression]
    stream = opener(fileobj=file) if compression == "gzip" else opener(file)
    return cast(BinaryIO, _Closing(stream, file))


class _Closing:
    """A stream that, with itself, closes the file that it reads from."""

    def __init__(self, stream: Any, below: BinaryIO) -> None:
        self._stream, self._below = stream, below

    def read(self, size: int = -1) -> bytes:
        return cast(bytes, self._stream.read(size))

    def close(self) -> None:
        try:
            self._stream.close()
        finally:
            self._below.close()

    def __enter__(self) -> "_Closing":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _only_member(file: BinaryIO, name: str) -> Any:
    archive = zipfile.ZipFile(file)
    members = [
        info
        for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith("__MACOSX/")
    ]
    if any(info.filename == "[Content_Types].xml" for info in members):
        raise DataError(f"{name} is an Excel workbook, which is not read. Save the sheet as CSV.")
    if len(members) != 1:
        names = ", ".join(repr(info.filename) for info in members[:5]) or "none"
        raise DataError(
            f"{name} is a zip archive of {len(members)} files ({names}), and of one it can be told "
            "which to read. Unpack it and name the file."
        )
    return archive.open(members[0])
