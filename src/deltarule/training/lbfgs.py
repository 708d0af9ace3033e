"""L-BFGS: SciPy's, on the mean loss of all rows and its gradient."""

from collections.abc import Callable
from math import nan
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, minimize

from deltarule.engines import Engine, Examples
from deltarule.network import Parameters, step_squares
from deltarule.training.crew import Crew
from deltarule.training.divergence import lbfgs_diverged
from deltarule.training.folds import FoldsInMemory
from deltarule.training.loop import close_epoch, keep_best, restore_best
from deltarule.training.plan import FullBatchPlan
from deltarule.training.state import TrainingState
from deltarule.training.watching import Watcher

CONVERGED = 0  # SciPy's status


class MeanLoss:
    """The mean loss over all rows as a function of theta, as SciPy wants it."""

    def __init__(self, engine: Engine, parameters: Parameters, examples: Examples) -> None:
        self.gradient = Parameters(parameters.layout, parameters.dtype)
        self._engine, self._examples, self._parameters = engine, examples, parameters.copy()
        self._rows = np.arange(len(examples)) if examples.rows is None else examples.rows
        weights = examples.weights
        self._total = float(len(examples) if weights is None else weights[self._rows].sum())

    def __call__(self, theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return the loss, penalty included, and its gradient."""
        self._parameters.theta[:] = theta
        J = self._engine.loss_and_gradient(
            self._parameters, self._examples, self._rows, 0, self.gradient
        )
        self.gradient.theta /= self._total
        return J / self._total, self.gradient.theta.astype(np.float64)


def fit_full_batch(
    crew: Crew,
    state: TrainingState,
    plan: FullBatchPlan,
    folds: FoldsInMemory,
    watcher: Watcher | None = None,
) -> TrainingState:
    """Train by L-BFGS (Liu & Nocedal 1989) from the parameters of the only member on.

    Parameters as for :func:`deltarule.training.fit`; an epoch of the history is an iteration, and
    its step's gradient is the one after the step.

    Raises
    ------
    DivergenceError
        Where the loss is not finite. The parameters are then those of the last iteration.
    """
    watcher = watcher or Watcher()
    (engine,), (member,), (fold,) = crew.engines, state.members, folds.folds
    member.n_rows = len(fold.examples)
    loss = MeanLoss(engine, member.parameters, fold.examples)
    started, last = perf_counter(), state.epoch + plan.iterations

    def close_iteration(intermediate_result: OptimizeResult) -> None:
        nonlocal started
        before = member.parameters.copy()
        member.parameters.theta[:] = intermediate_result.x
        member.squares, member.rate = step_squares(before, member.parameters, loss.gradient), nan
        member.epoch_loss = float(intermediate_result.fun) * member.n_rows
        close_epoch(crew, state, folds, started)
        started = perf_counter()
        if fold.validation is not None:
            plan.stopping.judge(state)
        keep_best(state)
        watcher.end_epoch(state)
        if state.stopped is not None:
            raise StopIteration
        if state.epoch < last:
            watcher.begin_epoch(state)

    watcher.begin_epoch(state)
    result = _minimise(loss, member.parameters, plan, close_iteration)
    if not np.isfinite(result.fun):
        error = lbfgs_diverged(engine, member, fold.examples, float(result.fun))
        restore_best(state)
        raise error
    if not state.history:  # there was nothing to learn
        close_iteration(result)
    restore_best(state)
    if state.stopped is None and result.status == CONVERGED:
        state.stopped = f"L-BFGS: {result.message}"
    return state


def _minimise(
    loss: MeanLoss,
    start: Parameters,
    plan: FullBatchPlan,
    callback: Callable[[OptimizeResult], None],
) -> OptimizeResult:
    return minimize(
        loss,
        start.theta.astype(np.float64),
        method="L-BFGS-B",
        jac=True,
        callback=callback,
        options={"maxiter": plan.iterations, "maxfun": plan.evaluations, "gtol": plan.tol},
    )
