"""The training state: everything that changes while networks are trained, in one object."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from deltarule.network import Parameters
from deltarule.network.arrays import Floats
from deltarule.network.optimisers import Moments
from deltarule.training.history import History, mean_of


@dataclass
class Member:
    """One of the networks that a run trains, with all that is its own.

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
    best : Parameters or None
        theta at the best validation score, its own or if it has none the members' mean; None where
        no member has a validation set.
    best_epoch : int
        The epoch, from 1, that ``best`` is of.
    best_score, best_loss : float
    history : History
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
    best: Parameters | None = None
    best_epoch: int = 0
    best_score: float = -inf
    best_loss: float = inf
    history: History = field(default_factory=History)

    @classmethod
    def start(cls, parameters: Parameters, moments: Iterable[str], seed: int) -> "Member":
        """Return a member before its first step, with these moments."""
        zeros = {name: np.zeros_like(parameters.theta) for name in moments}
        return cls(parameters, zeros, seed)

    def copy(self) -> "Member":
        """Return a member that goes on by itself: what training writes to is its own."""
        moments = {name: moment.copy() for name, moment in self.moments.items()}
        return replace(
            self,
            parameters=self.parameters.copy(),
            moments=moments,
            history=History(self.history),
        )


@dataclass
class TrainingState:
    """Whoever saves this, whole, between two bursts can go on from there with the same bits.

    A run trains one network, or several in lockstep: each by its own seed and on its own rows,
    but through the same epochs at the same time, so that there is one history to look at, one
    end and one checkpoint.

    Attributes
    ----------
    members : list of Member
        The networks, one at least.
    history : History
        Each epoch's means over the members.
    best_epoch : int
        The epoch, from 1, whose mean score is the best; 0 without a validation set. Each member
        keeps the weights of a best epoch of its own.
    best_score, best_loss : float
        The best mean score, minus infinity before there is one; the least mean loss.
    rate_factor : float
        What the stopping rule has multiplied the scheduled rate by.
    stale_epochs : int
        Epochs in a row without improvement.
    stopped : str or None
        Why training stopped; None while it goes on or if it ran out of epochs.
    """

    members: list[Member]
    history: History = field(default_factory=History)
    best_epoch: int = 0
    best_score: float = -inf
    best_loss: float = inf
    rate_factor: float = 1.0
    stale_epochs: int = 0
    stopped: str | None = None

    @classmethod
    def of(cls, members: Iterable[Member], best_epoch: int = 0) -> "TrainingState":
        """Return the state of a run whose members have come this far; its best epoch is given."""
        members = list(members)
        records = zip(*(member.history for member in members), strict=True)
        state = cls(members, History(map(mean_of, records)), best_epoch)
        state.best_loss = min(state.history.losses, default=inf)
        if best_epoch:
            score = state.history[best_epoch - 1].score
            state.best_score = -inf if score is None else score
        return state

    @property
    def parameters(self) -> list[Parameters]:
        """Each member's."""
        return [member.parameters for member in self.members]

    @property
    def seed(self) -> int:
        """That of the run: its first member's."""
        return self.members[0].seed

    @property
    def epoch(self) -> int:
        """Whole epochs so far."""
        return self.members[0].epoch

    @property
    def step(self) -> int:
        """Updates so far, of the member that has made most: folds may differ by a row."""
        return max(member.step for member in self.members)

    @property
    def n_rows(self) -> int:
        """Rows an epoch, of all members together."""
        return sum(member.n_rows for member in self.members)

    @property
    def position(self) -> int:
        """Rows of the current epoch already visited, by all members together."""
        return sum(member.position for member in self.members)

    @property
    def examples_seen(self) -> int:
        """Rows visited in all whole epochs, by all members together."""
        return sum(member.examples_seen for member in self.members)

    def copy(self) -> "TrainingState":
        """Return a state that goes on by itself: what training writes to is its own."""
        return replace(
            self,
            members=[member.copy() for member in self.members],
            history=History(self.history),
        )
