"""What a model of tables can do once it is fitted: predict, and be saved."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from deltarule.data import Encoder, Targets
from deltarule.data.sources import shortened
from deltarule.engines import Frozen, create_engine, predict_scores
from deltarule.errors import DataError, SettingError
from deltarule.model_file import SavedModel, write_model
from deltarule.network import Inputs, Network, Objective, Parameters
from deltarule.network.arrays import Floats
from deltarule.tabular.calibration import log_average
from deltarule.tabular.predictions import Predictions
from deltarule.tabular.rows import Rows, match_columns, read_labelled, read_rows
from deltarule.tabular.streaming import prediction_stream
from deltarule.training import Columns, RunRecord
from deltarule.warn import warn

SCORES_AT_ONCE = 1 << 24  # rows times classes times networks, where only the outcome is kept


class TablePredictor(CallbackSupportMixin, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The half of TabularClassifier after fit.

    Everything follows from ``_encoder``, ``_targets``, ``_network``, ``_parameters`` and
    ``_record``.
    """

    n_threads: int | None
    strict: bool
    threshold_: float | None
    schedule_epochs_: int | None
    left_out_: dict[str, str]

    def _keep(
        self,
        encoder: Encoder,
        targets: Targets,
        network: Network,
        parameters: list[Parameters],
        record: RunRecord,
    ) -> None:
        """Become fitted: set everything that a fit, or a model file, gives."""
        self._encoder, self._targets, self._network = encoder, targets, network
        self._parameters, self._record = parameters, record
        self.classes_ = targets.classes
        self.layer_sizes_ = network.sizes
        self.n_models_, self.temperature_ = len(parameters), 1.0
        self.stopped_ = record.stopped
        self.n_iter_, self.best_epoch_ = record.epochs, record.best_epoch
        self.target_: str | None = None

    def _keep_from(self, first: int) -> None:
        """Leave out the networks before this one."""
        self._parameters, self._record = self._parameters[first:], self._record.of_members(first)
        self.n_models_ = len(self._parameters)

    def _name_columns(self, names: list[str], is_named: bool) -> None:
        self._columns, self._is_named = names, is_named
        self.n_features_in_ = len(names)
        if is_named:
            self.feature_names_in_ = np.array(names, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def __sklearn_is_fitted__(self) -> bool:
        return "_parameters" in vars(self)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags

    @property
    def network_(self) -> Network:
        """The layers that all networks have: see :mod:`deltarule.network`."""
        check_is_fitted(self)
        return self._network

    @property
    def history_(self) -> Columns:
        """What happened, an entry an epoch."""
        return self._record.columns(self._network.depth)

    @property
    def loss_curve_(self) -> list[float]:
        """The mean loss of each epoch."""
        return list(self._record.training.loss_curve)

    @property
    def validation_scores_(self) -> list[float | None]:
        """The score of the rows held out, after each epoch."""
        return list(self._record.training.validation_scores)

    @property
    def column_kinds_(self) -> dict[str, str]:
        """The kind of each column that is used: numeric, boolean, categorical or datetime."""
        check_is_fitted(self)
        return self._encoder.kinds()

    def column_types(self) -> dict[str, pa.DataType]:
        """Return the types to read columns of text files in, where they are not to be found out."""
        check_is_fitted(self)
        return self._encoder.types()

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the label of each row, (n,). Columns are found by name.

        The likeliest one; of two classes with a ``threshold``, the second where its probability
        reaches that.
        """
        inputs = self.encode(X)
        at_once = self.rows_at_once
        starts = range(0, max(1, len(inputs)), at_once)
        return np.concatenate(
            [self.predictions_of(inputs[start : start + at_once]).labels for start in starts]
        )

    @property
    def rows_at_once(self) -> int:
        """How many rows are predicted at a time where only the outcome is kept."""
        return max(1, SCORES_AT_ONCE // (len(self.classes_) * self.n_models_))

    def predict_batches(
        self, X: Any, *, proba: bool = False, beside: Sequence[str] = ()
    ) -> pa.RecordBatchReader:
        """Predict a table of any length in the memory of a batch: at most 65,536 rows.

        The labels are those of :meth:`predict`, to the bit. scikit-learn has no such method.

        Parameters
        ----------
        X : table, or path, pattern, URI or list of these, or deltarule.data.Source
            Files are not read whole.
        proba : bool
            Whether to add the probability of each class, in columns "probability of ...".
        beside : sequence of str
            Columns of ``X`` that are to stand before the predictions.

        Returns
        -------
        pyarrow.RecordBatchReader
            An Arrow stream, which pyarrow writes to CSV, Parquet and more. The predictions' column
            has the target's name, where the model knows it, or else "prediction".

        Raises
        ------
        DataError
            When the stream is read, as soon as a batch has something wrong; at its end, with
            their number, for categories that training never saw, where ``strict``.

        Examples
        --------
        >>> from deltarule import TabularClassifier
        >>> table = {"size": [1.0, 2.0, 9.0, 8.0] * 10}
        >>> model = TabularClassifier(preset="quick", max_iter=20, random_state=0)
        >>> stream = model.fit(table, ["small", "small", "big", "big"] * 10).predict_batches(table)
        >>> [batch.num_rows for batch in stream]
        [40]
        """
        check_is_fitted(self)
        return prediction_stream(self, X, proba, beside)

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class, (n, n_classes), in the order of ``classes_``."""
        return self.predictions_of(self.encode(X)).probabilities

    def predict_log_proba(self, X: Any) -> Floats:
        """Return the logarithm of :meth:`predict_proba`, finite also where that is 0."""
        return self.predictions_of(self.encode(X)).log_probabilities

    def predictor(self) -> Frozen:
        """Return what predicts as the networks do now: quicker, and hardly checking anything.

        A copy, which stays as it is, for any number of threads at once: rows as :meth:`encode`
        returns them in, the probabilities of each class (n, n_classes) out, those of
        :meth:`predict_proba` but for rounding.

        Returns
        -------
        deltarule.engines.Frozen

        Examples
        --------
        >>> from deltarule import TabularClassifier
        >>> table = {"size": [1.0, 2.0, 9.0, 8.0] * 10}
        >>> model = TabularClassifier(preset="quick", max_iter=20, random_state=0)
        >>> model = model.fit(table, ["small", "small", "big", "big"] * 10)
        >>> model.predictor()(model.encode({"size": [1.5]})).shape
        (1, 2)
        """
        check_is_fitted(self)
        objective = Objective(self._network, self._targets.loss)
        engine = create_engine(objective, n_threads=self.n_threads)
        return engine.freeze(self._parameters, self.temperature_)

    def locate(self, y: Any) -> NDArray[np.int64]:
        """Return each label's index in ``classes_``.

        Raises
        ------
        DataError
            For labels that the model does not know.
        """
        check_is_fitted(self)
        return self._targets.encode(np.asarray(y))

    def match(self, X: Any) -> pa.Table:
        """Return the columns of a table that training had, by the names that they had there.

        Warns
        -----
        UserWarning
            Of columns that training did not have.

        Raises
        ------
        DataError
            Of the same, where ``strict``; and of a table that cannot be read.
        """
        check_is_fitted(self)
        known = set(self._columns)
        is_read = isinstance(X, Rows)
        rows = X if is_read else read_rows(X, lambda name: not self._is_named or name in known)
        table = match_columns(rows, self._columns, self._is_named, self.strict)
        return table.select([name for name in table.column_names if name in known])

    def encode(self, X: Any) -> NDArray[np.float32]:
        """Return what the network reads of each row, (n, ``layer_sizes_[0]``).

        Warns
        -----
        UserWarning
            Of columns that are not used, and of categories that training never saw.

        Raises
        ------
        DataError
            Of the same, where ``strict``; and of whatever cannot be encoded.
        """
        unknown: dict[str, int] = {}
        inputs = self.encode_counting(X, unknown)
        self.tell_of_unknown(unknown)
        return inputs

    def encode_counting(
        self, X: Any, unknown: dict[str, int], first: int = 0
    ) -> NDArray[np.float32]:
        """Return what :meth:`encode` does, and say nothing of categories never seen.

        Parameters
        ----------
        X : table
        unknown : dict from column name to int
            The number of their cells is added to.
        first : int
            Number of the first row, where this is a part of a table.
        """
        table = self.match(X)
        counts: dict[str, int] = {}
        inputs = self._encoder.encode(table, counts, first)
        for name, count in counts.items():
            unknown[name] = unknown.get(name, 0) + count
        return inputs

    def tell_of_unknown(self, unknown: Mapping[str, int]) -> None:
        """Warn of the cells with categories that training never saw; an error where ``strict``."""
        for name, count in unknown.items():
            told = (
                f"{count} of the cells in column {shortened(name)!r} hold a category that training "
                "never saw"
            )
            if self.strict:
                raise DataError(f"{told}. Train on rows that have it, or set strict=False.")
            warn(f"{told}; they count as unknown.")

    def predictions_of(self, inputs: NDArray[np.float32]) -> Predictions:
        """Return what the model says of rows that :meth:`encode` returned."""
        scores = [self.scores_of(parameters, inputs) for parameters in self._parameters]
        return Predictions(log_average(scores, self.temperature_), self._targets, self.threshold_)

    def scores_of(self, parameters: Parameters, inputs: NDArray[np.float32]) -> Floats:
        """Return the scores (n, n_classes) that one of the networks gives encoded rows."""
        objective = Objective(self._network, self._targets.loss)
        engine = create_engine(objective, n_threads=self.n_threads)
        return predict_scores(engine, parameters, inputs)

    def inputs_of(self, X: Any, y: Any, network: int = 0) -> Inputs:
        """Return what Algorithm 1 takes, for these rows: see :func:`deltarule.insight.trace`.

        Parameters
        ----------
        X, y : table and labels (n,)
        network : int
            Which one, of several; from 0.
        """
        check_is_fitted(self)
        if not 0 <= network < self.n_models_:
            raise SettingError(
                f"network={network!r} is none of the model's: they are 0 to {self.n_models_ - 1}."
            )
        rows, labels = read_labelled(X, y)
        batch, targets = self.encode(rows).T, self.locate(labels)
        return Inputs(self._network, self._parameters[network], self._targets.loss, batch, targets)

    def spans(self) -> dict[str, slice]:
        """Return which of the numbers that :meth:`encode` returns are each column's."""
        check_is_fitted(self)
        return self._encoder.spans()

    def save(self, path: str | os.PathLike[str], *, target: str | None = None) -> None:
        """Write the fitted model to one file; :func:`deltarule.load_model` reads it.

        Parameters
        ----------
        path : path-like
        target : str, optional
            Name of the labels' column, kept for whoever reads the file; where it is not given, that
            of the file that the model was read from.

        Raises
        ------
        SaveError
            If it cannot be written; what stood at ``path`` before is then still there.
        """
        check_is_fitted(self)
        saved = self._to_saved()
        write_model(path, saved if target is None else replace(saved, target=target))

    def _to_saved(self) -> SavedModel:
        return SavedModel(
            estimator="TabularClassifier",
            network=self._network,
            loss=self._targets.loss,
            parameters=self._parameters,
            classes=self.classes_,
            settings=self.get_params(deep=False),
            training=self._record.training,
            target=self.target_,
            features=self._columns,
            encoder=self._encoder.to_json(),
            temperature=self.temperature_,
            threshold=self.threshold_,
            is_named=self._is_named,
            left_out=self.left_out_,
            schedule_epochs=self.schedule_epochs_,
        )

    @classmethod
    def _from_saved(cls, saved: SavedModel) -> "TablePredictor":
        if saved.encoder is None or saved.features is None or saved.loss.name != "softmax":
            raise ValueError("a TabularClassifier needs an encoder, column names and softmax loss")
        encoder = Encoder.from_json(saved.encoder)
        if len(set(saved.features)) < len(saved.features):
            raise ValueError("it names a column twice")
        unnamed = {column.name for column in encoder.columns} - set(saved.features)
        if unnamed:
            raise ValueError(f"its encoder reads {min(unnamed)!r}, which is not among its columns")
        if encoder.n_features != saved.network.n_features:
            raise ValueError(
                f"its encoder makes {encoder.n_features} numbers of a row, but layer 1 reads "
                f"{saved.network.n_features}"
            )
        if saved.threshold is not None and len(saved.classes) != 2:
            raise ValueError(f"a threshold is for two classes, and it has {len(saved.classes)}")
        model = cls(**saved.settings)
        targets = Targets(saved.classes, saved.loss, saved.network.n_outputs)
        record = RunRecord.from_file(saved.training)
        model._keep(encoder, targets, saved.network, saved.parameters, record)
        model._name_columns(saved.features, saved.is_named)
        model.left_out_, model.temperature_ = saved.left_out, saved.temperature
        model.target_, model.threshold_ = saved.target, saved.threshold
        model.schedule_epochs_ = saved.schedule_epochs
        return model
