"""How many epochs: those asked for, or as many as fit into the time there is."""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

import numpy as np

from deltarule.network import Objective
from deltarule.network.randomness import MEMBERS, philox
from deltarule.tabular.prepare import Prepared
from deltarule.training import Deadline, Plan, TrainingState, begin, first_examples

MARGIN = 0.95  # of the time left is planned with: the machine may slow down


def fit_into(
    limit: float, started: float, plan: Plan, pace: Callable[[], float], begun: int | None
) -> tuple[Plan, Deadline]:
    """Return a plan that fits into the time there is, and when it has to end.

    Parameters
    ----------
    limit : float
        Seconds.
    started : float
        When the fit began, by ``time.monotonic``.
    plan : Plan
        What is asked for.
    pace : callable
        Finds out how many seconds an epoch takes.
    begun : int or None
        Epochs of the schedule of a run that is resumed, which it keeps.
    """
    moment = started + limit
    if begun is None:
        return replace(plan, epochs=epochs_in(moment - monotonic(), pace(), plan)), Deadline(moment)
    if plan.horizon is None:  # of another schedule than is asked for, the checkpoints complain
        plan = replace(plan, epochs=min(plan.epochs, begun), horizon=begun)
    return plan, Deadline(moment)


def epochs_in(seconds: float, pace: float, plan: Plan) -> int:
    """Return how many of the plan's epochs fit into some seconds, at so many seconds each."""
    return max(1, min(plan.epochs, int(MARGIN * seconds / pace)))


def fresh_state(
    plan: Plan, rows: Prepared, objective: Objective, seed: int, n_threads: int | None
) -> TrainingState:
    """Return the state before the first step, each network with a seed of its own.

    That of the first one is the run's.
    """
    others = philox(seed, MEMBERS).random_raw(len(rows.folds.sizes) - 1).tolist()
    examples = first_examples(rows.folds)
    return begin(objective.network, plan, [seed, *others], np.float32, examples, n_threads)
