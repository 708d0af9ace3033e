"""How many epochs: those asked for, or as many as fit into the time there is."""

from collections.abc import Mapping
from dataclasses import replace
from time import monotonic
from typing import Any

import numpy as np

from deltarule.checkpoints import CheckpointedRun
from deltarule.network import Objective
from deltarule.network.randomness import MEMBERS, philox
from deltarule.tabular.prepare import Prepared
from deltarule.tabular.recipe import build_plan
from deltarule.training import Deadline, Plan, TrainingState, begin, seconds_an_epoch

MARGIN = 0.95  # of the time left is planned with: the machine may slow down


def fitting_plan(
    settings: Mapping[str, Any],
    rows: Prepared,
    objective: Objective,
    seed: int,
    started: float,
    checkpoints: CheckpointedRun | None,
) -> tuple[Plan, Deadline | None]:
    """Return the plan of a fit, and when it has to end.

    A run that is resumed keeps the schedule that it was begun with.

    Parameters
    ----------
    settings : mapping
        TabularClassifier's parameters.
    rows : Prepared
    objective : Objective
    seed : int
    started : float
        When the fit began, by ``time.monotonic``.
    checkpoints : CheckpointedRun, optional
    """
    plan = build_plan(rows.recipe, rows.n_rows, settings["schedule_epochs"])
    if settings["time_limit"] is None:
        return plan, None
    moment = started + settings["time_limit"]
    begun = None if checkpoints is None else checkpoints.horizon
    if begun is not None:  # of another schedule than is asked for, the checkpoints complain
        if settings["schedule_epochs"] is None:
            plan = replace(plan, epochs=min(plan.epochs, begun), horizon=begun)
        return plan, Deadline(moment)
    pace = pace_of(plan, rows, objective, seed, settings["n_threads"])
    return replace(plan, epochs=epochs_in(moment - monotonic(), pace, plan)), Deadline(moment)


def epochs_in(seconds: float, pace: float, plan: Plan) -> int:
    """Return how many of the plan's epochs fit into some seconds, at so many seconds each."""
    return max(1, min(plan.epochs, int(MARGIN * seconds / pace)))


def pace_of(
    plan: Plan, rows: Prepared, objective: Objective, seed: int, n_threads: int | None
) -> float:
    """Return about how many seconds an epoch takes on this machine right now."""
    state = fresh_state(plan, rows, objective, seed)
    return seconds_an_epoch(objective, plan, state, rows.folds, n_threads)


def fresh_state(plan: Plan, rows: Prepared, objective: Objective, seed: int) -> TrainingState:
    """Return the state before the first step, each network with a seed of its own.

    That of the first one is the run's.
    """
    others = philox(seed, MEMBERS).random_raw(len(rows.folds) - 1).tolist()
    examples = [fold.examples for fold in rows.folds]
    return begin(objective.network, plan, [seed, *others], np.float32, examples)
