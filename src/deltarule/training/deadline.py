"""A limit to the time that training may take, and how much of it an epoch needs."""

from collections.abc import Sequence
from time import monotonic, perf_counter

from deltarule.network import Objective
from deltarule.training.course import course_of, run_burst
from deltarule.training.crew import Crew
from deltarule.training.loop import judge
from deltarule.training.plan import Plan
from deltarule.training.state import TrainingState
from deltarule.training.validation import Fold
from deltarule.training.watching import Watcher

MEASURED = 0.4  # seconds of steps that tell how long an epoch takes


class TimeUp(Exception):  # noqa: N818 - nothing is wrong
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
    folds: Sequence[Fold],
    n_threads: int | None,
) -> float:
    """Return about how long an epoch will take, from some steps on a copy of the state."""
    state = state.copy()
    members = state.members
    crew = Crew(objective, plan.optimiser, [member.seed for member in members], n_threads)
    courses = [
        course_of(member, plan, fold.examples, rate_factor=0.0)  # nothing can diverge
        for member, fold in zip(members, folds, strict=True)
    ]
    n_steps, count, taken = max(map(len, courses)), 1, 0.0

    def train(i: int) -> None:
        steps = courses[i].part(0, count)
        run_burst(crew.engines[i], members[i], plan, folds[i].examples, steps)

    while True:
        started = perf_counter()
        crew.each(train)
        taken = (perf_counter() - started) / count
        if count == n_steps or taken * count > MEASURED / 2:
            break
        count = min(n_steps, max(2 * count, int(MEASURED / max(taken, 1e-9))))
    started = perf_counter()
    judge(crew, state, folds)
    return taken * n_steps + perf_counter() - started
