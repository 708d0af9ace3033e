"""How good predicted probabilities are, by five measures."""

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score

BINS = 15
MEASURES = ("error", "log_loss", "calibration_error", "balanced_error", "auc")


def score(proba: np.ndarray, classes: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Measure probabilities of test rows.

    Parameters
    ----------
    proba : array of shape (n, m)
        The probability of each of ``classes``; rows are divided by their sums, which in float32
        are not quite one.
    classes : array of shape (m,)
        The class indices that the contender knows, ascending.
    y : array of shape (n,)
        The true ones; one that the contender never saw has the probability 0.

    Returns
    -------
    dict
        For each of ``MEASURES`` a number; all are means over rows but ``balanced_error``, the
        mean over classes of their errors, and ``auc``.
    """
    known = np.union1d(classes, y)
    P = np.zeros((len(y), len(known)))
    P[:, np.searchsorted(known, classes)] = proba
    P /= P.sum(axis=1, keepdims=True)
    predicted = known[P.argmax(axis=1)]
    wrong = predicted != y
    return {
        "error": float(wrong.mean()),
        "log_loss": float(log_loss(y, P, labels=known)),
        "calibration_error": calibration_error(P, ~wrong),
        "balanced_error": float(np.mean([wrong[y == c].mean() for c in np.unique(y)])),
        "auc": area(P, known, y),
    }


def calibration_error(P: np.ndarray, right: np.ndarray) -> float:
    """Return the expected calibration error of the top probability, in bins of equal width.

    sum_b n_b / n |share of right ones in b - mean top probability in b|: Naeini, Cooper and
    Hauskrecht (2015) as Guo et al. use it (2017, arXiv:1706.04599, Eq. 3).
    """
    top = P.max(axis=1)
    bins = np.minimum((top * BINS).astype(int), BINS - 1)
    surplus = np.bincount(bins, weights=right - top, minlength=BINS)
    return float(np.abs(surplus).sum() / len(top))


def area(P: np.ndarray, known: np.ndarray, y: np.ndarray) -> float:
    """Return the area under the ROC curve of one class against the rest: the mean over classes.

    A class without a test row has none. Of two classes both areas are the same.
    """
    areas = [roc_auc_score(y == c, P[:, j]) for j, c in enumerate(known) if 0 < np.mean(y == c) < 1]
    return float(np.mean(areas))
