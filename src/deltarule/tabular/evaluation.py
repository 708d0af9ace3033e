"""How good a model is on rows with labels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support
from sklearn.utils.validation import check_is_fitted

from deltarule.tabular.classifier import TabularClassifier
from deltarule.tabular.prepare import labelled_rows


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
    table, labels = labelled_rows(table, y)
    truth = model.locate(labels)
    log_p = model.predict_log_proba(table)
    guess = log_p.argmax(axis=1)
    known = np.arange(len(model.classes_))
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, guess, labels=known, zero_division=0
    )
    return Evaluation(
        classes=model.classes_.tolist(),
        accuracy=float(accuracy_score(truth, guess)),
        log_loss=float(-log_p[np.arange(len(truth)), truth].mean(dtype=np.float64)),
        precision=precision,
        recall=recall,
        f1=f1,
        support=support,
        confusion=confusion_matrix(truth, guess, labels=known),
    )
