"""From a plan to a trained network: the state to begin with, and the way the plan trains it."""

import logging
from time import perf_counter

import numpy as np
from numpy.typing import DTypeLike

from deltarule.engines import Engine, Examples, create_engine
from deltarule.errors import DivergenceError
from deltarule.network import Network, Objective, initialise
from deltarule.training.deadline import TimeUp
from deltarule.training.lbfgs import fit_full_batch
from deltarule.training.loop import close_epoch, fit, keep_best, restore_best
from deltarule.training.memory import require_memory
from deltarule.training.plan import FullBatchPlan, Plan
from deltarule.training.state import TrainingState
from deltarule.training.validation import Validation
from deltarule.training.watching import Leave, Watcher
from deltarule.warn import warn

LOG = logging.getLogger(__name__)

AnyPlan = Plan | FullBatchPlan


def begin(network: Network, plan: AnyPlan, seed: int, dtype: DTypeLike) -> TrainingState:
    """Return the state before the first step, with fresh weights.

    Parameters
    ----------
    network : Network
    plan : Plan or FullBatchPlan
    seed : int
        Of weights, row orders and dropout masks.
    dtype : float32 or float64
        What to compute in.

    Raises
    ------
    OutOfMemoryError
        If the network cannot fit into this machine's memory; before any of it is taken.
    """
    names = plan.optimiser.moments if isinstance(plan, Plan) else ()
    require_memory(network, np.dtype(dtype).itemsize, len(names))
    initialiser = plan.initialiser if isinstance(plan, Plan) else "glorot"
    return TrainingState.start(initialise(network, seed, dtype, initialiser), names, seed)


def go_on(state: TrainingState, plan: AnyPlan) -> TrainingState:
    """Return a copy of a state as its continuation by a plan wants it: with that plan's moments.

    They are the state's own where it has them, so that training goes on as if it had never
    ended; zeros where another solver trained it before. An epoch that was left begins anew.
    """
    state = state.copy()
    names = plan.optimiser.moments if isinstance(plan, Plan) else ()
    if set(names) != set(state.moments):
        state.moments = {name: np.zeros_like(state.parameters.theta) for name in names}
        state.step = 0
    state.stopped, state.position, state.epoch_loss, state.epoch_start = None, 0, 0.0, None
    return state


def train(
    objective: Objective,
    plan: AnyPlan,
    state: TrainingState,
    examples: Examples,
    *,
    validation: Validation | None = None,
    watcher: Watcher | None = None,
    n_threads: int | None = None,
    before: int = 0,
) -> DivergenceError | None:
    """Train by the plan from a state on: :func:`fit` or :func:`fit_full_batch`.

    Parameters
    ----------
    objective : Objective
    plan : Plan or FullBatchPlan
    state : TrainingState
        Of :func:`begin`, :func:`go_on` or a checkpoint; changed in place.
    examples : Examples
    validation, watcher
        As for :func:`fit`.
    n_threads : int, optional
        Most threads to use; it changes no bit of the result.
    before : int
        Whole epochs that earlier runs have made: no gain of this one.

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
    optimiser = plan.optimiser if isinstance(plan, Plan) else None
    engine = create_engine(objective, optimiser, seed=state.seed, n_threads=n_threads)
    sizes = "-".join(map(str, objective.network.sizes))
    LOG.info("training %s from epoch %d on", sizes, state.epoch + 1)
    try:
        if isinstance(plan, Plan):
            fit(engine, state, plan, examples, validation, watcher)
        else:
            fit_full_batch(engine, state, plan, examples, validation, watcher)
    except Leave:
        watcher.leave(state)
        raise
    except TimeUp:
        watcher.leave(state)
        _end_in_time(engine, state, validation)
    except DivergenceError as error:
        LOG.error("%s", error)
        if state.epoch == before:
            raise
        return error
    except KeyboardInterrupt:
        if state.epoch == before:
            raise
        _end_interrupted(state)
    LOG.info("trained to epoch %d: %s", state.epoch, state.stopped or "the last one asked for")
    return None


def _end_in_time(engine: Engine, state: TrainingState, validation: Validation | None) -> None:
    """Keep what there is when the time is up: whole epochs, or where there is none, a part."""
    if state.epoch == 0 and state.position:
        state.n_rows = state.position
        close_epoch(engine, state, validation, perf_counter())
        keep_best(state)
    elif state.best is None and state.epoch_start is not None:
        state.parameters.theta[:] = state.epoch_start
    restore_best(state)
    state.stopped = "the time limit was reached"


def _end_interrupted(state: TrainingState) -> None:
    """Keep what there is of a run that Ctrl-C has ended, and warn."""
    restore_best(state)
    state.stopped = "interrupted by the user"
    kept = "then" if state.best is None else f"epoch {state.best_epoch}, the best,"
    warn(
        f"Training interrupted by user in epoch {state.epoch + 1}; the weights of {kept} are kept."
    )
