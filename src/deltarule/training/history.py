"""What happened, epoch by epoch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Epoch:
    """The record of one epoch.

    Attributes
    ----------
    loss : float
        The mean over the epoch's examples of their batch's mean loss, penalty included: each
        batch is seen before its own update.
    score : float or None
        Of the validation rows after the epoch; higher is better.
    rate : float
        The scheduled learning rate of the epoch's last step.
    seconds : float
        How long it took, validation included.
    """

    loss: float
    score: float | None
    rate: float
    seconds: float


class History(list[Epoch]):
    """The epochs so far, the first one first."""

    @property
    def losses(self) -> list[float]:
        """The loss curve."""
        return [epoch.loss for epoch in self]

    @property
    def scores(self) -> list[float]:
        """The validation scores; empty where there was no validation set."""
        return [epoch.score for epoch in self if epoch.score is not None]
