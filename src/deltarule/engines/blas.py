"""Holding the BLAS to one thread while an engine works.

With one thread a matrix product has the same bits on every run. The controller is cached: making
one costs milliseconds, using it microseconds. Concurrent users are counted: the first in sets the
limit, the last out takes it back, whichever threads they are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController

_lock = Lock()
_users = 0
_before: list[int] = []  # each library's number of threads when the first user came


@cache
def _libraries() -> list[Any]:
    """Return threadpoolctl's handles of the BLAS libraries that are loaded."""
    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


def describe_blas() -> str:
    """Return name, version and core type of each BLAS that is loaded."""
    described = {
        " ".join(
            str(info[key]) for key in ("internal_api", "version", "architecture") if key in info
        )
        for info in (library.info() for library in _libraries())
    }
    return ", ".join(sorted(described)) or "none"


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Limit the BLAS to one thread for the duration of the block."""
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _users
    with _lock:
        if _users == 0:
            _before[:] = [library.get_num_threads() for library in _libraries()]
            for library in _libraries():
                _set_threads(library, 1)
        _users += 1


def _leave() -> None:
    global _users
    with _lock:
        _users -= 1
        if _users == 0:
            for library, number in zip(_libraries(), _before, strict=True):
                _set_threads(library, number)


def _set_threads(library: Any, number: int) -> None:
    """Set a library's number of threads, from any Python thread.

    threadpoolctl 3.8 lets one Python thread at a time control OpenBLAS and ignores the others,
    without a word. Our lock and count do that thread's part, so control is taken and given back.
    """
    give_up_control = getattr(library, "clear_controlling_thread", lambda force: None)
    give_up_control(force=True)
    library.set_num_threads(number)
    give_up_control(force=True)
