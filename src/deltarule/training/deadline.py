"""A limit to the time that training may take, and how much of it an epoch needs."""

from collections.abc import Sequence
from functools import partial
from time import monotonic, perf_counter

import numpy as np

from deltarule.distributed import SERIAL, Communicator
from deltarule.network import Objective
from deltarule.training.course import course_of, run_burst
from deltarule.training.crew import Crew
from deltarule.training.folds import Folds, Window, first_examples
from deltarule.training.loop import judge
from deltarule.training.plan import Plan
from deltarule.training.state import TrainingState
from deltarule.training.watching import Leave, Watcher

MEASURED = 0.4  # seconds of steps that tell how long an epoch takes


class TimeUp(Leave):
    """Raised between two bursts, with the state whole, when the time is up."""


class Deadline(Watcher):
    """Ends a run at a moment of the clock.

    Parameters
    ----------
    moment : float
        Of ``time.monotonic``.
    """

    def __init__(self, moment: float) -> None:
        self._moment = moment

    def end_burst(self, state: TrainingState) -> None:
        if state.position < state.n_rows:  # else the epoch is closed first
            self.end_epoch(state)

    def end_epoch(self, state: TrainingState) -> None:
        if monotonic() >= self._moment:
            raise TimeUp


def seconds_an_epoch(
    objective: Objective,
    plan: Plan,
    state: TrainingState,
    folds: Folds,
    n_threads: int | None,
    communicator: Communicator = SERIAL,
) -> float:
    """Return about how long an epoch will take, from some steps on a copy of the state."""
    state = state.copy()
    members = state.members
    seeds = [member.seed for member in members]
    crew = Crew(objective, plan.optimiser, seeds, n_threads, communicator)
    examples = first_examples(folds)
    for member, n_rows in zip(members, folds.sizes, strict=True):
        member.n_rows = n_rows
    courses = [
        course_of(member, plan, some, rate_factor=0.0, parts=np.arange(len(some)) % plan.shards)
        for member, some in zip(members, examples, strict=True)  # nothing can diverge at rate 0
    ]
    n_steps, count, taken = max(map(len, courses)), 1, 0.0

    def train(i: int) -> None:
        steps = courses[i].part(0, count)
        run_burst(crew.engines[i], members[i], plan, lambda: examples[i], steps, communicator)

    while True:
        started = perf_counter()
        crew.each(train)
        seconds = perf_counter() - started
        taken = communicator.broadcast(partial(float, seconds)) / count
        if count == n_steps or taken * count > MEASURED / 2:
            break
        count = min(n_steps, max(2 * count, int(MEASURED / max(taken, 1e-9))))
    started = perf_counter()
    judge(crew, state, folds)
    judged = perf_counter() - started
    windows = folds.windows(state.epoch)
    seconds = taken * _steps_of(windows, plan) + judged + _seconds_to_load(folds, windows)
    return communicator.broadcast(lambda: seconds)


def _seconds_to_load(folds: Folds, windows: Sequence[Window]) -> float:
    """Return about how long it takes until the rows of all windows have been in memory."""
    if len(windows) == 1:
        return 0.0
    started = perf_counter()
    folds.examples(windows[-1])
    return (perf_counter() - started) * len(windows)


def _steps_of(windows: Sequence[Window], plan: Plan) -> int:
    """Return the steps of an epoch, of the member that has most."""
    each = zip(*(np.subtract(window.ends, window.begins) for window in windows), strict=True)
    return max(sum(-(-int(rows) // plan.batch_size) for rows in rows_of) for rows_of in each)
