"""Bytes: a safetensors file with one JSON text in its metadata and a checksum over everything."""

import hashlib
import json
import os
import stat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from deltarule.model_file import strict_json

KEY = "deltarule"
CHECKSUM_LENGTH = 64
ZEROS = "0" * CHECKSUM_LENGTH
# The checksum's member as it stands in the file: JSON in a JSON string, so its quotes are escaped.
# Quotes in a user's own text are escaped twice, so no text can imitate it.
MARK = rb"{\"checksum\":\""

LENGTH_BYTES = 8
Bytes = bytes | memoryview
DTYPES = {"F32": "float32", "F64": "float64"}
CODES = {name: code for code, name in DTYPES.items()}


def pack(text: str, arrays: dict[str, NDArray[Any]]) -> list[Bytes]:
    """Return the bytes of a file, in pieces that follow each other. No array is copied.

    Written here and not by safetensors, whose ``save`` holds two copies of all arrays and ends the
    process where memory does not suffice: the run would be lost for want of a checkpoint.

    Parameters
    ----------
    text : str
        A JSON object whose first member is ``"checksum"``, with :data:`ZEROS` as its value.
    arrays : dict from name to array
        Of float32 or float64, in C order.
    """
    header: dict[str, Any] = {"__metadata__": {KEY: text}}
    body: list[Bytes] = []
    offset = 0
    for name in sorted(arrays, key=lambda name: -arrays[name].itemsize):  # each one aligned
        array = arrays[name].astype(arrays[name].dtype.newbyteorder("<"), copy=False)
        header[name] = {
            "dtype": CODES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        body.append(array.reshape(-1).view(np.uint8).data)
        offset += array.nbytes
    encoded = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    encoded += b" " * (-len(encoded) % LENGTH_BYTES)
    head = len(encoded).to_bytes(LENGTH_BYTES, "little") + encoded
    at = head.index(MARK) + len(MARK)
    sha = hashlib.sha256(head)
    for piece in body:
        sha.update(piece)
    return [head[:at], sha.hexdigest().encode(), head[at + CHECKSUM_LENGTH :], *body]


def _digest(data: bytes, at: int) -> bytes:
    """Return the SHA-256 of ``data`` with the checksum at ``at`` zeroed, as 64 hex digits."""
    view = memoryview(data)
    sha = hashlib.sha256(view[:at])
    sha.update(ZEROS.encode())
    sha.update(view[at + CHECKSUM_LENGTH :])
    return sha.hexdigest().encode()


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return the bytes of a regular file; refuse anything else before reading a byte of it.

    Raises
    ------
    ValueError
        For a folder, a pipe or a device.
    OSError
    """
    # O_NONBLOCK: opening a pipe that nobody writes to must not wait for ever.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise ValueError("it is a folder")
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is not a regular file")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(status.st_size)
    finally:
        os.close(descriptor)


def read_header(data: bytes) -> tuple[str, dict[str, Any]]:
    """Return a file's JSON text and its declarations of arrays, these as yet unchecked.

    Only the header is looked at; nothing of a declared size is allocated.

    Raises
    ------
    ValueError
    """
    if len(data) < LENGTH_BYTES:
        raise ValueError("it is too short" if data else "it is empty")
    # A header's length may begin with the same bytes as a pickle, so look for the header first.
    if data[LENGTH_BYTES : LENGTH_BYTES + 1] != b"{" and data.startswith((b"\x80", b"PK")):
        raise ValueError("it looks like a pickle or an archive, which deltarule never opens")
    length = int.from_bytes(data[:LENGTH_BYTES], "little")
    if length > len(data) - LENGTH_BYTES:
        raise ValueError("its header is longer than the file: it was cut short or is no model")
    header = strict_json.parse(data[LENGTH_BYTES : LENGTH_BYTES + length].decode("utf-8"))
    metadata = header.pop("__metadata__", None) if isinstance(header, dict) else None
    if not (isinstance(metadata, dict) and set(metadata) == {KEY}):
        raise ValueError("its metadata is not deltarule's")
    if not isinstance(metadata[KEY], str):
        raise ValueError("its metadata is not text")
    return metadata[KEY], header


def declarations(header: dict[str, Any]) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the dtype and shape that a header declares for each array.

    Raises
    ------
    ValueError
    """
    return {name: _declaration(name, value) for name, value in header.items()}


def _declaration(name: str, value: Any) -> tuple[str, tuple[int, ...]]:
    if not (isinstance(value, dict) and set(value) == {"dtype", "shape", "data_offsets"}):
        raise ValueError(f"the declaration of array {name!r} is malformed")
    if not isinstance(value["dtype"], str) or value["dtype"] not in DTYPES:
        raise ValueError(f"array {name!r} has dtype {value['dtype']!r}, not F32 or F64")
    shape = value["shape"]
    if not (isinstance(shape, list) and all(type(size) is int for size in shape)):
        raise ValueError(f"the shape of array {name!r} is malformed")
    return DTYPES[value["dtype"]], tuple(shape)


def verify_checksum(data: bytes, checksum: str) -> None:
    """Compare ``checksum``, as the JSON text has it, with that of the bytes.

    Raises
    ------
    ValueError
    """
    header = data[: LENGTH_BYTES + int.from_bytes(data[:LENGTH_BYTES], "little")]
    at = header.find(MARK) + len(MARK)
    stored = header[at : at + CHECKSUM_LENGTH]
    if header.count(MARK) != 1 or stored != checksum.encode():
        raise ValueError("its checksum is not where it belongs")
    if _digest(data, at) != stored:
        raise ValueError("its checksum does not match: the file is damaged or was altered")


def read_arrays(data: bytes) -> dict[str, NDArray[np.floating[Any]]]:
    """Return the arrays; safetensors checks that their bytes cover the file without gap or overlap.

    Raises
    ------
    ValueError
    """
    try:
        return load(data)
    except SafetensorError as error:
        raise ValueError(f"its arrays cannot be read ({error})") from error
