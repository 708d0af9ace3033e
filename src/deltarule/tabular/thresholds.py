"""From probabilities to decisions, for two classes: where to draw the line."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import get_scorer

from deltarule.data import Targets, require_scorer
from deltarule.errors import SettingError
from deltarule.network.arrays import Floats

MOST_TRIED = 100


class _Decided(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier that has made up its mind, for scikit-learn's scorers to judge."""

    def __init__(self, decisions: NDArray[np.int64]) -> None:
        self.decisions = decisions
        self.classes_ = np.array([0, 1])

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Return the decisions, whatever the rows."""
        return self.decisions


def best_threshold(
    scorer: str, p: Floats, y: NDArray[np.int64], weights: Floats | None = None
) -> float:
    """Return the probability from which deciding for the second class scores best.

    Of at most 100 lines between, below and above the probabilities that occur, the one with the
    best score; of several, the one that is closest to one half.

    Parameters
    ----------
    scorer : str
        scikit-learn's name of a scorer of decisions; the second class is its positive one.
    p : array (n,)
        The second class's probability.
    y : array (n,)
        0 or 1: whether it is the second class.
    weights : array (n,), optional

    Raises
    ------
    SettingError
        If the scorer looks at probabilities rather than decisions.
    """
    judge = get_scorer(scorer)
    p = p.astype(np.float64)
    values = np.unique(p)
    if len(values) > MOST_TRIED:
        values = np.unique(np.quantile(values, np.linspace(0, 1, MOST_TRIED)))
    values = np.append(values, 1.0)
    lines = np.array([0.0, 0.5, *(values[1:] + values[:-1]) / 2])
    weighted = {} if weights is None else {"sample_weight": weights}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of decisions that are all the same
            scores = [
                judge(_Decided((p >= line).astype(int)), p[:, None], y, **weighted)
                for line in lines
            ]
    except (AttributeError, TypeError, ValueError):
        raise SettingError(
            f"threshold={scorer!r} scores probabilities, which no threshold changes, or is not for "
            "two classes or for weights. Use a scorer of decisions, such as 'f1' or "
            "'balanced_accuracy'."
        ) from None
    best = np.flatnonzero(np.array(scores) == np.max(scores))
    return float(lines[best[np.argmin(np.abs(lines[best] - 0.5))]])


def require_threshold(threshold: float | str | None, targets: Targets) -> None:
    """Refuse a threshold for any but two classes, and scorers that no threshold changes.

    Raises
    ------
    SettingError
    """
    if threshold is None:
        return
    if len(targets.classes) != 2:
        raise SettingError(
            f"threshold={threshold!r} tells two classes apart, and y has {len(targets.classes)}. "
            "Leave threshold=None."
        )
    if isinstance(threshold, str):
        require_scorer(threshold, "threshold")
        p, y = np.array([0.2, 0.4, 0.6, 0.8]), np.array([0, 1, 0, 1])
        best_threshold(threshold, p, y, np.ones(4))  # complains now rather than later
