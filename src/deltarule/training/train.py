"""A run from its first step to its end, whichever way its plan trains and whatever ends it."""

import logging
from dataclasses import replace
from time import perf_counter

from deltarule.distributed import SERIAL, Communicator
from deltarule.errors import DivergenceError
from deltarule.network import Objective
from deltarule.training.crew import Crew
from deltarule.training.deadline import TimeUp
from deltarule.training.folds import Folds, FoldsInMemory
from deltarule.training.lbfgs import fit_full_batch
from deltarule.training.loop import (
    close_epoch,
    fit,
    keep_best,
    restore_best,
    return_to_epoch_start,
)
from deltarule.training.plan import AnyPlan, Plan
from deltarule.training.state import TrainingState
from deltarule.training.watching import Leave, SharedWatcher, Watcher
from deltarule.warn import warn

LOG = logging.getLogger(__name__)


def train(
    objective: Objective,
    plan: AnyPlan,
    state: TrainingState,
    folds: Folds,
    *,
    watcher: Watcher | None = None,
    n_threads: int | None = None,
    before: int = 0,
    communicator: Communicator = SERIAL,
) -> DivergenceError | None:
    """Train by the plan from a state on: :func:`fit` or :func:`fit_full_batch`.

    Parameters
    ----------
    objective : Objective
    plan : Plan or FullBatchPlan
    state : TrainingState
        Of :func:`begin`, :func:`go_on` or a checkpoint; changed in place.
    folds, watcher
        As for :func:`fit`; L-BFGS needs all rows in memory.
    n_threads : int, optional
        Most threads to use; it changes no bit of the result.
    before : int
        Whole epochs that earlier runs have made: no gain of this one.
    communicator : Communicator
        The workers that train together. Only worker 0's watcher looks on.

    Returns
    -------
    DivergenceError or None
        Why training ended early, where whole epochs had been learnt before: they are kept.

    Raises
    ------
    DivergenceError
        Where nothing had been learnt.
    KeyboardInterrupt
        Likewise, on Ctrl-C. Later than that, it is a warning.
    Leave
        From the watcher, which has then been told that the run is left.
    """
    watcher = watcher or Watcher()
    if communicator.size > 1:
        watcher = SharedWatcher(watcher, communicator)
    optimiser = plan.optimiser if isinstance(plan, Plan) else None
    shards = plan.shards if isinstance(plan, Plan) else 1
    objective = replace(objective, alpha=objective.alpha / shards)  # of each slice's penalty
    seeds = [member.seed for member in state.members]
    crew = Crew(objective, optimiser, seeds, n_threads, communicator)
    sizes = "-".join(map(str, objective.network.sizes))
    number = "" if len(seeds) == 1 else f"{len(seeds)} networks of "
    LOG.info("training %s%s from epoch %d on", number, sizes, state.epoch + 1)
    try:
        if isinstance(plan, Plan):
            fit(crew, state, plan, folds, watcher)
        elif isinstance(folds, FoldsInMemory):
            fit_full_batch(crew, state, plan, folds, watcher)
    except TimeUp:
        watcher.leave(state)
        _end_in_time(crew, state, folds)
    except Leave:
        watcher.leave(state)
        raise
    except DivergenceError as error:
        LOG.error("%s", error)
        if state.epoch == before:
            raise
        return error
    except KeyboardInterrupt:
        if state.epoch == before or communicator.size > 1:  # the others are in the middle of a step
            raise
        _end_interrupted(state)
    LOG.info("trained to epoch %d: %s", state.epoch, state.stopped or "the last one asked for")
    return None


def _end_in_time(crew: Crew, state: TrainingState, folds: Folds) -> None:
    """Keep what there is when the time is up: whole epochs, or where there is none, a part."""
    if state.epoch == 0 and state.position:
        for member in state.members:
            member.n_rows = max(member.position, 1)  # the first window may have none of its rows
        close_epoch(crew, state, folds, perf_counter())
        keep_best(state)
    return_to_epoch_start(state)
    restore_best(state)
    state.stopped = "the time limit was reached"


def _end_interrupted(state: TrainingState) -> None:
    """Keep what there is of a run that Ctrl-C has ended, and warn."""
    restore_best(state)
    state.stopped = "interrupted by the user"
    kept = "then"
    if state.best_epoch:
        is_one = len(state.members) == 1
        kept = f"epoch {state.best_epoch}, the best," if is_one else "each network's best epoch"
    warn(
        f"Training interrupted by user in epoch {state.epoch + 1}; the weights of {kept} are kept."
    )
