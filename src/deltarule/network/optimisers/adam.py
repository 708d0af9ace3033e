"""Adam and AdamW."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule.network.arrays import Floats
from deltarule.network.optimisers.base import Moments, Optimiser, StepScalars
from deltarule.network.parameters import Group


@dataclass(frozen=True)
class Adam(Optimiser):
    """Adam (Kingma & Ba 2015, Algorithm 1); with ``weight_decay``, AdamW.

    ::

        m     <- beta_1 m + (1 - beta_1) g
        v     <- beta_2 v + (1 - beta_2) g^2
        theta <- theta - rate_t m / (sqrt(v) + epsilon_t)

    with rate_t = rate sqrt(1 - beta_2^t) / (1 - beta_1^t), t = 1, 2, ... One rule serves both
    conventions for epsilon: with epsilon_t = epsilon sqrt(1 - beta_2^t) it is the paper's
    m-hat / (sqrt(v-hat) + epsilon), as in PyTorch; with epsilon_t = epsilon it is the variant
    at the end of the paper's section 2, as in scikit-learn.

    Decoupled weight decay (Loshchilov & Hutter 2019, Algorithm 2, as in PyTorch) shrinks theta
    by rate * weight_decay, without bias correction, before the step.

    Parameters
    ----------
    beta_1, beta_2 : float in [0, 1)
    epsilon : float > 0
    weight_decay : float >= 0
        In proportion to each group's ``decay_factor``.
    corrects_epsilon : bool
        True for the paper's epsilon, False for scikit-learn's.
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    corrects_epsilon: bool = True
    moments: ClassVar[tuple[str, ...]] = ("m", "v")

    def scalars(
        self,
        rate: NDArray[np.float64],
        step: NDArray[np.int64],
        decay: NDArray[np.float64] | None = None,
    ) -> StepScalars:
        t = step + 1.0
        correction_2 = np.sqrt(1 - self.beta_2**t)
        return StepScalars(
            rate=rate * correction_2 / (1 - self.beta_1**t),
            epsilon=self.epsilon * (correction_2 if self.corrects_epsilon else np.ones_like(t)),
            decay=self._decay(rate, decay),
        )

    def update(
        self, theta: Floats, gradient: Floats, moments: Moments, scalars: StepScalars, group: Group
    ) -> None:
        m, v = moments["m"], moments["v"]
        m *= self.beta_1
        m += (1 - self.beta_1) * gradient
        v *= self.beta_2
        v += (1 - self.beta_2) * gradient**2
        self._shrink(theta, scalars, group)
        rate = float(scalars.rate * group.rate_factor)
        theta -= rate * m / (np.sqrt(v) + float(scalars.epsilon))
