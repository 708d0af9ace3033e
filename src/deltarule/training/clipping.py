"""Steps whose gradient is cut to a greatest norm: the engine's verbs, one after the other."""

import numpy as np

from deltarule.engines import Engine, Examples, RunResult, Steps
from deltarule.network import Parameters, step_squares
from deltarule.network.optimisers import Moments


def run_clipped(
    engine: Engine,
    parameters: Parameters,
    moments: Moments,
    examples: Examples,
    steps: Steps,
    max_norm: float,
) -> RunResult:
    """Do what ``engine.run`` does, with each mean gradient g first cut to |g| <= ``max_norm``.

    g <- g min(1, max_norm / |g|), over all parameters together (Pascanu et al. 2013, Algorithm 1).
    """
    losses = np.zeros(len(steps))
    squares = np.zeros((engine.objective.network.depth, 3)) if steps.measured else None
    gradient = Parameters(parameters.layout, parameters.dtype)
    for i in range(len(steps)):
        if steps.scale[i] == 0:
            continue
        batch, step = steps.batch(i), steps.first + i
        losses[i] = engine.loss_and_gradient(
            parameters, examples, batch, step, gradient, dropout=steps.dropout_factor(i)
        )
        if not np.isfinite(losses[i]):
            return RunResult(losses[:i], diverged=float(losses[i]))
        # NumPy's own sum, pairwise in float64: the same bits for any number of BLAS threads.
        norm = float(np.sqrt(np.square(gradient.theta, dtype=np.float64).sum())) * steps.scale[i]
        gradient.theta *= float(steps.scale[i]) * min(1.0, max_norm / norm if norm > 0 else 1.0)
        is_measured = squares is not None and i + 1 == len(steps)
        before = parameters.copy() if is_measured else parameters
        engine.update(parameters, gradient.theta, moments, steps.scalars[i])
        if is_measured:
            squares = step_squares(before, parameters, gradient)
    return RunResult(losses, squares=squares)
