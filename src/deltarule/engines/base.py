"""The contract of an engine: five verbs, and what goes into them.

An engine owns buffers and does arithmetic. It never decides when to stop, prints, schedules or
shuffles: rows come in the order they are listed, and whatever changes from step to step comes as
an array with one number a step. Arrays of examples have scikit-learn's orientation, one example
a *row*; seen from ``network/`` they are the document's X, transposed and not copied.

Every engine gives the results of :class:`~deltarule.engines.ReferenceEngine`, to rounding.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.frozen import Frozen
from deltarule.engines.threads import available_threads
from deltarule.network import Objective, Optimiser, Parameters
from deltarule.network.arrays import Floats, Integers, Targets
from deltarule.network.optimisers import Moments, StepScalars


@dataclass(frozen=True)
class Examples:
    """Rows with their targets.

    Attributes
    ----------
    X : array or SciPy CSR matrix (n, f)
        Any real dtype; an engine converts the rows of a batch, never the whole.
    y : array (n,) of class indices, or (n, l) of zeros and ones
        As the objective's loss wants it.
    weights : array (n,), optional
        Sample weights, not negative.
    rows : array of int, optional
        Numbers of the rows to train on, where that is not all: a part of X without a copy.
    """

    X: Any
    y: Targets
    weights: Floats | None = None
    rows: Integers | None = None

    def __len__(self) -> int:
        return int(self.X.shape[0]) if self.rows is None else len(self.rows)


@dataclass(frozen=True)
class Steps:
    """A run of training steps.

    Attributes
    ----------
    rows : array (r,)
        Numbers of the rows to visit, in order.
    bounds : array (steps + 1,)
        Step i takes ``rows[bounds[i]:bounds[i + 1]]`` as its batch.
    first : int
        The number of the first step since the start of training, which dropout masks are
        made from.
    scale : array (steps,)
        1 / the batch's total weight: what turns the summed gradient into the mean. 0 for a
        batch of weight zero, which is skipped.
    scalars : StepScalars
        Of each step, as arrays (steps,).
    measured : bool
        Whether the last step is to be measured.
    dropout : array (steps,), optional
        In [0, 1], by step: factors on the dropout rates of all layers. 1 throughout where there
        are none; with 0 nothing is dropped.
    """

    rows: Integers
    bounds: Integers
    first: int
    scale: NDArray[np.float64]
    scalars: StepScalars
    measured: bool = False
    dropout: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def batch(self, i: int) -> Integers:
        """Return the row numbers of step i."""
        return self.rows[self.bounds[i] : self.bounds[i + 1]]

    def dropout_factor(self, i: int) -> float:
        """Return the factor on the dropout rates in step i."""
        return 1.0 if self.dropout is None else float(self.dropout[i])


@dataclass(frozen=True)
class RunResult:
    """What :meth:`Engine.run` did.

    Attributes
    ----------
    losses : array (done,) of float64
        The objective of each batch before its update: the sum, penalty included. 0 for a
        skipped batch.
    diverged : float or None
        The loss that was not finite, if there was one. That step's update was not made: the
        parameters are those that gave the loss.
    squares : array (depth, 3), optional
        What the last step did in each layer, where that was asked for: see
        :func:`deltarule.network.step_squares`. Zeros if it was skipped.
    """

    losses: NDArray[np.float64]
    diverged: float | None = None
    squares: NDArray[np.float64] | None = None


class Engine(ABC):
    """Does the arithmetic of one objective and one update rule.

    Any number of threads may :meth:`predict` at once; training is one thread's at a time.

    Parameters
    ----------
    objective : Objective
    optimiser : Optimiser, optional
        Needed by :meth:`run` and :meth:`update`.
    seed : int
        Of the dropout masks.
    n_threads : int, optional
        Most threads to use; all that there are where it is not given. It never changes a bit
        of the result.
    """

    name: ClassVar[str]

    def __init__(
        self,
        objective: Objective,
        optimiser: Optimiser | None = None,
        *,
        seed: int = 0,
        n_threads: int | None = None,
    ) -> None:
        self.objective = objective
        self.optimiser = optimiser
        self.seed = seed
        self._n_threads = n_threads

    @classmethod
    def instruction_set(cls) -> str:
        """Return the name of the instructions that it was compiled for; "any" where it was not."""
        return "any"

    @property
    def n_threads(self) -> int:
        """Most threads to use: those given, or all that there are now, in this process."""
        return self._n_threads or available_threads()

    @abstractmethod
    def run(
        self, parameters: Parameters, moments: Moments, examples: Examples, steps: Steps
    ) -> RunResult:
        """Train for many steps, in place; stop before the update of a step that diverged."""

    @abstractmethod
    def loss_and_gradient(
        self,
        parameters: Parameters,
        examples: Examples,
        rows: Integers,
        step: int,
        gradient: Parameters,
        *,
        dropout: float = 1.0,
        slices: Integers | None = None,
    ) -> float:
        """Return the objective summed over ``rows`` and overwrite ``gradient``.

        Parameters
        ----------
        parameters : Parameters
        examples : Examples
        rows : array (r,)
            Their numbers.
        step : int
            The number that this step's dropout masks are made from.
        gradient : Parameters
        dropout : float in [0, 1]
            The factor on the rates that the masks are made with.
        slices : array (s + 1,), optional
            Where the rows are s slices of a batch, s a power of two: the bounds of the slices,
            counted in rows of the whole batch. The objective of each is summed by itself, penalty
            included, and the sums are added in a binary tree: halves of the slices first. So the
            bits are those of ``loss_and_gradient`` of either half, added. One slice, from the
            batch's first row on, where it is not given.
        """

    @abstractmethod
    def update(
        self,
        parameters: Parameters,
        gradient: Floats,
        moments: Moments,
        scalars: StepScalars,
        scale: float = 1.0,
    ) -> None:
        """Take one step of the update rule along ``scale`` times ``gradient`` (p,), in place."""

    @abstractmethod
    def predict(self, parameters: Parameters, X: Any) -> Floats:
        """Return the scores (n, l) of the rows of X (n, f), dense or CSR, in the parameters' dtype.

        No dropout. Any number of rows, also none, in bounded memory.
        """

    @abstractmethod
    def freeze(
        self, networks: Sequence[Parameters], temperature: float = 1.0, *, live: bool = False
    ) -> Frozen:
        """Return what predicts by these networks; see :class:`Frozen`."""
