"""Rows that are never trained on, and what a network is worth on them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from deltarule.engines import Engine, Examples
from deltarule.network import Loss, Parameters
from deltarule.network.arrays import Floats, Targets

ROWS_AT_ONCE = 1024  # of a validation set that is scattered over X
PIECE = 8192  # rows, of one that is not

Score = Callable[[Floats], float]
"""From the scores (v, l) of the validation rows to a number that is higher for a better network."""


@dataclass(frozen=True)
class Judge:
    """What scores of validation rows are worth.

    Attributes
    ----------
    y : array (v,) of class indices, or (v, l) of zeros and ones
    weights : array (v,) or None
    score : callable
    """

    y: Targets
    weights: Floats | None
    score: Score

    def measure(self, loss: Loss, scores: Floats) -> tuple[float, float]:
        """Return the mean cross-entropy, and the score, of scores (v, l)."""
        losses, _ = loss.value_and_gradient(scores.T, self.y.T)
        mean = float(np.average(losses.astype(np.float64), weights=self.weights))
        return mean, float(self.score(scores))


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

    @cached_property
    def judge(self) -> Judge:
        """What judges their scores."""
        rows = slice(None) if self.examples.rows is None else self.examples.rows
        weights = None if self.examples.weights is None else self.examples.weights[rows]
        return Judge(self.examples.y[rows], weights, self.score)

    def scores(self, engine: Engine, parameters: Parameters, some: slice) -> list[Floats]:
        """Return the scores that a network with these parameters gives the rows, in pieces.

        Parameters
        ----------
        engine : Engine
        parameters : Parameters
        some : slice
            Of the numbers of the pieces.
        """
        X, rows, n = self.examples.X, self.examples.rows, len(self.examples)
        size = PIECE if rows is None else ROWS_AT_ONCE
        spans = [slice(start, start + size) for start in range(0, n, size)][some]
        return [
            engine.predict(parameters, X[span if rows is None else rows[span]]) for span in spans
        ]
