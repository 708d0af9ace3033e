"""Rows that are never trained on, and what a network is worth on them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from deltarule.engines import Engine, Examples
from deltarule.network import Parameters
from deltarule.network.arrays import Floats

ROWS_AT_ONCE = 1024  # of a validation set that is scattered over X

Score = Callable[[Floats], float]
"""From the scores (v, l) of the validation rows to a number that is higher for a better network."""


@dataclass(frozen=True)
class Validation:
    """Rows that are never trained on, and how to score them.

    Attributes
    ----------
    examples : Examples
        Where these are some ``rows`` of X only, they are copied a few at a time.
    score : callable
    """

    examples: Examples
    score: Score

    def judge(self, engine: Engine, parameters: Parameters) -> tuple[float, float]:
        """Return the mean cross-entropy and the score of a network with these parameters."""
        scores = self._scores(engine, parameters)
        rows = slice(None) if self.examples.rows is None else self.examples.rows
        weights = None if self.examples.weights is None else self.examples.weights[rows]
        losses, _ = engine.objective.loss.value_and_gradient(scores.T, self.examples.y[rows].T)
        loss = float(np.average(losses.astype(np.float64), weights=weights))
        return loss, float(self.score(scores))

    def _scores(self, engine: Engine, parameters: Parameters) -> Floats:
        X, rows = self.examples.X, self.examples.rows
        if rows is None:
            return engine.predict(parameters, X)
        pieces = np.array_split(rows, range(ROWS_AT_ONCE, len(rows), ROWS_AT_ONCE))
        return np.concatenate([engine.predict(parameters, X[piece]) for piece in pieces])


@dataclass(frozen=True)
class Fold:
    """The rows that a member of a run is trained on, and those that it is validated on.

    Attributes
    ----------
    examples : Examples
        Those of all members may be ``rows`` of one X: nothing is copied.
    validation : Validation, optional
        With it, the parameters of the epoch with the best score are the ones that are kept; without
        it those of the epoch with the best mean score of the members that have one, if any has.
    """

    examples: Examples
    validation: Validation | None = None
