"""How good a model is on rows with labels."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    precision_recall_fscore_support,
)
from sklearn.utils.validation import check_is_fitted

from deltarule.tabular.classifier import TabularClassifier
from deltarule.tabular.metrics import METRICS
from deltarule.tabular.predictions import Predictions
from deltarule.tabular.rows import read_labelled


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
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    support: NDArray[np.int64]
    confusion: NDArray[np.int64]

    def to_json(self) -> dict[str, Any]:
        """Return the evaluation as JSON-able data."""
        members = {"rows": int(self.support.sum()), **vars(self)}
        return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in members.items()}


def evaluate(model: TabularClassifier, table: Any, y: Any) -> Evaluation:
    """Compare a fitted model's predictions with the labels ``y`` of a table's rows.

    Raises
    ------
    DataError
        For no rows, columns that do not fit, and labels that the model does not know.
    """
    check_is_fitted(model)
    rows, labels = read_labelled(table, y)
    return evaluate_predictions(model.predictions_of(model.encode(rows)), model.locate(labels))


def evaluate_predictions(predictions: Predictions, truth: NDArray[np.int64]) -> Evaluation:
    """Compare predictions with class indices ``truth`` (n,)."""
    classes, guess = predictions.targets.classes, predictions.indices
    area = METRICS["roc_auc"].score(predictions.targets, predictions.log_probabilities, truth, None)
    known = np.arange(len(classes))
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, guess, labels=known, zero_division=0
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "A single label was found")  # there is one class only
        confusion = confusion_matrix(truth, guess, labels=known)
    return Evaluation(
        classes=classes.tolist(),
        accuracy=float(accuracy_score(truth, guess)),
        log_loss=float(predictions.losses(truth).mean()),
        roc_auc=None if np.isnan(area) else area,
        precision=precision,
        recall=recall,
        f1=f1,
        support=support.astype(np.int64),
        confusion=confusion,
    )
