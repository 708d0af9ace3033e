"""The steps of one epoch of one network: a burst of them is a call of the engine."""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from deltarule.engines import Engine, Examples, Steps
from deltarule.network.arrays import Floats, Integers
from deltarule.network.randomness import row_order
from deltarule.training.clipping import run_clipped
from deltarule.training.divergence import require_finite
from deltarule.training.plan import Plan
from deltarule.training.schedules import Progress, shares_of
from deltarule.training.state import Member


@dataclass(frozen=True)
class Course:
    """The steps of a window of an epoch, or some that follow each other.

    Attributes
    ----------
    rows : array (n,)
        Numbers of all rows of the window, in the order of their visit.
    bounds : array (steps + 1,)
        Step i takes ``rows[bounds[i]:bounds[i + 1]]`` as its batch.
    rates : array (steps,)
    dropout, decay : array (steps,), optional
        What multiplies the rates of dropout, and the weight decay.
    begin : int
        Rows of the epoch that were visited before the window.
    """

    rows: Integers
    bounds: NDArray[np.int64]
    rates: NDArray[np.float64]
    dropout: NDArray[np.float64] | None
    decay: NDArray[np.float64] | None
    begin: int = 0

    def __len__(self) -> int:
        return len(self.rates)

    def part(self, first: int, last: int) -> "Course":
        """Return the steps from ``first`` up to, but without, ``last``, or the last there is."""
        steps = slice(first, last)
        return Course(
            self.rows,
            self.bounds[first : last + 1],
            self.rates[steps],
            None if self.dropout is None else self.dropout[steps],
            None if self.decay is None else self.decay[steps],
            self.begin,
        )


def course_of(
    member: Member,
    plan: Plan,
    examples: Examples,
    rate_factor: float,
    number: int = 0,
    begin: int = 0,
) -> Course:
    """Return the steps of a window of the epoch that a member is in, or before.

    Parameters
    ----------
    member : Member
    plan : Plan
    examples : Examples
        The member's rows of the window.
    rate_factor : float
    number : int
        Of the window.
    begin : int
        Rows of the epoch before it.
    """
    n = len(examples)
    order: Integers = np.arange(n)
    if plan.shuffle:
        order = row_order(member.seed, member.epoch, n, number)
    bounds = np.append(np.arange(0, n, plan.batch_size), n)
    epochs = (member.epoch + (begin + bounds[:-1]) / member.n_rows) / (plan.horizon or plan.epochs)
    progress = Progress(member.examples_seen, np.minimum(epochs, 1.0))
    dropout, decay = (
        None if shape is None else shares_of(shape, progress)
        for shape in (plan.dropout_shape, plan.decay_shape)
    )
    return Course(
        order if examples.rows is None else examples.rows[order],
        bounds,
        plan.schedule.rates(progress) * rate_factor,
        dropout,
        decay,
        begin,
    )


def run_burst(
    engine: Engine, member: Member, plan: Plan, examples: Examples, course: Course
) -> None:
    """Train on consecutive batches of an epoch in one call of the engine.

    Raises
    ------
    DivergenceError
        When a loss or the weights leave the finite numbers.
    """
    bounds = course.bounds
    sizes = bounds[1:] - bounds[:-1]
    scale = batch_scale(examples, course.rows, bounds, sizes)
    numbers = np.arange(member.step, member.step + len(course))
    scalars = plan.optimiser.scalars(course.rates, numbers, course.decay)
    is_last = course.begin + bounds[-1] == member.n_rows
    steps = Steps(course.rows, bounds, member.step, scale, scalars, is_last, course.dropout)

    trained = member.parameters, member.moments, examples, steps
    if plan.max_norm == inf:
        result = engine.run(*trained)
    else:
        result = run_clipped(engine, *trained, plan.max_norm)

    done = len(result.losses)
    member.step += done
    member.position = course.begin + int(bounds[done])
    member.rate = float(course.rates[max(done, 1) - 1])
    member.epoch_loss = add_in_order(member.epoch_loss, result.losses * scale[:done] * sizes[:done])
    if result.squares is not None:
        member.squares = result.squares
    require_finite(engine, member, examples, steps, result)


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
