"""Steps made of the engine's verbs, one after the other.

So they are made where the gradient is looked at before the update: to cut it to a greatest norm, or
to add it up over the slices of a batch, which may be other workers'.
"""

from collections.abc import Callable

import numpy as np

from deltarule.distributed import Communicator
from deltarule.distributed.communicator import Compute, Numbers
from deltarule.engines import Engine, Examples, RunResult, Steps
from deltarule.network import Parameters, step_squares
from deltarule.network.arrays import Floats, Integers
from deltarule.network.optimisers import Moments


def run_stepwise(
    engine: Engine,
    parameters: Parameters,
    moments: Moments,
    examples: Callable[[], Examples],
    steps: Steps,
    slices: Integers,
    max_norm: float,
    communicator: Communicator,
) -> RunResult:
    """Do what ``engine.run`` does, with each gradient a sum over slices, and cut.

    The mean gradient g is first cut to |g| <= ``max_norm``: g <- g min(1, max_norm / |g|), over all
    parameters together (Pascanu et al. 2013, Algorithm 1).

    Parameters
    ----------
    engine, parameters, moments, steps
        As for ``engine.run``.
    examples : callable
        Returns rows among which those of this worker's slices are.
    slices : array (steps, V + 1)
        Where the slices of each batch begin and end in ``steps.rows``.
    max_norm : float
    communicator : Communicator
    """
    losses = np.zeros(len(steps))
    squares = np.zeros((engine.objective.network.depth, 3)) if steps.measured else None
    room = Parameters(parameters.layout, parameters.dtype).theta
    shards = slices.shape[1] - 1
    for i in range(len(steps)):
        if steps.scale[i] == 0:
            continue
        compute = loss_of(engine, parameters, examples, steps, slices[i], i)
        (losses[i],), gradient = communicator.add(shards, compute, room)
        if not np.isfinite(losses[i]):
            return RunResult(losses[:i], diverged=float(losses[i]))
        scale = float(steps.scale[i]) * cut_of(gradient, float(steps.scale[i]), max_norm)
        is_measured = squares is not None and i + 1 == len(steps)
        before = parameters.copy() if is_measured else parameters
        engine.update(parameters, gradient, moments, steps.scalars[i], scale)
        if is_measured:
            mean = Parameters.around(parameters.layout, gradient * gradient.dtype.type(scale))
            squares = step_squares(before, parameters, mean)
    return RunResult(losses, squares=squares)


def loss_of(
    engine: Engine,
    parameters: Parameters,
    examples: Callable[[], Examples],
    steps: Steps,
    bounds: Integers,
    i: int,
) -> Compute:
    """Return what computes loss and gradient of some slices of step i."""

    def compute(some: range, out: Floats) -> Numbers:
        of_slices = bounds[some.start : some.stop + 1]
        J = engine.loss_and_gradient(
            parameters,
            examples(),
            steps.rows[of_slices[0] : of_slices[-1]],
            steps.first + i,
            Parameters.around(parameters.layout, out),
            dropout=steps.dropout_factor(i),
            slices=of_slices - bounds[0],
        )
        return np.array([J])

    return compute


def cut_of(gradient: Floats, scale: float, max_norm: float) -> float:
    """Return what cuts ``scale`` times a gradient to its greatest norm."""
    if max_norm == np.inf:
        return 1.0
    # NumPy's own sum, pairwise in float64: the same bits for any number of BLAS threads.
    norm = float(np.sqrt(np.square(gradient, dtype=np.float64).sum())) * scale
    return min(1.0, max_norm / norm if norm > 0 else 1.0)
