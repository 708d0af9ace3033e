"""The state that a run begins with: fresh weights, or those of a run before."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from deltarule.engines import Examples
from deltarule.engines.blas import single_threaded_blas
from deltarule.engines.threads import available_threads
from deltarule.network import Network, Parameters, initialise
from deltarule.network.randomness import row_order
from deltarule.training.crew import side_by_side
from deltarule.training.memory import require_memory
from deltarule.training.plan import AnyPlan, Plan
from deltarule.training.state import Member, TrainingState

MOST_SHOWN = 1024  # examples that an initialiser looks at


def begin(
    network: Network,
    plan: AnyPlan,
    seeds: Sequence[int],
    dtype: DTypeLike,
    examples: Sequence[Examples],
    n_threads: int | None = None,
) -> TrainingState:
    """Return the state of a run before its first step, with fresh weights.

    Parameters
    ----------
    network : Network
    plan : Plan or FullBatchPlan
    seeds : sequence of int
        Of each member's weights, row orders and dropout masks; the first one is that of the run.
    dtype : float32 or float64
        What to compute in.
    examples : sequence of Examples
        What each member will be trained on in the first window. An initialiser may look at some.
    n_threads : int, optional
        Most threads to use; it changes no bit of the result.

    Raises
    ------
    OutOfMemoryError
        If the networks cannot fit into this machine's memory; before any of it is taken.
    """
    names = plan.optimiser.moments if isinstance(plan, Plan) else ()
    require_memory(network, np.dtype(dtype).itemsize, len(names), len(seeds))
    initialiser = plan.initialiser if isinstance(plan, Plan) else "glorot"
    drawn = side_by_side(
        lambda i: draw_weights(network, initialiser, seeds[i], dtype, examples[i]),
        range(len(seeds)),
        min(len(seeds), n_threads or available_threads()),
    )
    return TrainingState.of(
        Member.start(parameters, names, seed) for parameters, seed in zip(drawn, seeds, strict=True)
    )


def draw_weights(
    network: Network, initialiser: str, seed: int, dtype: DTypeLike, examples: Examples
) -> Parameters:
    """Return fresh weights; an initialiser that looks at data sees the first rows to be visited."""
    if initialiser != "data_driven":
        return initialise(network, seed, dtype, initialiser)
    rows = np.arange(len(examples)) if examples.rows is None else examples.rows
    if len(rows) > MOST_SHOWN:
        rows = rows[row_order(seed, 0, len(rows))[:MOST_SHOWN]]
    X = examples.X[rows].T.astype(np.float64)
    with single_threaded_blas():  # with more, its sums would hang on their number
        return initialise(network, seed, dtype, initialiser, X=X)


def go_on(state: TrainingState, plan: AnyPlan) -> TrainingState:
    """Return a copy of a state as its continuation by a plan wants it: with that plan's moments.

    They are the state's own where it has them, so that training goes on as if it had never
    ended; zeros where another solver trained it before. An epoch that was left begins anew.
    """
    state = state.copy()
    state.stopped = None
    names = plan.optimiser.moments if isinstance(plan, Plan) else ()
    for member in state.members:
        if set(names) != set(member.moments):
            member.moments = {name: np.zeros_like(member.parameters.theta) for name in names}
            member.step = 0
        member.position, member.epoch_loss, member.epoch_start = 0, 0.0, None
    return state
