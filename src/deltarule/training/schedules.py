"""Learning rates, and what else changes from step to step, as functions of training progress.

A schedule knows nothing of the loop: it is asked for the rates of steps, given how far training
has come before each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import SettingError

Shape = Callable[[NDArray[np.float64]], Any]
"""A rate, or another number of a step, as a share of the highest, from progress in [0, 1]."""


@dataclass(frozen=True)
class Progress:
    """How far training has come before each of some steps of one epoch.

    Attributes
    ----------
    examples_seen : int
        Rows visited in all whole epochs before this one.
    share : array (steps,)
        Epochs, whole and begun, by the schedule's horizon; at most 1.
    """

    examples_seen: int
    share: NDArray[np.float64]


class Schedule(Protocol):
    """A learning rate as a function of progress."""

    def rates(self, progress: Progress) -> NDArray[np.float64]:
        """Return the rate of each step."""


@dataclass(frozen=True)
class Constant:
    """The same rate throughout."""

    initial: float

    def rates(self, progress: Progress) -> NDArray[np.float64]:
        return np.full(progress.share.shape, float(self.initial))


@dataclass(frozen=True)
class InverseScaling:
    """``initial / (t + 1)^power``, t the number of examples seen before the epoch.

    scikit-learn's ``learning_rate="invscaling"``: the rate changes between epochs only.
    """

    initial: float
    power: float

    def rates(self, progress: Progress) -> NDArray[np.float64]:
        rate = self.initial / (float(progress.examples_seen) + 1) ** self.power
        return np.full(progress.share.shape, rate)


@dataclass(frozen=True)
class Shaped:
    """``initial`` times a function of progress p in [0, 1]: one of :data:`SHAPES`, or any other.

    Raises
    ------
    SettingError
        From :meth:`rates`, if the function does not return a share for each step.
    """

    initial: float
    shape: Shape

    def rates(self, progress: Progress) -> NDArray[np.float64]:
        return float(self.initial) * shares_of(self.shape, progress)


def shares_of(shape: Shape, progress: Progress) -> NDArray[np.float64]:
    """Return a shape's share for each step.

    Raises
    ------
    SettingError
        If that is not a finite number >= 0 a step.
    """
    shares = np.asarray(shape(progress.share), dtype=np.float64)
    if shares.ndim == 0:
        shares = np.full(progress.share.shape, shares)
    if shares.shape != progress.share.shape or not (np.isfinite(shares) & (shares >= 0)).all():
        raise SettingError(
            "A schedule must return a finite number >= 0 for each element of the array of "
            f"progress that it gets; for {progress.share.shape} in [0, 1] it returned {shares!r}."
        )
    return shares


def cosine(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 1 to 0 along half a cosine (Loshchilov & Hutter 2017, Eq. 5, without restarts)."""
    return (1 + np.cos(np.pi * p)) / 2


def one_cycle(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 1/25 up to 1 at 0.3, then down to 4e-6, along two half cosines (Smith & Topin 2018).

    The shares are the defaults of PyTorch's ``OneCycleLR``; the momentum stays as it is.
    """
    first, last, turn = 1 / 25, 1 / 25e4, 0.3
    up = 1 + (first - 1) * cosine(np.minimum(p / turn, 1))
    down = last + (1 - last) * cosine(np.clip((p - turn) / (1 - turn), 0, 1))
    return np.where(p < turn, up, down)


def warm_up(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 0.01 up to 1 at 0.1, in a straight line, then 1 (Goyal et al. 2017, section 2.2)."""
    return np.minimum(0.01 + 0.99 * p / 0.1, 1)


def coslog4(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Four cycles from 0 up to 1 and back, each longer than the one before.

    (1 - cos(2 pi log2(1 + 15 p))) / 2: Holzmüller et al. 2024, section 3.
    """
    return (1 - np.cos(2 * np.pi * np.log2(1 + 15 * p))) / 2


def steps(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """1, a tenth from 0.5 on, a hundredth from 0.75 on (He et al. 2016, section 4.2)."""
    return np.where(p < 0.5, 1.0, np.where(p < 0.75, 0.1, 0.01))


def flat_cos(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 up to 0.5, then down to 0 along half a cosine: (1 + cos(pi (2p - 1))) / 2.

    Holzmüller et al. 2024, section 3, for dropout and weight decay.
    """
    return cosine(np.maximum(2 * p - 1, 0))


SHAPES: dict[str, Shape] = {
    "constant": np.ones_like,
    "cosine": cosine,
    "one_cycle": one_cycle,
    "warm_up": warm_up,
    "coslog4": coslog4,
    "steps": steps,
    "flat_cos": flat_cos,
}
"""Schedules by name."""
