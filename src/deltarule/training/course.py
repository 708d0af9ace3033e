"""The steps of one epoch of one network: a burst of them is a call of the engine."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.distributed import SERIAL, Communicator
from deltarule.distributed.communicator import Numbers
from deltarule.distributed.tree import add_up
from deltarule.engines import Engine, Examples, Steps
from deltarule.network.arrays import Floats, Integers
from deltarule.network.randomness import row_order
from deltarule.training.divergence import first_of, overflow_on, require_finite
from deltarule.training.plan import Plan
from deltarule.training.schedules import Progress, shares_of
from deltarule.training.state import Member
from deltarule.training.stepwise import run_stepwise


@dataclass(frozen=True)
class Course:
    """The steps of a window of an epoch, or some that follow each other.

    Attributes
    ----------
    rows : array (n,)
        Numbers of all rows of the window, in the order of their visit.
    slices : array (steps, V + 1)
        Step i takes ``rows[slices[i, 0]:slices[i, V]]`` as its batch, and from one of these numbers
        to the next as a slice of it.
    rates : array (steps,)
    dropout, decay : array (steps,), optional
        What multiplies the rates of dropout, and the weight decay.
    begin : int
        Rows of the epoch that were visited before the window.
    """

    rows: Integers
    slices: NDArray[np.int64]
    rates: NDArray[np.float64]
    dropout: NDArray[np.float64] | None
    decay: NDArray[np.float64] | None
    begin: int = 0

    def __len__(self) -> int:
        return len(self.rates)

    @property
    def bounds(self) -> NDArray[np.int64]:
        """Where batches begin, and where the last one ends: (steps + 1,)."""
        last = self.slices[-1, -1] if len(self.slices) else 0  # a window may have no rows
        return np.append(self.slices[:, 0], last)

    def part(self, first: int, last: int) -> "Course":
        """Return the steps from ``first`` up to, but without, ``last``, or the last there is."""
        steps = slice(first, last)
        return Course(
            self.rows,
            self.slices[steps],
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
    parts: Integers | None = None,
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
    parts : array (n,), optional
        Which of the V parts each of the rows is dealt out to; needed where a batch has slices.
    """
    n = len(examples)
    order: Integers = np.arange(n)
    if plan.shuffle:
        order = row_order(member.seed, member.epoch, n, number)
    if plan.shards == 1 or parts is None or n == 0:
        starts = np.arange(0, n, plan.batch_size)
        slices = np.stack([starts, np.minimum(starts + plan.batch_size, n)], axis=1)
    else:
        order, slices = deal_out(order, parts, plan.shards, -(-n // plan.batch_size))
    done = begin + slices[:, 0]
    epochs = (member.epoch + done / member.n_rows) / (plan.horizon or plan.epochs)
    progress = Progress(member.examples_seen, np.minimum(epochs, 1.0))
    dropout, decay = (
        None if shape is None else shares_of(shape, progress)
        for shape in (plan.dropout_shape, plan.decay_shape)
    )
    return Course(
        order if examples.rows is None else examples.rows[order],
        slices,
        plan.schedule.rates(progress) * rate_factor,
        dropout,
        decay,
        begin,
    )


def deal_out(
    order: Integers, parts: Integers, shards: int, n_steps: int
) -> tuple[Integers, NDArray[np.int64]]:
    """Cut rows into batches, and batches into slices: slice p has rows of part p alone.

    Each part is dealt out evenly, to all batches, in its rows' order; and each one a little later
    than the one before, so that batches are alike, too.

    Parameters
    ----------
    order : array (n,)
        Rows.
    parts : array (n,)
        The part of each row: in 0..V-1.
    shards : int
        V.
    n_steps : int
        How many batches there are to be; one that would have no rows is left out.

    Returns
    -------
    order : array (n,)
        The rows, batch after batch, and within one slice after slice.
    slices : array (steps, V + 1)
        Where the slices begin and end.
    """
    part_of = parts[order]
    counts = np.bincount(part_of, minlength=shards)[:, None]
    step, late = np.arange(n_steps + 1), np.arange(shards)[:, None]
    dealt = (counts * step * shards + late * n_steps) // (n_steps * shards)  # before each step
    sizes = np.diff(dealt, axis=1)  # (V, steps)
    by_part = order[np.argsort(part_of, kind="stable")]
    step_of = np.repeat(np.tile(step[:-1], shards), sizes.ravel())
    ends = np.cumsum(sizes.T.ravel()).reshape(n_steps, shards)
    starts = np.append(0, ends[:-1, -1])[:, None]
    slices = np.hstack([starts, ends])
    return by_part[np.argsort(step_of, kind="stable")], slices[slices[:, 0] < slices[:, -1]]


def run_burst(
    engine: Engine,
    member: Member,
    plan: Plan,
    examples: Callable[[], Examples],
    course: Course,
    communicator: Communicator = SERIAL,
) -> None:
    """Train on consecutive batches of an epoch.

    Parameters
    ----------
    engine : Engine
    member : Member
    plan : Plan
    examples : callable
        Returns rows among which those of this worker's slices are. Where others are lost these are
        more, so it is asked in each step.
    course : Course
    communicator : Communicator

    Raises
    ------
    DivergenceError
        When a loss or the weights leave the finite numbers.
    """
    bounds = course.bounds
    sizes = bounds[1:] - bounds[:-1]
    scale = batch_scale(examples, course, communicator)
    numbers = np.arange(member.step, member.step + len(course))
    scalars = plan.optimiser.scalars(course.rates, numbers, course.decay)
    is_last = course.begin + bounds[-1] == member.n_rows
    steps = Steps(course.rows, bounds, member.step, scale, scalars, is_last, course.dropout)

    if plan.max_norm == inf and plan.shards == 1:
        result = engine.run(member.parameters, member.moments, examples(), steps)
    else:
        result = run_stepwise(
            engine,
            member.parameters,
            member.moments,
            examples,
            steps,
            course.slices,
            plan.max_norm,
            communicator,
        )

    done = len(result.losses)
    member.step += done
    member.position = course.begin + int(bounds[done])
    member.rate = float(course.rates[max(done, 1) - 1])
    member.epoch_loss = add_in_order(member.epoch_loss, result.losses * scale[:done] * sizes[:done])
    if result.squares is not None:
        member.squares = result.squares
    failed = course.part(done, done + 1)
    find_overflow = partial(overflow_in, engine, member, examples, failed, communicator)
    require_finite(engine, member, result, find_overflow)


def overflow_in(
    engine: Engine,
    member: Member,
    examples: Callable[[], Examples],
    step: Course,
    communicator: Communicator,
) -> int | None:
    """Return the first layer whose outputs overflow in a step, on whichever worker."""
    (slices,) = step.slices
    dropout = 1.0 if step.dropout is None else float(step.dropout[0])

    def overflow_here() -> int | None:
        own = communicator.share(len(slices) - 1).owned
        first, last = slices[own.start], slices[own.stop]
        network, place = engine.objective.network, int(first - slices[0])
        rows = step.rows[first:last]
        return overflow_on(network, member, examples(), rows, place, dropout)

    return communicator.gather(overflow_here, first_of)


def add_in_order(total: float, terms: Floats) -> float:
    """Add one term after the other, so that the sum does not depend on where bursts are cut.

    (``sum`` compensates for rounding, from Python 3.12 on.)
    """
    for term in terms.tolist():
        total += term
    return total


def batch_scale(
    examples: Callable[[], Examples], course: Course, communicator: Communicator
) -> NDArray[np.float64]:
    """Return 1 / total weight of each batch, and 0 for a batch of weight zero."""
    slices = course.slices
    if examples().weights is None:
        return 1.0 / (slices[:, -1] - slices[:, 0])

    def compute(some: range, out: Floats) -> Numbers:
        weights = examples().weights
        sums = [(range(s, s + 1), _sums(weights, course.rows, slices[:, s : s + 2])) for s in some]
        return add_up(sums, np.add)

    totals, _ = communicator.add(slices.shape[1] - 1, compute, np.zeros(0))
    return np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)


def _sums(weights: Any, rows: Integers, bounds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sums of the weights of rows from each of these bounds (steps, 2) to the other."""
    first, last = bounds[0, 0], bounds[-1, 1]
    of_rows = np.append(weights[rows[first:last]].astype(np.float64), 0.0)
    sums = np.add.reduceat(of_rows, (bounds - first).ravel())[::2]
    return np.where(bounds[:, 0] < bounds[:, 1], sums, 0.0)
