"""The loop: fit -> run_epoch -> run_burst -> the engine's steps.

Each function is the one place to change what it is named after. Randomness is a function of
(seed, epoch) and (seed, step), so the loop can be left between any two bursts and taken up again
from the :class:`~deltarule.training.TrainingState` alone.
"""

from dataclasses import dataclass
from math import inf
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from deltarule.engines import Engine, Examples, Steps
from deltarule.errors import DataError, DivergenceError
from deltarule.network.arrays import Floats, Integers
from deltarule.network.randomness import row_order
from deltarule.training.clipping import run_clipped
from deltarule.training.divergence import require_finite, require_sane
from deltarule.training.history import Epoch
from deltarule.training.plan import Plan
from deltarule.training.schedules import Progress
from deltarule.training.state import TrainingState
from deltarule.training.validation import Validation
from deltarule.training.watching import Watcher

BURST = 0.05  # seconds of one call of the engine, during which Ctrl-C has to wait


@dataclass
class Pace:
    """How many steps make a burst of about ``BURST`` seconds: measured, on whatever machine.

    Where an epoch is cut into bursts changes no bit of the result.
    """

    steps: int = 1

    def learn(self, steps: int, seconds: float) -> None:
        """Adapt to what a burst took, growing eightfold at the most."""
        self.steps = max(1, min(int(BURST * steps / max(seconds, 1e-9)), 8 * self.steps))


def fit(
    engine: Engine,
    state: TrainingState,
    plan: Plan,
    examples: Examples,
    validation: Validation | None = None,
    watcher: Watcher | None = None,
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
    watcher : Watcher, optional
        Told of every burst and every epoch.

    Returns
    -------
    state : TrainingState

    Raises
    ------
    DataError
        If an epoch that was left is to go on with another number of rows.
    DivergenceError
        When a loss or the weights leave the finite numbers, or an epoch's loss explodes.
        ``state.parameters`` are then finite ones: the best, where there is a validation set,
        or those before that step, or where that step's weights had overflowed already, those at
        the start of its epoch.
    KeyboardInterrupt
        On Ctrl-C, at the end of a burst. The weights are then those of a step's end, but its
        steps may not be counted yet: to go on with the same bits takes a checkpoint.
    Leave
        From the watcher, between two bursts: whoever is to go on can.
    """
    watcher = watcher or Watcher()
    set_rows(state, len(examples))
    pace = Pace()
    try:
        while state.epoch < plan.epochs and state.stopped is None:
            started = perf_counter()
            watcher.begin_epoch(state)
            run_epoch(engine, state, plan, examples, watcher, pace)
            close_epoch(engine, state, validation, started)
            require_sane(engine, state)
            plan.stopping.judge(state)
            keep_best(state, plan.keeps_last)
            watcher.end_epoch(state)
    except DivergenceError:
        restore_best(state)
        raise
    restore_best(state)
    return state


def set_rows(state: TrainingState, n_rows: int) -> None:
    """Set the number of rows of an epoch; one that has begun keeps it."""
    if state.position and state.n_rows != n_rows:
        raise DataError(
            f"Epoch {state.epoch + 1} was left after {state.position} of {state.n_rows} rows, and "
            f"cannot go on with {n_rows}. Give it the same rows."
        )
    state.n_rows = n_rows


def run_epoch(
    engine: Engine,
    state: TrainingState,
    plan: Plan,
    examples: Examples,
    watcher: Watcher,
    pace: Pace,
) -> None:
    """Visit every row once, from ``state.position`` on."""
    n = len(examples)
    order: Integers = row_order(state.seed, state.epoch, n) if plan.shuffle else np.arange(n)
    if examples.rows is not None:
        order = examples.rows[order]
    bounds = np.append(np.arange(state.position, n, plan.batch_size), n)
    rates = scheduled_rates(state, plan, bounds[:-1] / n)
    if state.position == 0:
        state.epoch_start = state.parameters.theta.copy()
    while len(bounds) > 1:
        burst, bounds = bounds[: pace.steps + 1], bounds[pace.steps :]
        now, rates = rates[: pace.steps], rates[pace.steps :]
        started = perf_counter()
        run_burst(engine, state, plan, examples, order, burst, now)
        pace.learn(len(burst) - 1, perf_counter() - started)
        watcher.end_burst(state)


def scheduled_rates(
    state: TrainingState, plan: Plan, share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the rates of steps of this epoch, each a ``share`` of it in."""
    horizon = plan.horizon or plan.epochs
    progress = Progress(state.examples_seen, np.minimum((state.epoch + share) / horizon, 1.0))
    return plan.schedule.rates(progress) * state.rate_factor


def run_burst(
    engine: Engine,
    state: TrainingState,
    plan: Plan,
    examples: Examples,
    order: Integers,
    bounds: NDArray[np.int64],
    rates: NDArray[np.float64],
) -> None:
    """Train on consecutive batches of an epoch in one call of the engine."""
    sizes = bounds[1:] - bounds[:-1]
    numbers = np.arange(state.step, state.step + len(sizes))
    scale = batch_scale(examples, order, bounds, sizes)
    scalars = plan.optimiser.scalars(rates, numbers)
    steps = Steps(order, bounds, state.step, scale, scalars, measured=bounds[-1] == len(order))

    if plan.max_norm == inf:
        result = engine.run(state.parameters, state.moments, examples, steps)
    else:
        result = run_clipped(
            engine, state.parameters, state.moments, examples, steps, plan.max_norm
        )

    done = len(result.losses)
    state.step += done
    state.position, state.rate = int(bounds[done]), float(rates[max(done, 1) - 1])
    state.epoch_loss = add_in_order(state.epoch_loss, result.losses * scale[:done] * sizes[:done])
    if result.squares is not None:
        state.squares = result.squares
    batch = steps.batch(min(done, len(steps) - 1))
    require_finite(engine, state, examples, batch, result.diverged)


def add_in_order(total: float, terms: Floats) -> float:
    """Add one term after the other, so that the sum does not depend on where bursts are cut.

    (``sum`` compensates for rounding, from Python 3.12 on.)
    """
    for term in terms.tolist():
        total += term
    return total


def batch_scale(
    examples: Examples, order: Integers, bounds: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return 1 / total weight of each batch, and 0 for a batch of weight zero."""
    if examples.weights is None:
        return 1.0 / sizes
    weights = examples.weights[order[bounds[0] : bounds[-1]]].astype(np.float64)
    totals = np.add.reduceat(weights, bounds[:-1] - bounds[0])
    return np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)


def close_epoch(
    engine: Engine,
    state: TrainingState,
    validation: Validation | None,
    started: float,
) -> None:
    """Score the validation rows and write the epoch's record."""
    judged = validation.judge(engine, state.parameters) if validation is not None else (None, None)
    loss, seconds = state.epoch_loss / state.n_rows, perf_counter() - started
    state.history.append(Epoch(loss, state.rate, state.squares, seconds, *judged))
    state.epoch += 1
    state.position, state.epoch_loss, state.epoch_start = 0, 0.0, None
    state.examples_seen += state.n_rows


def keep_best(state: TrainingState, keeps_last: bool = False) -> None:
    """Remember the best loss and score, and the parameters that had the best score.

    Of several with the same score those of the first epoch, or where ``keeps_last`` of the last.
    """
    epoch = state.history[-1]
    state.best_loss = min(state.best_loss, epoch.loss)
    if epoch.score is None:
        return
    if epoch.score > state.best_score or (keeps_last and epoch.score == state.best_score):
        state.best_score, state.best_epoch = epoch.score, state.epoch
        state.best = state.parameters.copy()


def restore_best(state: TrainingState) -> None:
    """Take up the parameters that had the best score, where there was a validation set."""
    if state.best is not None:
        state.parameters.theta[:] = state.best.theta
