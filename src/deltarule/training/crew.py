"""The members of a run at work side by side."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import TypeVar

from deltarule.distributed import SERIAL, Communicator
from deltarule.engines import Engine, create_engine
from deltarule.engines.threads import available_threads
from deltarule.network import Objective, Optimiser

T = TypeVar("T")


class Crew:
    """The engines of a run's members, and the threads that they share.

    The threads of one engine wait for each other twice a step; networks need not wait for each
    other at all. So of as many members as are a multiple of the threads each has one thread, and
    a thread that has done one's work takes the next one's; those that are left over divide all
    threads among them. What a member computes depends on none of that. Threads live for one
    piece of work of all members: between two of them there is none but the caller's.

    Parameters
    ----------
    objective : Objective
    optimiser : Optimiser, optional
    seeds : sequence of int
        Of the members.
    n_threads : int, optional
        Of all members together; all that there are where it is not given, or of several workers
        on this machine a fair share.
    communicator : Communicator
        The workers that train together, each with a crew of its own. Where there are others, one
        member after the other is worked on: all workers at the same one.

    Attributes
    ----------
    engines : list of Engine
        One a member, as training is one thread's at a time.
    """

    def __init__(
        self,
        objective: Objective,
        optimiser: Optimiser | None,
        seeds: Sequence[int],
        n_threads: int | None = None,
        communicator: Communicator = SERIAL,
    ) -> None:
        shared = max(1, available_threads() // communicator.n_here)
        self._n_threads, n = n_threads or shared, len(seeds)
        self.communicator = communicator
        if communicator.size > 1:
            self._rounds, shares = [range(i, i + 1) for i in range(n)], [self._n_threads] * n
        else:
            n_left_over = n % self._n_threads
            n_alone = n - n_left_over
            self._rounds = [range(n_alone), range(n_alone, n)]
            shares = [1] * n_alone + [self._n_threads // max(n_left_over, 1)] * n_left_over
        self.engines: list[Engine] = [
            create_engine(objective, optimiser, seed=seed, n_threads=share)
            for seed, share in zip(seeds, shares, strict=True)
        ]

    def each(self, work: Callable[[int], T], count: int | None = None) -> list[T]:
        """Return ``work(i)`` of each member i, done side by side; or of the first ``count`` only.

        An error is raised when all that were at work have ended; of several, that of the first
        member. Ctrl-C waits for them, too.
        """
        return [
            result
            for members in (every[: self._within(every, count)] for every in self._rounds)
            for result in side_by_side(work, members, min(self._n_threads, len(members)))
        ]

    @staticmethod
    def _within(members: range, count: int | None) -> int | None:
        return None if count is None else max(0, count - members.start)


def side_by_side(work: Callable[[int], T], members: Sequence[int], n_threads: int) -> list[T]:
    """Return ``work(i)`` of each member i, done by so many threads; see :meth:`Crew.each`."""
    results: list[Future[T]] = [Future() for _ in members]
    left = deque(zip(members, results, strict=True))
    others = [Thread(target=_work_off, args=(work, left)) for _ in range(n_threads - 1)]
    try:
        with suppress(RuntimeError):  # where no more threads can be had, fewer do it all
            for thread in others:
                thread.start()
        _work_off(work, left)
    finally:
        _wait_for(others)
    return [result.result() for result in results]


def _work_off(work: Callable[[int], T], left: deque[tuple[int, Future[T]]]) -> None:
    """Do the work of one member after the other, until nothing is left."""
    with suppress(IndexError):
        while True:
            i, result = left.popleft()
            try:
                result.set_result(work(i))
            except BaseException as error:
                result.set_exception(error)


def _wait_for(threads: Sequence[Thread]) -> None:
    """Wait for all of them to end; whatever interrupts that has to wait as well."""
    try:
        for thread in threads:
            if thread.is_alive():
                thread.join()
    except BaseException:
        _wait_for(threads)
        raise
