"""What happened, epoch by epoch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Epoch:
    """The record of one epoch, or of one iteration of L-BFGS.

    Attributes
    ----------
    loss : float
        The mean over the epoch's examples of their batch's mean loss, penalty included: each
        batch is seen before its own update.
    rate : float
        The learning rate of the epoch's last step.
    squares : array (depth, 3)
        What the epoch's last step did: see :func:`deltarule.network.step_squares`.
    seconds : float
        How long it took, validation included.
    validation_loss : float or None
        The mean cross-entropy of the validation rows after the epoch, without penalty and
        without label smoothing.
    score : float or None
        Of the validation rows after the epoch; higher is better.
    """

    loss: float
    rate: float
    squares: NDArray[np.float64]
    seconds: float
    validation_loss: float | None = None
    score: float | None = None

    @property
    def gradient_norm(self) -> float:
        """The norm of the last step's mean gradient, of all parameters together."""
        return float(np.sqrt(self.squares[:, 0].sum()))

    @property
    def update_ratio(self) -> NDArray[np.float64]:
        """|change of W(k)| / |W(k)| in the last step, (depth,); around 1e-3 is healthy."""
        _, change, weights = self.squares.T
        return np.sqrt(np.divide(change, weights, out=np.zeros(len(change)), where=weights > 0))


class History(list[Epoch]):
    """The epochs so far, the first one first."""

    @property
    def losses(self) -> list[float]:
        """The loss curve."""
        return [epoch.loss for epoch in self]

    @property
    def seconds(self) -> list[float]:
        """How long each epoch took."""
        return [epoch.seconds for epoch in self]

    @property
    def scores(self) -> list[float]:
        """The validation scores; empty where there was no validation set."""
        return [epoch.score for epoch in self if epoch.score is not None]


def mean_of(epochs: Sequence[Epoch]) -> Epoch:
    """Return one record of the same epoch of several networks that were trained side by side.

    Everything is the plain mean, ``squares`` too, so that what follows from them is a root mean
    square; but ``seconds`` are those of all together, and the means of validation are those of the
    networks that are validated. Of a single network it is the very record.
    """
    if len(epochs) == 1:
        return epochs[0]
    return Epoch(
        loss=_mean([epoch.loss for epoch in epochs]),
        rate=_mean([epoch.rate for epoch in epochs]),
        squares=np.mean([epoch.squares for epoch in epochs], axis=0),
        seconds=max(epoch.seconds for epoch in epochs),
        validation_loss=_mean_if_known([epoch.validation_loss for epoch in epochs]),
        score=_mean_if_known([epoch.score for epoch in epochs]),
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _mean_if_known(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _mean(known) if known else None
