"""Vectors in memory that all workers of one machine see: nothing has to be sent or copied there."""

import mmap
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.distributed.mpi.messages import Messages

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux has it
TOKEN = 32  # bytes, by which workers know that they see the same memory
PAGE = 4096  # bytes


def share_vectors(
    count: int, like: NDArray[Any], messages: Messages, rank: int, others: list[int]
) -> NDArray[Any] | None:
    """Return vectors (count, p) that all workers see, or None where they have no memory in common.

    All are to call it. The file that the memory is known by is gone when it returns, so that the
    memory goes with the last worker, however that ends.

    Parameters
    ----------
    count : int
    like : array (p,)
        How long, and of what.
    messages : Messages
    rank : int
        This worker's.
    others : list of int
        All other workers.
    """
    row = -(-like.nbytes // PAGE) * PAGE
    memory = _offered(PAGE + count * row, messages, others) if rank == 0 else _accepted(messages)
    if memory is None:
        return None
    rows = np.frombuffer(memory, like.dtype, offset=PAGE).reshape(count, -1)
    return rows[:, : len(like)]


def _offered(size: int, messages: Messages, others: list[int]) -> mmap.mmap | None:
    """Return new memory, as worker 0, if all the others have found it."""
    made = _make(size)
    try:
        for worker in others:
            messages.send_object(
                (None, b"") if made is None else (made[0], made[1][:TOKEN]), worker
            )
        messages.wait()
        agreed = all(messages.receive_objects(others)) and made is not None
    finally:  # also where a worker is lost meanwhile
        if made is not None:
            with suppress(OSError):
                os.unlink(made[0])
    for worker in others:
        messages.send_object(agreed, worker)
    messages.wait()
    return made[1] if made is not None and agreed else None


def _accepted(messages: Messages) -> mmap.mmap | None:
    """Return the memory that worker 0 offers, if all have found it."""
    ((path, token),) = messages.receive_objects([0])
    memory = None if path is None else _find(path, token)
    messages.send_object(memory is not None, 0)
    messages.wait()
    (agreed,) = messages.receive_objects([0])
    return memory if agreed else None


def _make(size: int) -> tuple[str, mmap.mmap] | None:
    """Return new memory of this size and its name; None where there is no room for it."""
    if not SHARED_MEMORY.is_dir():
        return None
    try:
        descriptor, path = tempfile.mkstemp(prefix="deltarule-", dir=SHARED_MEMORY)
    except OSError:
        return None
    try:
        os.posix_fallocate(descriptor, 0, size)  # now rather than when it is written to
        memory = mmap.mmap(descriptor, size)
        memory[:TOKEN] = secrets.token_bytes(TOKEN)
    except OSError:
        os.unlink(path)
        return None
    finally:
        os.close(descriptor)
    return path, memory


def _find(path: str, token: bytes) -> mmap.mmap | None:
    """Return the memory of this name, if it is the one with this token."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        memory = mmap.mmap(descriptor, 0)
    except (OSError, ValueError):
        return None
    finally:
        os.close(descriptor)
    return memory if memory[:TOKEN] == token else None
