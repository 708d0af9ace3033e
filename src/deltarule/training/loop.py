"""The loop: fit -> run_epoch -> run_burst -> the engine's steps.

Each function is the one place to change what it is named after. Randomness is a function of
(seed, epoch) and (seed, step), so the loop can be left between any two bursts and taken up again
from the :class:`~deltarule.training.TrainingState` alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from time import perf_counter

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deltarule.engines import Engine, Examples, Steps, create_engine
from deltarule.errors import DivergenceError
from deltarule.network import Objective, initialise
from deltarule.network.arrays import Floats, Integers
from deltarule.network.randomness import row_order
from deltarule.training.clipping import run_clipped
from deltarule.training.history import Epoch
from deltarule.training.plan import Plan
from deltarule.training.state import TrainingState

# One call of the engine, during which Ctrl-C has to wait: a tenth of a second at the most.
BURST = 2_000_000_000  # multiplications
MOST_STEPS = 10_000  # of the smallest networks, whose steps are more overhead than arithmetic

Watcher = Callable[[TrainingState], object]
"""Called after every burst of steps and every epoch; what it returns is ignored."""


@dataclass(frozen=True)
class Validation:
    """Rows that are never trained on, and how to score them.

    Attributes
    ----------
    X : array (n, f)
    score : callable
        From the scores (n, l) of those rows to a number; higher is better.
    """

    X: NDArray[np.floating]
    score: Callable[[Floats], float]


def train(
    objective: Objective,
    plan: Plan,
    examples: Examples,
    *,
    seed: int,
    dtype: DTypeLike,
    validation: Validation | None = None,
    watch: Watcher | None = None,
) -> TrainingState:
    """Train a network from fresh weights: :func:`fit` with all that it needs made for it.

    Parameters
    ----------
    objective : Objective
    plan : Plan
    examples : Examples
    seed : int
        Of weights, row orders and dropout masks.
    dtype : float32 or float64
        What to compute in.
    validation, watch
        As for :func:`fit`.
    """
    parameters = initialise(objective.network, seed, dtype)
    state = TrainingState.start(parameters, plan.optimiser, seed)
    engine = create_engine(objective, plan.optimiser, seed=seed)
    return fit(engine, state, plan, examples, validation, watch)


def fit(
    engine: Engine,
    state: TrainingState,
    plan: Plan,
    examples: Examples,
    validation: Validation | None = None,
    watch: Watcher | None = None,
) -> TrainingState:
    """Train until the plan's last epoch, or until its stopping rule says so.

    Parameters
    ----------
    engine : Engine
        Made for the plan's optimiser and the state's seed.
    state : TrainingState
        Where to start; changed in place.
    plan : Plan
    examples : Examples
    validation : Validation, optional
        With it, the parameters of the epoch with the best score are the ones left in
        ``state.parameters`` at the end.
    watch : callable, optional
        Called with the state after every burst and every epoch, to show progress.

    Returns
    -------
    state : TrainingState

    Raises
    ------
    DivergenceError
        When a loss or the weights leave the finite numbers. ``state.parameters`` are then
        finite ones: those before that step, or where that step's weights had overflowed
        already, those before its burst.
    """
    watch = watch or (lambda state: None)
    state.n_rows = len(examples)
    while state.epoch < plan.epochs and state.stopped is None:
        started = perf_counter()
        rate = run_epoch(engine, state, plan, examples, watch)
        close_epoch(engine, state, rate, validation, started)
        plan.stopping.judge(state)
        keep_best(state)
        watch(state)
    if state.best is not None:
        state.parameters.theta[:] = state.best.theta
    return state


def run_epoch(
    engine: Engine, state: TrainingState, plan: Plan, examples: Examples, watch: Watcher
) -> float:
    """Visit every row once, from ``state.position`` on; return the last step's scheduled rate."""
    n = len(examples)
    order = row_order(state.seed, state.epoch, n) if plan.shuffle else np.arange(n)
    rate = plan.schedule.rate(np.array([state.examples_seen]))[0] * state.rate_factor
    for bounds in bursts(state, plan):
        run_burst(engine, state, plan, examples, order, bounds, rate)
        watch(state)
    return float(rate)


def bursts(state: TrainingState, plan: Plan) -> Iterator[NDArray[np.int64]]:
    """Cut the rest of the epoch into bursts: the bounds of their batches.

    A burst is a fixed amount of work, known from the shapes alone.
    """
    bounds = np.append(np.arange(state.position, state.n_rows, plan.batch_size), state.n_rows)
    work_a_step = 3 * plan.batch_size * state.parameters.layout.size
    steps = max(1, min(MOST_STEPS, BURST // work_a_step))
    for first in range(0, len(bounds) - 1, steps):
        yield bounds[first : first + steps + 1]


def run_burst(
    engine: Engine,
    state: TrainingState,
    plan: Plan,
    examples: Examples,
    order: Integers,
    bounds: NDArray[np.int64],
    rate: float,
) -> None:
    """Train on consecutive batches of an epoch in one call of the engine."""
    sizes = np.diff(bounds)
    numbers = state.step + np.arange(len(sizes))
    scale = batch_scale(examples, order, bounds)
    scalars = plan.optimiser.scalars(np.full(len(sizes), rate), numbers)
    steps = Steps(order, bounds, state.step, scale, scalars)

    before = state.parameters.theta.copy()
    if plan.max_norm == inf:
        result = engine.run(state.parameters, state.moments, examples, steps)
    else:
        result = run_clipped(
            engine, state.parameters, state.moments, examples, steps, plan.max_norm
        )

    done = len(result.losses)
    state.step += done
    state.position = int(bounds[done])
    state.epoch_loss += float((result.losses * scale[:done] * sizes[:done]).sum())
    finite = bool(np.isfinite(state.parameters.theta).all())
    if not finite:
        state.parameters.theta[:] = before
    if result.diverged is not None or not finite:
        raise DivergenceError(_describe_divergence(state, result.diverged, rate))


def _describe_divergence(state: TrainingState, loss: float | None, rate: float) -> str:
    what = "the weights" if loss is None else f"the loss, {loss},"
    step = state.step if loss is None else state.step + 1
    return (
        f"Training diverged: in epoch {state.epoch + 1}, at step {step}, {what} left the finite "
        f"numbers. The last finite weights are kept. Lower learning_rate_init (the rate was "
        f"{rate:g}), or look for rows of X with very large values."
    )


def batch_scale(
    examples: Examples, order: Integers, bounds: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return 1 / total weight of each batch, and 0 for a batch of weight zero."""
    if examples.weights is None:
        return 1.0 / np.diff(bounds)
    weights = examples.weights[order[bounds[0] : bounds[-1]]].astype(np.float64)
    totals = np.add.reduceat(weights, bounds[:-1] - bounds[0])
    return np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)


def close_epoch(
    engine: Engine,
    state: TrainingState,
    rate: float,
    validation: Validation | None,
    started: float,
) -> None:
    """Score the validation rows and write the epoch's record."""
    score = None
    if validation is not None:
        score = float(validation.score(engine.predict(state.parameters, validation.X)))
    loss = state.epoch_loss / state.n_rows
    state.history.append(Epoch(loss, score, rate, perf_counter() - started))
    state.epoch += 1
    state.position, state.epoch_loss = 0, 0.0
    state.examples_seen += state.n_rows


def keep_best(state: TrainingState) -> None:
    """Remember the best loss and score, and the parameters that had the best score."""
    epoch = state.history[-1]
    state.best_loss = min(state.best_loss, epoch.loss)
    if epoch.score is not None and epoch.score > state.best_score:
        state.best_score, state.best_epoch = epoch.score, state.epoch
        state.best = state.parameters.copy()
