"""What a report is about: a model, some rows, what it says of them."""

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from deltarule.insight.views import Model, encoded, named, network_of, predictions_of, spans_of
from deltarule.network import Network
from deltarule.tabular import Evaluation, TabularClassifier
from deltarule.tabular.evaluation import evaluate_predictions
from deltarule.tabular.predictions import Predictions


@dataclass(frozen=True)
class Material:
    """A model and rows with labels.

    Attributes
    ----------
    model : fitted estimator
    table : pyarrow.Table
    truth : array (n,)
        Each row's index in ``model.classes_``.
    predictions : Predictions
        Of these rows.
    numbers : array (n,)
        What the rows are called: their numbers in the user's table, from 0.
    source : str
        Where the rows are from.
    target : str, optional
        Name of the labels' column.
    is_held_out : bool
        Whether the rows are some of training, predicted by networks that did not see them.
    """

    model: Model
    table: pa.Table
    truth: NDArray[np.int64]
    predictions: Predictions
    numbers: NDArray[np.int64]
    source: str
    target: str | None = None
    is_held_out: bool = False

    @classmethod
    def of(cls, model: Model, X: Any, y: Any, source: str) -> "Material":
        """Return the material for rows that are given, and predicted now."""
        inputs, truth = encoded(model, X, y)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the same columns, a second time
            table = named(model, X)
        return cls(
            model=model,
            table=table,
            truth=truth,
            predictions=predictions_of(model, inputs),
            numbers=np.arange(len(truth)),
            source=source,
            target=getattr(model, "target_", None),
        )

    @classmethod
    def of_held_out(cls, model: TabularClassifier, table: pa.Table, source: str) -> "Material":
        """Return the material for the rows of training that networks held out.

        Parameters
        ----------
        model : TabularClassifier
            Fitted in this process.
        table : pyarrow.Table
            Those rows.
        source : str
        """
        numbers, truth = model.validation_rows_, model.validation_truth_
        predictions = model.validation_predictions()
        return cls(model, table, truth, predictions, numbers, source, is_held_out=True)

    @property
    def labels(self) -> NDArray[Any]:
        """Each row's label."""
        return self.model.classes_[self.truth]

    @cached_property
    def p(self) -> NDArray[np.float64]:
        """Probabilities (n, n_classes)."""
        return np.asarray(self.predictions.probabilities, np.float64)

    @cached_property
    def evaluation(self) -> Evaluation:
        """Accuracy and all that."""
        return evaluate_predictions(self.predictions, self.truth)

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each column that is used."""
        if isinstance(self.model, TabularClassifier):
            return self.model.column_kinds_
        return dict.fromkeys(spans_of(self.model), "numeric")

    @property
    def left_out(self) -> dict[str, str]:
        """The columns that are not used, and why."""
        return getattr(self.model, "left_out_", {})

    @property
    def n_networks(self) -> int:
        """Those that predict together."""
        return getattr(self.model, "n_models_", 1)

    @property
    def network(self) -> Network:
        """The layers that each has."""
        return network_of(self.model)
