"""From what a user names - a path, a pattern, a folder, a URI, an open file - to files."""

import errno
import glob
import os
import re
import sys
from collections.abc import Iterable
from typing import Any

from deltarule.data.sources.failures import reason
from deltarule.data.sources.files import File, LocalFile, RemoteFile, SpooledFile, local
from deltarule.errors import DataError

STANDARD_INPUT = "-"
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # two letters at least: C:// is a drive
WILDCARD = re.compile(r"[*?\[]")


def names_files(data: Any) -> bool:
    """Return whether this is a path, a URI, an open file, or a list of such."""
    if isinstance(data, list | tuple):
        return bool(data) and all(names_files(item) for item in data)
    return isinstance(data, str | os.PathLike) or callable(getattr(data, "read", None))


def find(data: Any) -> list[File]:
    """Return the files that are meant, those of a folder or a pattern sorted by name.

    Raises
    ------
    FileNotFoundError
        With ``filename``, where there is none.
    DataError
        For text files, and where standard input is closed.
    """
    if isinstance(data, list | tuple):
        return [file for item in data for file in find(item)]
    if not isinstance(data, str | os.PathLike):
        named = getattr(data, "name", None)
        return [SpooledFile(named if isinstance(named, str) else "The open file", data)]
    path = os.fsdecode(data)
    if path == STANDARD_INPUT and isinstance(data, str):
        if sys.stdin is None:
            raise DataError("Standard input is closed. Name a file instead of '-'.")
        return [SpooledFile("Standard input", sys.stdin.buffer)]
    return _remote(path) if URI.match(path) else _local(path)


def _local(path: str) -> list[File]:
    if os.path.isdir(path):
        return _below(path)
    if os.path.lexists(path) or not WILDCARD.search(path):
        return [local(path)]
    found = sorted(glob.glob(path, recursive=True))
    files: dict[str, File] = {}
    for match in found:
        if _is_hidden_below(match, path):
            continue
        inside = _below(match, required=False) if os.path.isdir(match) else [local(match)]
        files.update((file.name, file) for file in inside)
    if not files:
        raise _none(path, "No file matches this pattern")
    return [files[name] for name in sorted(files)]


def _below(folder: str, required: bool = True) -> list[File]:
    paths = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        paths += [os.path.join(parent, name) for name in names if not _is_hidden(name)]
    files: list[File] = [
        LocalFile(path) for path in sorted(paths) if os.path.isfile(path) and os.path.getsize(path)
    ]
    if required and not files:
        raise _none(folder, "No data files in this folder")
    return _without_label_files(files)


def _remote(uri: str) -> list[File]:
    # "?" is no wildcard here: it begins a URI's options.
    pattern = re.search(r"[^/]*[*\[]", uri)
    base = uri[: pattern.start()].rstrip("/") if pattern else uri
    filesystem, path = resolve(base)
    try:
        return _listed(filesystem, path, uri, base)
    except OSError as error:
        if error.filename is None:
            raise OSError(error.errno or errno.EIO, reason(error), uri) from error
        raise


def _listed(filesystem: Any, path: str, uri: str, base: str) -> list[File]:
    from pyarrow.fs import FileSelector

    is_pattern = base != uri
    info = filesystem.get_file_info(path)
    if info.is_file and not is_pattern:
        return [RemoteFile(uri, path, filesystem)]
    if not info.is_file and str(info.type) == "FileType.NotFound":
        raise _none(uri, os.strerror(errno.ENOENT))
    matches = _translated(uri[len(base) :].lstrip("/")) if is_pattern else None
    files: list[File] = []
    for entry in filesystem.get_file_info(FileSelector(path, recursive=True)):
        inside = entry.path[len(path) :].lstrip("/")
        is_meant = matches is None or matches.fullmatch(inside) is not None
        is_hidden = _is_hidden_below(f"{base}/{inside}", uri)
        if entry.is_file and entry.size != 0 and is_meant and not is_hidden:
            files.append(RemoteFile(f"{base}/{inside}", entry.path, filesystem))
    if not files:
        raise _none(uri, "No data files here")
    return _without_label_files(sorted(files, key=lambda file: file.name))


def resolve(uri: str) -> tuple[Any, str]:
    """Return Arrow's file system for a URI, and the path in it."""
    from pyarrow.fs import FileSystem

    try:
        filesystem, path = FileSystem.from_uri(uri)
    except (ValueError, NotImplementedError) as error:
        raise DataError(
            f"{uri} cannot be opened: {reason(error)}. Use a path, or a URI that begins with "
            "file://, s3://, gs://, abfs:// or hdfs://; fetch other files first."
        ) from error
    return filesystem, path


def _translated(pattern: str) -> re.Pattern[str]:
    r"""Return a regular expression for ``*``, ``**/`` and ``[a-z]``."""
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\[!?[^\]]+\])", pattern)
    return re.compile(
        "".join(
            parts.get(piece)
            or (piece.replace("[!", "[^") if piece[:1] == "[" else re.escape(piece))
            for piece in pieces
        )
    )


def _without_label_files(files: Iterable[File]) -> list[File]:
    """Leave out the labels of images, which are read with these."""
    files = list(files)
    names = {os.path.basename(file.name).removesuffix(".gz") for file in files}
    labels = {name.replace("images-idx3", "labels-idx1") for name in names if "images-idx3" in name}
    return [file for file in files if os.path.basename(file.name).removesuffix(".gz") not in labels]


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "_"))


def _is_hidden_below(path: str, meant: str) -> bool:
    """Return whether a pattern has come upon hidden parts without naming any itself."""
    fixed = len(WILDCARD.split(meant)[0])
    parts, meant_parts = (re.split(r"[/\\]", text[fixed:]) for text in (path, meant))
    return any(map(_is_hidden, parts)) and not any(map(_is_hidden, meant_parts))


def _none(path: str, problem: str) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, problem, path)
