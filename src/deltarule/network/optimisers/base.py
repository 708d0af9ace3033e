"""What every update rule is."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule.network.arrays import Floats
from deltarule.network.parameters import Group

Moments = dict[str, Floats]
"""An optimiser's state: arrays in the layout of theta, by name."""


@dataclass(frozen=True)
class StepScalars:
    """What one step (or, as arrays, each of many steps) needs besides the gradient.

    Attributes
    ----------
    rate : float64 or array (steps,)
        What multiplies the direction. For Adam the bias corrections are in it.
    epsilon : float64 or array (steps,)
    decay : float64 or array (steps,)
        Decoupled weight decay, theta <- (1 - decay) theta, before the group's ``decay_factor``.
    """

    rate: Any
    epsilon: Any
    decay: Any

    def __getitem__(self, i: int | slice) -> "StepScalars":
        return StepScalars(self.rate[i], self.epsilon[i], self.decay[i])


class Optimiser(ABC):
    """An update rule. The implementations are frozen dataclasses of their constants.

    Decoupled weight decay (Loshchilov & Hutter 2019) shrinks every array before its step, by the
    scheduled rate * weight_decay * the ``decay_factor`` of its group: not by its ``rate_factor``,
    which may scale a parametrisation and no learning.
    """

    moments: ClassVar[tuple[str, ...]]
    weight_decay: float

    @abstractmethod
    def scalars(
        self,
        rate: NDArray[np.float64],
        step: NDArray[np.int64],
        decay: NDArray[np.float64] | None = None,
    ) -> StepScalars:
        """Work out the per-step scalars.

        Parameters
        ----------
        rate : array (steps,)
            The scheduled learning rate of each step.
        step : array (steps,)
            Each step's number, from 0.
        decay : array (steps,), optional
            Factors on the rule's weight decay, by step; 1 throughout where there are none.
        """

    @abstractmethod
    def update(
        self, theta: Floats, gradient: Floats, moments: Moments, scalars: StepScalars, group: Group
    ) -> None:
        """Take one step on one array, in place; ``moments`` are that array's parts."""

    def _decay(
        self, rate: NDArray[np.float64], factors: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        """Return the weight decay of each step."""
        decay = rate * self.weight_decay
        return decay if factors is None else decay * factors

    def _shrink(self, theta: Floats, scalars: StepScalars, group: Group) -> None:
        """Decay one array, in place."""
        if self.weight_decay and group.decay_factor:
            theta *= 1 - float(scalars.decay * group.decay_factor)
