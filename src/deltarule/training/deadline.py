"""A limit to the time that training may take, and how much of it an epoch needs."""

from time import monotonic, perf_counter

import numpy as np

from deltarule.engines import Examples, create_engine
from deltarule.network import Objective
from deltarule.training.loop import run_burst, scheduled_rates
from deltarule.training.plan import Plan
from deltarule.training.state import TrainingState
from deltarule.training.validation import Validation
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
    examples: Examples,
    validation: Validation | None,
    n_threads: int | None,
) -> float:
    """Return about how long an epoch will take, from some steps on a copy of the state."""
    state = state.copy()
    engine = create_engine(objective, plan.optimiser, seed=state.seed, n_threads=n_threads)
    rows = np.arange(len(examples)) if examples.rows is None else examples.rows
    state.n_rows = len(rows)
    bounds = np.append(np.arange(0, len(rows), plan.batch_size), len(rows))
    rates = 0 * scheduled_rates(state, plan, bounds[:-1] / len(rows))  # nothing can diverge
    n_steps, count, taken = len(rates), 1, 0.0
    while True:
        started = perf_counter()
        run_burst(engine, state, plan, examples, rows, bounds[: count + 1], rates[:count])
        taken = (perf_counter() - started) / count
        if count == n_steps or taken * count > MEASURED / 2:
            break
        count = min(n_steps, max(2 * count, int(MEASURED / max(taken, 1e-9))))
    started = perf_counter()
    if validation is not None:
        validation.judge(engine, state.parameters)
    return taken * n_steps + perf_counter() - started
