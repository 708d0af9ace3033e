"""Learning rates as functions of training progress.

A schedule knows nothing of the loop: it is asked for the rate at a number of examples seen.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Schedule(Protocol):
    """A learning rate as a function of progress."""

    def rate(self, examples_seen: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the rate of steps, given the examples seen in all *epochs* before each."""


@dataclass(frozen=True)
class Constant:
    """The same rate throughout."""

    initial: float

    def rate(self, examples_seen: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.full(examples_seen.shape, float(self.initial))


@dataclass(frozen=True)
class InverseScaling:
    """``initial / (t + 1)^power``, t the number of examples seen before the epoch.

    scikit-learn's ``learning_rate="invscaling"``: the rate changes between epochs only.
    """

    initial: float
    power: float

    def rate(self, examples_seen: NDArray[np.int64]) -> NDArray[np.float64]:
        t = examples_seen.astype(np.float64)
        return self.initial / (t + 1) ** self.power
