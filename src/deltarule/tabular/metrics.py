"""What a model is to be good at: the score that picks the epoch, and the loss that goes with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from deltarule.data import Targets
from deltarule.network.arrays import Floats

Weights = Floats | None
Score = Callable[[Targets, Floats, NDArray[Any], Weights], float]
"""From what the outputs mean, scores (n, l), class indices (n,) and weights to a number."""


@dataclass(frozen=True)
class Metric:
    """A measure that is higher for a better model.

    Attributes
    ----------
    name : str
        As messages call it.
    score : callable
    is_smoothed : bool
        Whether to train with label smoothing. It lowers the error and spoils the probabilities
        (Holzmüller et al. 2024, appendix B), so only those who are after the error get it.
    """

    name: str
    score: Score
    is_smoothed: bool


def _accuracy(targets: Targets, scores: Floats, y: NDArray[Any], weights: Weights) -> float:
    return targets.accuracy(scores, y, weights)


def _negative_log_loss(
    targets: Targets, scores: Floats, y: NDArray[Any], weights: Weights
) -> float:
    log_p = targets.log_probabilities(scores)[np.arange(len(y)), y]
    return float(np.average(log_p.astype(np.float64), weights=weights))


def _roc_auc(targets: Targets, scores: Floats, y: NDArray[Any], weights: Weights) -> float:
    """Return the area under the ROC curve; of several classes the mean, each against the rest.

    Classes without rows, or with all of them, are left out of the mean; NaN where none is left.
    """
    p = targets.probabilities(scores)
    if weights is not None:  # what has no weight is not there
        p, y, weights = p[weights > 0], y[weights > 0], weights[weights > 0]
    classes = [1] if p.shape[1] == 2 else range(p.shape[1])
    areas = [
        roc_auc_score(y == c, p[:, c], sample_weight=weights)
        for c in classes
        if 0 < np.count_nonzero(y == c) < len(y)
    ]
    return float(np.mean(areas)) if areas else float("nan")


METRICS: dict[str, Metric] = {
    "error": Metric("accuracy", _accuracy, is_smoothed=True),
    "log_loss": Metric("negative log loss", _negative_log_loss, is_smoothed=False),
    "roc_auc": Metric("ROC AUC", _roc_auc, is_smoothed=False),
}
