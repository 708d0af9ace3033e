"""The training state: everything that changes while a network is trained, in one object."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from deltarule.network import Parameters
from deltarule.network.arrays import Floats
from deltarule.network.optimisers import Moments
from deltarule.training.history import History


@dataclass
class TrainingState:
    """Whoever saves this, whole, between two bursts can go on from there with the same bits.

    Attributes
    ----------
    parameters : Parameters
        theta, as of the last step.
    moments : dict from name to array (p,)
        The optimiser's state.
    seed : int
        Of the row orders and dropout masks.
    step : int
        Updates so far.
    epoch : int
        Whole epochs so far.
    n_rows : int
        Rows an epoch; known once training has begun.
    position : int
        Rows of the current epoch already visited.
    epoch_loss : float
        Sum over those rows of their batch's mean loss.
    rate : float
        The learning rate of the last step.
    squares : array (depth, 3)
        What the last step of an epoch did: see :func:`deltarule.network.step_squares`.
    examples_seen : int
        Rows visited in all whole epochs.
    epoch_start : array (p,), optional
        theta before the current epoch's first step: taken up where an update overflows.
    rate_factor : float
        What the stopping rule has multiplied the scheduled rate by.
    best : Parameters or None
        theta at the best validation score; None without a validation set.
    best_epoch : int
        The epoch, from 1, that ``best`` is of.
    best_score, best_loss : float
    stale_epochs : int
        Epochs in a row without improvement.
    history : History
    stopped : str or None
        Why training stopped; None while it goes on or if it ran out of epochs.
    """

    parameters: Parameters
    moments: Moments
    seed: int
    step: int = 0
    epoch: int = 0
    n_rows: int = 0
    position: int = 0
    epoch_loss: float = 0.0
    rate: float = 0.0
    squares: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))
    epoch_start: Floats | None = None
    examples_seen: int = 0
    rate_factor: float = 1.0
    best: Parameters | None = None
    best_epoch: int = 0
    best_score: float = -inf
    best_loss: float = inf
    stale_epochs: int = 0
    history: History = field(default_factory=History)
    stopped: str | None = None

    def copy(self) -> "TrainingState":
        """Return a state that goes on by itself: what training writes to is its own."""
        moments = {name: moment.copy() for name, moment in self.moments.items()}
        return replace(
            self,
            parameters=self.parameters.copy(),
            moments=moments,
            history=History(self.history),
        )

    @classmethod
    def start(cls, parameters: Parameters, moments: Iterable[str], seed: int) -> "TrainingState":
        """Return the state before the first step, with these moments."""
        zeros = {name: np.zeros_like(parameters.theta) for name in moments}
        return cls(parameters, zeros, seed)
