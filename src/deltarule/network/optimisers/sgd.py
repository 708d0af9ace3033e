"""Gradient descent, with momentum."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule.network.arrays import Floats
from deltarule.network.optimisers.base import Moments, Optimiser, StepScalars
from deltarule.network.parameters import Group


@dataclass(frozen=True)
class SGD(Optimiser):
    """Gradient descent: theta <- theta - rate * grad J, with momentum mu if wanted.

    With mu = 0 this is the update of the document's section 3, with alpha = rate. Otherwise
    (Sutskever et al. 2013, in scikit-learn's form)::

        u     <- mu u - rate g
        theta <- theta + u                     classical momentum
        theta <- theta + mu u - rate g         Nesterov's

    The rate stands inside the velocity u, so a change of rate fades in. PyTorch's SGD keeps it
    outside; at a constant rate both take the same steps.

    Decoupled weight decay (Loshchilov & Hutter 2019, Algorithm 1, SGDW) shrinks theta by
    rate * weight_decay before the step.

    Parameters
    ----------
    momentum : float in [0, 1]
    nesterov : bool
    weight_decay : float >= 0
        In proportion to each group's ``decay_factor``.
    """

    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    moments: ClassVar[tuple[str, ...]] = ("velocity",)

    def scalars(
        self,
        rate: NDArray[np.float64],
        step: NDArray[np.int64],
        decay: NDArray[np.float64] | None = None,
    ) -> StepScalars:
        return StepScalars(rate, np.zeros_like(rate), self._decay(rate, decay))

    def update(
        self, theta: Floats, gradient: Floats, moments: Moments, scalars: StepScalars, group: Group
    ) -> None:
        u = moments["velocity"]
        change = float(scalars.rate * group.rate_factor) * gradient
        u *= self.momentum
        u -= change
        self._shrink(theta, scalars, group)
        theta += self.momentum * u - change if self.nesterov else u
