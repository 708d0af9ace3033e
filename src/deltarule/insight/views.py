"""Either estimator, for those who look at both: rows as numbers, and what is said of them."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from deltarule.classifier import MLPClassifier
from deltarule.data import Targets
from deltarule.errors import DataError
from deltarule.network import LOSSES, Inputs, Network
from deltarule.network.arrays import Floats
from deltarule.tabular import TabularClassifier
from deltarule.tabular.predictions import Predictions
from deltarule.tabular.rows import read_rows

Model = MLPClassifier | TabularClassifier


def named(model: Model, X: Any) -> pa.Table:
    """Return a table with the names that the model has for its columns."""
    if isinstance(model, TabularClassifier):
        return model.match(X)
    return read_rows(X).table.rename_columns(list(spans_of(model)))


def encoded(model: Model, X: Any, y: Any) -> tuple[Floats, NDArray[np.int64]]:
    """Return the numbers (n, f) that the network reads of each row, and its class (n,).

    Raises
    ------
    DataError
        Also for rows that have several labels.
    """
    return by_rows(model.inputs_of(X, y))


def by_rows(inputs: Inputs) -> tuple[Floats, NDArray[np.int64]]:
    """Return a batch as rows (n, f), and the class of each (n,): see :func:`encoded`."""
    targets = inputs.y
    if targets.ndim == 2 and len(targets) > 1:
        raise DataError("Each row must have one label; these have several, or none.")
    truth = targets if targets.ndim == 1 else targets[0]
    return inputs.X.T, truth.astype(np.int64)


def predictions_of(model: Model, inputs: Floats) -> Predictions:
    """Return what the model says of rows that :func:`encoded` returned."""
    if isinstance(model, TabularClassifier):
        return model.predictions_of(inputs)
    targets = Targets(model.classes_, LOSSES["softmax"], len(model.classes_))
    return Predictions(model.log_probabilities_of(inputs), targets)


def network_of(model: Model) -> Network:
    """Return the layers."""
    if isinstance(model, TabularClassifier):
        return model.network_
    return model._objective.network  # scikit-learn's has no such attribute, so ours has none


def spans_of(model: Model) -> dict[str, slice]:
    """Return which of the numbers are each column's."""
    if isinstance(model, TabularClassifier):
        return model.spans()
    names = getattr(model, "feature_names_in_", [f"x{i}" for i in range(model.n_features_in_)])
    return {str(name): slice(i, i + 1) for i, name in enumerate(names)}
