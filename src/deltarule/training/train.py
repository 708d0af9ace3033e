"""From a plan to a trained network: the state to begin with, and the way the plan trains it."""

from copy import deepcopy

import numpy as np
from numpy.typing import DTypeLike

from deltarule.engines import Examples, create_engine
from deltarule.network import Network, Objective, initialise
from deltarule.training.lbfgs import fit_full_batch
from deltarule.training.loop import Watcher, fit
from deltarule.training.memory import require_memory
from deltarule.training.plan import FullBatchPlan, Plan
from deltarule.training.state import TrainingState
from deltarule.training.validation import Validation

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
    return TrainingState.start(initialise(network, seed, dtype), names, seed)


def go_on(state: TrainingState, plan: AnyPlan) -> TrainingState:
    """Return a copy of a state as its continuation by a plan wants it: with that plan's moments.

    They are the state's own where it has them, so that training goes on as if it had never
    ended; zeros where another solver trained it before. An epoch that was left begins anew.
    """
    state = deepcopy(state)
    names = plan.optimiser.moments if isinstance(plan, Plan) else ()
    if set(names) != set(state.moments):
        state.moments = {name: np.zeros_like(state.parameters.theta) for name in names}
        state.step = 0
    state.stopped, state.position, state.epoch_loss = None, 0, 0.0
    return state


def train(
    objective: Objective,
    plan: AnyPlan,
    state: TrainingState,
    examples: Examples,
    *,
    validation: Validation | None = None,
    watch: Watcher | None = None,
    n_threads: int | None = None,
) -> TrainingState:
    """Train by the plan from a state on: :func:`fit` or :func:`fit_full_batch`.

    Parameters
    ----------
    objective : Objective
    plan : Plan or FullBatchPlan
    state : TrainingState
        Of :func:`begin` or :func:`go_on`; changed in place.
    examples : Examples
    validation, watch
        As for :func:`fit`.
    n_threads : int, optional
        Most threads to use; it changes no bit of the result.
    """
    if isinstance(plan, FullBatchPlan):
        engine = create_engine(objective, seed=state.seed, n_threads=n_threads)
        return fit_full_batch(engine, state, plan, examples, validation, watch)
    engine = create_engine(objective, plan.optimiser, seed=state.seed, n_threads=n_threads)
    return fit(engine, state, plan, examples, validation, watch)
