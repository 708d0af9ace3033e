"""The members of a run at work side by side."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

from deltarule.engines import Engine, create_engine
from deltarule.engines.threads import available_threads
from deltarule.network import Objective, Optimiser

T = TypeVar("T")


class Crew:
    """The engines of a run's members, and their threads.

    An engine's threads meet at two barriers a step; several networks need not meet at all. So
    members work in waves of as many as there are threads, each on an equal share of them. What a
    member computes depends on neither. A thread lives for one piece of work, so that nothing is
    left between two of them, and a member that is alone in its wave works on the caller's own.

    Parameters
    ----------
    objective : Objective
    optimiser : Optimiser, optional
    seeds : sequence of int
        Of the members.
    n_threads : int, optional
        Of all members together; all that there are where it is not given.

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
    ) -> None:
        at_once = n_threads or available_threads()
        starts = range(0, len(seeds), at_once)
        self._waves = [range(i, min(i + at_once, len(seeds))) for i in starts]
        self.engines: list[Engine] = [
            create_engine(objective, optimiser, seed=seeds[i], n_threads=at_once // len(wave))
            for wave in self._waves
            for i in wave
        ]

    def each(self, work: Callable[[int], T]) -> list[T]:
        """Return ``work(i)`` of each member i, done side by side.

        An error is raised when all the others of its wave have ended; of several, that of the
        first member. Ctrl-C waits for them, too.
        """
        return [result for wave in self._waves for result in _do_at_once(work, wave)]


def _do_at_once(work: Callable[[int], T], wave: Sequence[int]) -> list[T]:
    if len(wave) == 1:
        return [work(wave[0])]
    results: list[Future[T]] = [Future() for _ in wave]
    threads = [
        Thread(target=_do, args=(work, i, result), name=f"member {i + 1}")
        for i, result in zip(wave, results, strict=True)
    ]
    try:
        for thread in threads:
            try:
                thread.start()
            except RuntimeError:  # there are no more threads to be had
                thread.run()
    finally:
        _wait_for(threads)
    return [result.result() for result in results]


def _do(work: Callable[[int], T], i: int, result: Future[T]) -> None:
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
