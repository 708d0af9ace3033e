"""How good a model is on rows with labels: a table of any length, a batch at a time."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_fscore_support
from sklearn.utils.validation import check_is_fitted

from deltarule.data import IGNORED, Targets
from deltarule.tabular.classifier import TabularClassifier
from deltarule.tabular.labelled import LabelledTable, naming
from deltarule.tabular.predictions import Predictions
from deltarule.tabular.ranking import MOST_VALUES, RankTally
from deltarule.tabular.streaming import opened, predicted


@dataclass(frozen=True)
class Evaluation:
    """Counts and rates on some rows, in the order of the model's classes.

    Attributes
    ----------
    classes : list of labels
    accuracy : float
        The share of rows whose label is predicted right.
    log_loss : float
        The mean of -log p of the right label, in nats (Eq. 13).
    roc_auc : float or None
        Area under the ROC curve; of more than two classes the mean, each against the rest; None
        where no class has rows on both sides.
    roc_auc_error : float
        How far that may be off: 0 but for tables with millions of different probabilities.
    precision, recall, f1 : arrays (n_classes,)
        Of each class; 0 where undefined.
    support : array (n_classes,)
        Rows of each class.
    confusion : array (n_classes, n_classes)
        ``confusion[i, j]``: rows of class i predicted as class j.
    """

    classes: list[Any]
    accuracy: float
    log_loss: float
    roc_auc: float | None
    roc_auc_error: float
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    support: NDArray[np.int64]
    confusion: NDArray[np.int64]

    def to_json(self) -> dict[str, Any]:
        """Return the evaluation as JSON-able data."""
        members = {"rows": int(self.support.sum()), **vars(self)}
        return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in members.items()}


class Tally:
    """What has to be kept of predictions, and of the labels that belong to them, to evaluate them.

    Parameters
    ----------
    targets : Targets
    """

    def __init__(self, targets: Targets) -> None:
        n = len(targets.classes)
        self._targets, self._loss = targets, 0.0
        self._confusion = np.zeros((n, n), np.int64)
        judged = [1] if n == 2 else range(n)
        self._ranks = {c: RankTally(MOST_VALUES // len(judged)) for c in judged}

    def add(self, predictions: Predictions, truth: NDArray[np.int64]) -> None:
        """Count some rows, with class indices ``truth`` (n,)."""
        n = len(self._targets.classes)
        pairs = truth * n + predictions.indices
        self._confusion += np.bincount(pairs, minlength=n * n).reshape(n, n)
        self._loss += float(predictions.losses(truth).sum())
        p = predictions.probabilities
        for c, ranks in self._ranks.items():
            ranks.add(p[:, c], truth == c)

    def evaluation(self) -> Evaluation:
        """Return what comes of it."""
        confusion = self._confusion
        n, support = int(confusion.sum()), confusion.sum(axis=1)
        known = np.arange(len(confusion))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "A single label was found")  # there is one class only
            precision, recall, f1, _ = precision_recall_fscore_support(
                np.repeat(known, len(known)),
                np.tile(known, len(known)),
                labels=known,
                sample_weight=confusion.ravel(),
                zero_division=0,
            )
        areas = [(r.area, r.error) for r in self._ranks.values() if r.area is not None]
        return Evaluation(
            classes=self._targets.classes.tolist(),
            accuracy=float(confusion.trace() / n),
            log_loss=self._loss / n,
            roc_auc=float(np.mean([area for area, _ in areas])) if areas else None,
            roc_auc_error=float(np.mean([error for _, error in areas])) if areas else 0.0,
            precision=precision,
            recall=recall,
            f1=f1,
            support=support,
            confusion=confusion,
        )


def evaluate(
    model: TabularClassifier, table: Any, y: Any, *, ignored: Sequence[str] = ()
) -> Evaluation:
    """Compare a fitted model's predictions with the labels of a table's rows.

    A batch of rows is in memory at a time.

    Parameters
    ----------
    model : TabularClassifier
        Fitted.
    table : table, file, or deltarule.data.Source
    y : array-like (n,), or name of a column
    ignored : sequence of str
        Columns that are none of the model's, and no surprise.

    Raises
    ------
    DataError
        For no rows, columns that do not fit, and labels that the model does not know.
    """
    check_is_fitted(model)
    kinds = dict.fromkeys(ignored, IGNORED)
    target = y if isinstance(y, str) else None
    labelled = LabelledTable(opened(model, table, target), y, kinds=kinds)
    targets, first = Targets.learn(model.classes_), 0
    tally = Tally(targets)
    for batch, said in predicted(model, labelled.source, {*ignored, target}):
        with naming(labelled.source):
            truth = labelled.labels.codes(targets, batch, first)
        tally.add(said, truth)
        first += batch.num_rows
    labelled.labels.require(first)
    return tally.evaluation()


def evaluate_predictions(predictions: Predictions, truth: NDArray[np.int64]) -> Evaluation:
    """Compare predictions with class indices ``truth`` (n,)."""
    tally = Tally(predictions.targets)
    tally.add(predictions, truth)
    return tally.evaluation()
