"""``TabularClassifier``: the estimator."""

import os
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils.validation import check_is_fitted

from deltarule.checkpoints import CheckpointedRun, checkpointed
from deltarule.data import Encoder, Targets, as_table, draw_seed
from deltarule.engines import create_engine, predict_scores
from deltarule.errors import DivergenceError
from deltarule.fitting import Run, carry_out, unchanged_on_failure
from deltarule.model_file import SavedModel, write_model
from deltarule.network import Network, Objective, Parameters
from deltarule.network.arrays import Floats
from deltarule.settings import check_settings
from deltarule.tabular.prepare import Prepared, prepare
from deltarule.tabular.recipe import ALPHA, build_network, build_plan
from deltarule.training import Columns, RunRecord, TrainingState, begin
from deltarule.warn import warn


class TabularClassifier(CallbackSupportMixin, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A fully connected network for tables as they are: numbers, text, missing cells.

    Numbers are standardised and a missing one becomes their mean; text is one-hot and a missing
    one has a code of its own. A fifth of the rows is held out, and the weights of the epoch that
    was best on them are kept. Computes in float32.

    Parameters
    ----------
    max_iter : int >= 1, default 100
        Most epochs.
    random_state : None, int or numpy.random.RandomState, default None
        Seed of everything random.
    n_threads : int >= 1 or None, default None
        Most threads; None is all that there are. It changes no bit of the result.
    checkpoint : path-like, deltarule.Checkpoint or None, default None
        A folder that ``fit`` writes its whole state to while it trains, once a minute;
        :class:`deltarule.Checkpoint` says how often else.
    resume : bool, default False
        Go on with the run that ``checkpoint`` holds, as if it had never ended, to the bit; begin
        one where it holds none. The data must be those it was begun with; ``max_iter`` may be
        more.

    Attributes
    ----------
    classes_ : array (n_classes,)
        The labels, sorted.
    feature_names_in_ : array of str
        The columns that it was fitted on.
    n_features_in_ : int
        Their number.
    left_out_ : dict from column name to str
        The columns that are not used, and why.
    n_iter_, best_epoch_ : int
        Epochs trained; the one whose weights are kept (0: the last, nothing was held out).
    stopped_ : str or None
        Why training stopped before ``max_iter``.
    layer_sizes_ : list of int
        Numbers that a row becomes, units of each hidden layer, classes.
    history_ : dict of arrays
        As :class:`deltarule.MLPClassifier` has it.
    loss_curve_, validation_scores_ : list of float
        One number an epoch: mean training loss; accuracy on the rows held out.
    validation_rows_ : array of int
        Numbers of the rows held out; empty where validation data was given.
    target_ : str or None
        Name of the labels' column, where a model file says it.

    Raises
    ------
    SettingError, DataError, DivergenceError, OutOfMemoryError
        At ``fit``.
    CheckpointError, RunInProgressError, SaveError
        At ``fit``, if ``checkpoint`` holds another run, or none that is whole; if another run is
        writing to it; or if it cannot be written to.

    Examples
    --------
    >>> table = {"size": [1.0, 2.0, None, 9.0, 8.0, 9.5], "colour": ["red", "red", "blue"] * 2}
    >>> model = TabularClassifier(random_state=0).fit(table, ["small"] * 3 + ["big"] * 3)
    >>> model.predict({"colour": ["red"], "size": [9.1]})
    array(['big'], dtype='<U5')
    """

    def __init__(
        self,
        *,
        max_iter: int = 100,
        random_state: Any = None,
        n_threads: int | None = None,
        checkpoint: Any = None,
        resume: bool = False,
    ) -> None:
        self.max_iter = max_iter
        self.random_state = random_state
        self.n_threads = n_threads
        self.checkpoint = checkpoint
        self.resume = resume

    def fit(self, X: Any, y: Any, *, X_val: Any = None, y_val: Any = None) -> "TabularClassifier":
        """Train on a table.

        Ctrl-C ends training after the epochs that are whole, with a warning, and keeps the best
        weights so far.

        Parameters
        ----------
        X : pyarrow.Table, pandas or polars DataFrame, or dict of columns
        y : array-like (n,)
            Labels: ints, strings or booleans.
        X_val, y_val : optional
            Rows to validate on. Without them a fifth of X is held out.

        Returns
        -------
        self
        """
        check_settings(type(self).__name__, self.get_params(deep=False))
        with unchanged_on_failure(self), checkpointed(self.checkpoint, self.resume) as checkpoints:
            known = None if checkpoints is None else checkpoints.seed
            seed = draw_seed(self.random_state) if known is None else known
            rows = prepare(X, y, X_val, y_val, seed)
            run = self._plan_run(rows, seed, checkpoints)
            divergence = self._train(rows, run, X=X, y=y)
        if divergence is not None:
            raise divergence
        return self

    def _plan_run(self, rows: Prepared, seed: int, checkpoints: CheckpointedRun | None) -> Run:
        """Return a run on these rows: the one that the checkpoints hold, or a fresh one."""
        network = build_network(rows.encoder.n_features, rows.targets.n_outputs)
        plan = build_plan(len(rows.examples), self.max_iter)
        prints = state = None
        if checkpoints is not None:
            prints = rows.fingerprint(self.get_params(deep=False), plan)
            state = checkpoints.take_up(plan, prints)
        return Run(
            objective=Objective(network, rows.targets.loss, ALPHA),
            plan=plan,
            state=state or begin(network, plan, seed, np.float32),
            examples=rows.examples,
            validation=rows.validation,
            checkpoints=checkpoints,
            fingerprint=prints,
        )

    @with_callbacks  # type: ignore[untyped-decorator]
    def _train(self, rows: Prepared, run: Run, **given: Any) -> DivergenceError | None:
        """Train and become fitted; return the error of a run that diverged after some epochs."""

        def become(model: TabularClassifier, state: TrainingState, parameters: Parameters) -> None:
            network = run.objective.network
            model._keep(rows.encoder, rows.targets, network, parameters, RunRecord(state))
            model._name_features(rows.names)
            model.validation_rows_, model.left_out_ = rows.held_out, rows.left_out

        return carry_out(self, run, become, given)

    def _keep(
        self,
        encoder: Encoder,
        targets: Targets,
        network: Network,
        parameters: Parameters,
        record: RunRecord,
    ) -> None:
        """Become fitted: set everything that a fit, or a model file, gives."""
        self._encoder, self._targets, self._network = encoder, targets, network
        self._parameters, self._record = parameters, record
        self.classes_ = targets.classes
        self.layer_sizes_ = network.sizes
        self.stopped_ = record.stopped
        self.n_iter_, self.best_epoch_ = record.epochs, record.best_epoch
        self.target_: str | None = None

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
        """The accuracy on the rows held out, after each epoch."""
        return list(self._record.training.validation_scores)

    def column_kinds(self) -> dict[str, str]:
        """Return how to read each column from a file of text: "number" or "text"."""
        return self._encoder.kinds()

    def _name_features(self, names: list[str]) -> None:
        self.feature_names_in_ = np.array(names, dtype=object)
        self.n_features_in_ = len(names)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likeliest label of each row, (n,). Columns are found by name."""
        scores = self._scores(X)
        return self._targets.decode(scores)

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class, (n, n_classes), in the order of ``classes_``."""
        scores = self._scores(X)
        return self._targets.probabilities(scores)

    def predict_log_proba(self, X: Any) -> Floats:
        """Return the logarithm of :meth:`predict_proba`, finite also where that is 0."""
        scores = self._scores(X)
        return self._targets.log_probabilities(scores)

    def locate(self, y: Any) -> NDArray[np.int64]:
        """Return each label's index in ``classes_``.

        Raises
        ------
        DataError
            For labels that the model does not know.
        """
        check_is_fitted(self)
        return self._targets.encode(np.asarray(y))

    def _scores(self, X: Any) -> Floats:
        check_is_fitted(self)
        table, unknown = as_table(X), dict[str, int]()
        inputs = self._encoder.encode(table, unknown)
        self._warn_of_surprises(table.column_names, unknown)
        objective = Objective(self._network, self._targets.loss)
        engine = create_engine(objective, n_threads=self.n_threads)
        return predict_scores(engine, self._parameters, inputs)

    def _warn_of_surprises(self, names: list[str], unknown: dict[str, int]) -> None:
        """Warn of columns that are not used and of categories that training never saw."""
        extra = [name for name in names if name not in set(self.feature_names_in_)]
        if extra:
            listed = ", ".join(map(repr, extra))
            warn(f"Not used, as training had no such column: {listed}.")
        for name, count in unknown.items():
            warn(
                f"{count} of the cells in column {name!r} hold a category that training never saw; "
                "they count as unknown."
            )

    def save(self, path: str | os.PathLike[str], *, target: str | None = None) -> None:
        """Write the fitted model to one file; :func:`deltarule.load_model` reads it.

        Parameters
        ----------
        path : path-like
        target : str, optional
            Name of the labels' column, kept for whoever reads the file.

        Raises
        ------
        SaveError
            If it cannot be written; what stood at ``path`` before is then still there.
        """
        check_is_fitted(self)
        write_model(path, replace(self._to_saved(), target=target))

    def _to_saved(self) -> SavedModel:
        return SavedModel(
            estimator="TabularClassifier",
            network=self._network,
            loss=self._targets.loss,
            parameters=self._parameters,
            classes=self.classes_,
            settings=self.get_params(deep=False),
            training=self._record.training,
            features=self.feature_names_in_.tolist(),
            encoder=self._encoder.to_json(),
        )

    @classmethod
    def _from_saved(cls, saved: SavedModel) -> "TabularClassifier":
        if saved.encoder is None or saved.features is None or saved.loss.name != "softmax":
            raise ValueError("a TabularClassifier needs an encoder, column names and softmax loss")
        encoder = Encoder.from_json(saved.encoder)
        if len(set(saved.features)) < len(saved.features):
            raise ValueError("it names a column twice")
        unnamed = encoder.kinds().keys() - set(saved.features)
        if unnamed:
            raise ValueError(f"its encoder reads {min(unnamed)!r}, which is not among its columns")
        if encoder.n_features != saved.network.n_features:
            raise ValueError(
                f"its encoder makes {encoder.n_features} numbers of a row, but layer 1 reads "
                f"{saved.network.n_features}"
            )
        model = cls(**saved.settings)
        targets = Targets(saved.classes, saved.loss, saved.network.n_outputs)
        record = RunRecord.from_file(saved.training)
        model._keep(encoder, targets, saved.network, saved.parameters, record)
        model._name_features(saved.features)
        model.target_ = saved.target
        return model
