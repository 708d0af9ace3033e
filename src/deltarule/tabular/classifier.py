"""``TabularClassifier``: the estimator."""

from time import monotonic
from typing import Any, cast

import numpy as np
from sklearn.callback import with_callbacks

from deltarule.checkpoints import CheckpointedRun, checkpointed
from deltarule.data import draw_seed, require_scorer
from deltarule.errors import DivergenceError, SettingError
from deltarule.fitting import Run, carry_out, unchanged_on_failure
from deltarule.network import Objective, Parameters
from deltarule.settings import check_settings
from deltarule.tabular.given import Given
from deltarule.tabular.predictor import TablePredictor
from deltarule.tabular.prepare import Prepared, prepare
from deltarule.tabular.recipe import build_network
from deltarule.tabular.schedule import fitting_plan
from deltarule.tabular.thresholds import best_threshold
from deltarule.training import Fold, Plan, RunRecord, TrainingState, begin
from deltarule.warn import warn


class TabularClassifier(TablePredictor):
    """A fully connected network for tables as they are: numbers, text, dates, missing cells.

    Needs no parameter. A column's kind is found out: numbers are scaled robustly and clipped
    smoothly, a missing one becomes the median and says so; text is one-hot, with codes for
    missing cells and for categories never seen; dates become where in the day, week, month and
    year they are, and the time that has passed. Columns that tell rows apart, such as names and
    IDs, constant ones and duplicates are left out, with a warning. A fifth of the rows is held
    out, and the weights of the epoch that was best on them are kept. Computes in float32.

    Parameters
    ----------
    metric : {"error", "log_loss", "roc_auc"}, default "error"
        What the model is to be good at: it picks the epoch that is kept. "error" also trains with
        label smoothing, which spoils the probabilities; choose "log_loss" where those matter.
    preset : {"td-s"}, default "td-s"
        The recipe: see :mod:`deltarule.tabular.recipe`.
    columns : dict from column name to kind, or None, default None
        Kinds that are not to be found out: "numeric", "boolean", "categorical" (also of whole
        numbers, and of text with many categories), "datetime", or "ignored".
    class_weight : dict, "balanced" or None, default None
        Weight of each label's rows, times their sample weight.
    threshold : float in [0, 1], str or None, default None
        Of two classes, the probability from which the second one is predicted. With the name of
        one of scikit-learn's scorers, such as "f1" or "balanced_accuracy", the one that is best
        by it on the validation rows.
    strict : bool, default False
        Whether categories and columns that training did not have are an error in prediction,
        and not a warning.
    max_iter : int >= 1, default 256
        Epochs. All are made, as the learning rate goes by them.
    schedule_epochs : int >= 1 or None, default None
        Epochs until the learning rate's schedule is over, where that is not ``max_iter``.
    time_limit : float > 0 or None, default None
        Seconds that ``fit`` may take. As many epochs are made as fit into them on this machine
        right now; ``n_iter_`` and ``schedule_epochs_`` say how many, and as ``max_iter`` and
        ``schedule_epochs`` give the same bits again - unless there was no time for a whole one:
        then what was learnt until then is kept, as epoch 1.
    memory_limit : int, str or None, default None
        Memory that training may take: bytes, or text such as "2 GB". None is what is free.
    random_state : None, int or numpy.random.RandomState, default None
        Seed of everything random.
    n_threads : int >= 1 or None, default None
        Most threads; None is all that there are. It changes no bit of the result.
    checkpoint : path-like, deltarule.Checkpoint or None, default None
        A folder that ``fit`` writes its whole state to while it trains, once a minute;
        :class:`deltarule.Checkpoint` says how often else.
    resume : bool, default False
        Go on with the run that ``checkpoint`` holds, as if it had never ended, to the bit; begin
        one where it holds none. The data must be those it was begun with.

    Attributes
    ----------
    classes_ : array (n_classes,)
        The labels, sorted.
    feature_names_in_ : array of str
        The columns that it was fitted on; not there where those have no names.
    n_features_in_ : int
        Their number.
    column_kinds_ : dict from column name to kind
        Of the columns that are used.
    left_out_ : dict from column name to str
        The columns that are not used, and why.
    n_iter_, schedule_epochs_, best_epoch_ : int
        Epochs trained; those of the learning rate's schedule; the one whose weights are kept (0:
        the last, nothing was held out).
    stopped_ : str or None
        Why training stopped before ``max_iter``.
    threshold_ : float or None
        Of two classes, the probability from which the second one is predicted; None: the likelier
        one is.
    layer_sizes_ : list of int
        Numbers that a row becomes, units of each layer, classes.
    history_ : dict of arrays
        As :class:`deltarule.MLPClassifier` has it.
    loss_curve_, validation_scores_ : list of float
        One number an epoch: mean training loss; the ``metric`` on the validation rows, the higher
        the better.
    validation_rows_ : array of int
        Numbers of the rows held out; empty where validation rows were given. Not in a model file.
    target_ : str or None
        Name of the labels' column, where a model file says it.

    Raises
    ------
    SettingError, DataError, DivergenceError, OutOfMemoryError
        At ``fit``.
    CheckpointError, RunInProgressError, SaveError
        At ``fit``, if ``checkpoint`` holds another run, or none that is whole; if another run is
        writing to it; or if it cannot be written to.

    Notes
    -----
    Where it differs from scikit-learn's conventions: columns are found by name, in any order,
    and columns that training did not have are ignored with a warning; there, both are errors.
    Text, dates and missing cells need no preprocessing.

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
        metric: str = "error",
        preset: str = "td-s",
        columns: Any = None,
        class_weight: Any = None,
        threshold: Any = None,
        strict: bool = False,
        max_iter: int = 256,
        schedule_epochs: int | None = None,
        time_limit: float | None = None,
        memory_limit: Any = None,
        random_state: Any = None,
        n_threads: int | None = None,
        checkpoint: Any = None,
        resume: bool = False,
    ) -> None:
        self.metric = metric
        self.preset = preset
        self.columns = columns
        self.class_weight = class_weight
        self.threshold = threshold
        self.strict = strict
        self.max_iter = max_iter
        self.schedule_epochs = schedule_epochs
        self.time_limit = time_limit
        self.memory_limit = memory_limit
        self.random_state = random_state
        self.n_threads = n_threads
        self.checkpoint = checkpoint
        self.resume = resume

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        groups: Any = None,
        order: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> "TabularClassifier":
        """Train on a table.

        Ctrl-C ends training after the epochs that are whole, with a warning, and keeps the best
        weights so far.

        Parameters
        ----------
        X : table
            A pandas, polars or Arrow table, a dict of columns, an array or sparse matrix, or
            anything else that narwhals or Arrow's C stream can make a table of.
        y : array-like (n,)
            Labels: ints, strings or booleans.
        sample_weight : array-like (n,), optional
            Not negative. The loss is the weighted mean over each batch, the score over the
            validation rows.
        groups : array-like (n,) or name of a column, optional
            Rows of one group are all held out, or none of them: those of one patient, say. A
            column that is named here is not trained on.
        order : array-like (n,) or name of a column, optional
            The rows where it is greatest are held out: the latest, say, to learn from the past.
            Numbers, or dates; text has to be dates in ISO 8601.
        X_val, y_val, sample_weight_val : optional
            Rows to validate on. Without them a fifth of X is held out.

        Returns
        -------
        self
        """
        started = monotonic()
        check_settings(type(self).__name__, self.get_params(deep=False))
        given = Given(X, y, sample_weight, groups, order, X_val, y_val, sample_weight_val)
        with unchanged_on_failure(self), checkpointed(self.checkpoint, self.resume) as checkpoints:
            known = None if checkpoints is None else checkpoints.seed
            seed = draw_seed(self.random_state) if known is None else known
            rows = prepare(given, self.get_params(deep=False), seed)
            self.check_threshold(len(rows.targets.classes))
            run = self._plan_run(rows, seed, started, checkpoints)
            divergence = self._train(rows, run, X=X, y=y)
            self._decide_from(rows)
        if divergence is not None:
            raise divergence
        return self

    def check_threshold(self, n_classes: int) -> None:
        """Refuse a threshold for any but two classes, and scorers that no threshold changes.

        Raises
        ------
        SettingError
        """
        if self.threshold is None:
            return
        if n_classes != 2:
            raise SettingError(
                f"threshold={self.threshold!r} tells two classes apart, and y has {n_classes}. "
                "Leave threshold=None."
            )
        if isinstance(self.threshold, str):
            require_scorer(self.threshold, "threshold")
            p, y = np.array([0.2, 0.4, 0.6, 0.8]), np.array([0, 1, 0, 1])
            best_threshold(self.threshold, p, y, np.ones(4))  # complains now rather than later

    def _plan_run(
        self, rows: Prepared, seed: int, started: float, checkpoints: CheckpointedRun | None
    ) -> Run:
        """Return a run on these rows: the one that the checkpoints hold, or a fresh one."""
        network = build_network(rows.encoder.n_features, rows.targets.n_outputs)
        objective = Objective(
            network, rows.targets.loss, label_smoothing=rows.metric.label_smoothing
        )
        settings = self.get_params(deep=False)
        plan, deadline = fitting_plan(settings, rows, objective, seed, started, checkpoints)
        prints = state = None
        if checkpoints is not None:
            prints = rows.fingerprint(settings, plan)
            state = checkpoints.take_up(plan, prints)
        return Run(
            objective=objective,
            plan=plan,
            state=state or begin(network, plan, [seed], np.float32, [rows.examples]),
            folds=[Fold(rows.examples, rows.validation)],
            checkpoints=checkpoints,
            fingerprint=prints,
            deadline=deadline,
        )

    @with_callbacks  # type: ignore[untyped-decorator]
    def _train(self, rows: Prepared, run: Run, **given: Any) -> DivergenceError | None:
        """Train and become fitted; return the error of a run that diverged after some epochs."""

        def become(
            model: TabularClassifier, state: TrainingState, parameters: list[Parameters]
        ) -> None:
            network, plan = run.objective.network, cast(Plan, run.plan)
            model._keep(rows.encoder, rows.targets, network, parameters[0], RunRecord(state))
            model._name_columns(rows.rows.names, rows.rows.is_named)
            model.validation_rows_, model.left_out_ = rows.held_out, rows.left_out
            model.schedule_epochs_ = int(plan.horizon or plan.epochs)
            is_number = self.threshold is not None and not isinstance(self.threshold, str)
            model.threshold_ = float(self.threshold) if is_number else None

        return carry_out(self, run, become, given)

    def _decide_from(self, rows: Prepared) -> None:
        """Choose the threshold by a scorer, on the validation rows."""
        if not isinstance(self.threshold, str):
            return
        if rows.validation is None:
            warn(
                f"threshold={self.threshold!r} needs rows to validate on, and none were held out: "
                "the likelier class is predicted. Give X_val, or a number as threshold."
            )
            return
        valid = rows.validation.examples
        picked = slice(None) if valid.rows is None else valid.rows
        p = self.predictions_of(valid.X[picked]).probabilities[:, 1]
        weights = None if rows.weights is None else rows.weights[picked]
        self.threshold_ = best_threshold(self.threshold, p, valid.y[picked], weights)
