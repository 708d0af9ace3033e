"""``TabularClassifier``: the estimator."""

from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.callback import with_callbacks

from deltarule.checkpoints import CheckpointedRun
from deltarule.checkpoints.fingerprint import of_schedule
from deltarule.data import draw_seed
from deltarule.distributed import Communicator, require_same
from deltarule.errors import DivergenceError
from deltarule.fitting import Run, carry_out, workers_of
from deltarule.network import Objective, Parameters
from deltarule.network.arrays import Floats
from deltarule.settings import check_settings
from deltarule.tabular.deciding import Decision, decide
from deltarule.tabular.given import Given
from deltarule.tabular.predictions import Predictions
from deltarule.tabular.predictor import TablePredictor
from deltarule.tabular.prepare import Prepared, prepare
from deltarule.tabular.recipe import build_network, build_plan
from deltarule.tabular.schedule import fit_into, fresh_state
from deltarule.training import Crew, Plan, RunRecord, TrainingState, seconds_an_epoch
from deltarule.warn import warn


class TabularClassifier(TablePredictor):
    """Fully connected networks for tables as they are: numbers, text, dates, missing cells.

    Needs no parameter. A column's kind is found out: numbers are scaled robustly and clipped
    smoothly, a missing one becomes the median and says so; text is one-hot, or where it has many
    categories a vector that is learnt, with codes for missing cells and for categories never seen;
    dates become where in the day, week, month and year they are, and the time that has passed.
    Columns that tell rows apart, such as names and IDs, constant ones and duplicates are left out,
    with a warning.

    Several networks are trained side by side. Each holds out another fifth of the rows, and keeps
    the weights of the epoch that was best on them; the mean of their probabilities decides. What
    they say of the rows they held out also tells how sure they may be, and scales their scores.
    Computes in float32.

    Parameters
    ----------
    metric : {"error", "log_loss", "roc_auc"}, default "error"
        What the model is to be good at: it picks the epoch that is kept. "error" also trains with
        label smoothing, which lowers the error.
    preset : {"quick", "standard", "thorough", "td-s", "td"}, default "standard"
        The recipe: see :mod:`deltarule.tabular.recipe`, and docs/presets.md for what each costs.
        Parameters that are None are as it has them.
    n_models : int >= 1 or None, default None
        Networks, each of which holds out other rows; their predictions are averaged.
    n_refit : int >= 0 or None, default None
        Networks more, which learn from all rows, and keep the weights of the epoch that had the
        best mean score of those that hold some out. If there are any, they alone are the model:
        ``n_models=4, n_refit=1`` predicts as fast as one network.
    calibrate : bool, default True
        Whether to divide the scores by the temperature that makes the log loss of the rows held
        out least (Guo et al. 2017, section 4.2), as it would be for all networks together.
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
    max_iter : int >= 1 or None, default None
        Epochs. All are made, as the learning rate goes by them.
    schedule_epochs : int >= 1 or None, default None
        Epochs until the learning rate's schedule is over, where that is not ``max_iter``.
    time_limit : float > 0 or None, default None
        Seconds that ``fit`` may take. As many epochs are made as fit into them on this machine
        right now; ``n_iter_`` and ``schedule_epochs_`` say how many, and as ``max_iter`` and
        ``schedule_epochs`` give the same bits again - unless there was no time for a whole one:
        then what was learnt until then is kept, as epoch 1.
    memory_limit : int, str or None, default None
        Memory that training may take: bytes, or text such as "2 GB". None is half of what is free.
        The encoded rows of a table that do not fit into it go into a file, and through memory a
        window at a time.
    window : int >= 1 or None, default None
        Rows that are shuffled, and in memory, at a time. An epoch deals out row groups of 256 to
        its windows, so that each has rows from everywhere, and visits the rows of a window in an
        order of its own. None is all rows that fit. ``window_`` says how many that were; as
        ``window`` it gives the same bits on a machine with any other memory.
    cache : path-like or None, default None
        A folder where encoded rows that do not fit into memory stay, to be used again by the next
        fit on the same files. None is a file without a name in the folder for temporary files, or
        with ``checkpoint`` one in that folder, for as long as the fit takes.
    hidden_layer_sizes : int or sequence of int >= 1, or None, default None
        Units of each hidden layer.
    learning_rate_init : float > 0 or None, default None
        The highest learning rate.
    batch_size : int >= 1 or None, default None
        Rows of a step. None is from 64 to 1,024, by the number of rows, where the preset does not
        say otherwise.
    dropout : float in [0, 1) or None, default None
        Share of the hidden units that is left out in each step; it fades out in the second half
        of training.
    weight_decay : float >= 0 or None, default None
        Decoupled weight decay (Loshchilov & Hutter 2019); it fades out likewise.
    label_smoothing : float in [0, 1) or None, default None
        Share of each target that is spread over all classes. None is what the preset says for the
        metric "error", else 0.
    scaling_layer : bool or None, default None
        Whether a factor for each number that is read is learnt.
    numeric_embedding : bool or None, default None
        Whether the network also reads periodic functions of each amount, where there are no more
        than 128 of them.
    category_embedding : bool or None, default None
        Whether columns with more than 8 categories become vectors of 8 numbers that are learnt,
        and likewise, besides the number itself, the values of numeric columns whose quartiles
        are the same and that have from 3 to 256 different ones, such as gains that are mostly 0.
    parametric_activation : bool or None, default None
        Whether each hidden unit learns how much it bends.
    initialiser : {"neural_tangent", "data_driven"} or None, default None
        What fresh weights are drawn by.
    random_state : None, int or numpy.random.RandomState, default None
        Seed of everything random.
    n_threads : int >= 1 or None, default None
        Most threads; None is all that there are. It changes no bit of the result.
    shards : int, a power of two, default 1
        Slices of a batch. The gradient of each is summed by itself, and these sums are added in a
        fixed order: so ``fit`` with ``comm="mpi"`` gives the same bits for any number of workers
        up to this one. Row groups of 256 are dealt out to as many parts, and slice p of each batch
        has rows of part p: so with another number of slices the batches are others.
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
    n_models_ : int
        Networks that the model consists of.
    n_iter_, schedule_epochs_, best_epoch_ : int
        Epochs trained; those of the learning rate's schedule; the one with the best score, whose
        weights are kept (0: the last, nothing was held out). Of several networks, the one with
        the best mean score; each keeps its own.
    window_ : int
        Rows that were shuffled, and in memory, at a time. Not in a model file.
    temperature_ : float
        What scores are divided by before they become probabilities.
    stopped_ : str or None
        Why training stopped before ``max_iter``.
    threshold_ : float or None
        Of two classes, the probability from which the second one is predicted; None: the likelier
        one is.
    layer_sizes_ : list of int
        Numbers that a row becomes, units of each layer, classes.
    network_ : deltarule.network.Network
        The layers that all networks have.
    history_ : dict of arrays
        As :class:`deltarule.MLPClassifier` has it.
    loss_curve_, validation_scores_ : list of float
        One number an epoch: mean training loss; the ``metric`` on the validation rows, the higher
        the better. Of several networks, their means.
    validation_rows_ : array of int
        Numbers of the rows that networks held out, ascending; empty where validation rows were
        given. Not in a model file.
    validation_proba_ : array (n_rows, n_classes)
        Probabilities of those rows, by networks that were not trained on them. Not in a model
        file, and not there where no rows were validated on.
    validation_truth_ : array of int (n_rows,)
        Index in ``classes_`` of the label of each of these rows.
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
        preset: str = "standard",
        n_models: int | None = None,
        n_refit: int | None = None,
        calibrate: bool = True,
        columns: Any = None,
        class_weight: Any = None,
        threshold: Any = None,
        strict: bool = False,
        max_iter: int | None = None,
        schedule_epochs: int | None = None,
        time_limit: float | None = None,
        memory_limit: Any = None,
        window: int | None = None,
        cache: Any = None,
        hidden_layer_sizes: Any = None,
        learning_rate_init: float | None = None,
        batch_size: int | None = None,
        dropout: float | None = None,
        weight_decay: float | None = None,
        label_smoothing: float | None = None,
        scaling_layer: bool | None = None,
        numeric_embedding: bool | None = None,
        category_embedding: bool | None = None,
        parametric_activation: bool | None = None,
        initialiser: str | None = None,
        random_state: Any = None,
        n_threads: int | None = None,
        shards: int = 1,
        checkpoint: Any = None,
        resume: bool = False,
    ) -> None:
        self.metric = metric
        self.preset = preset
        self.n_models = n_models
        self.n_refit = n_refit
        self.calibrate = calibrate
        self.columns = columns
        self.class_weight = class_weight
        self.threshold = threshold
        self.strict = strict
        self.max_iter = max_iter
        self.schedule_epochs = schedule_epochs
        self.time_limit = time_limit
        self.memory_limit = memory_limit
        self.window = window
        self.cache = cache
        self.hidden_layer_sizes = hidden_layer_sizes
        self.learning_rate_init = learning_rate_init
        self.batch_size = batch_size
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.scaling_layer = scaling_layer
        self.numeric_embedding = numeric_embedding
        self.category_embedding = category_embedding
        self.parametric_activation = parametric_activation
        self.initialiser = initialiser
        self.random_state = random_state
        self.n_threads = n_threads
        self.shards = shards
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
        comm: Any = None,
    ) -> "TabularClassifier":
        """Train on a table.

        Ctrl-C ends training after the epochs that are whole, with a warning, and keeps the best
        weights so far.

        Parameters
        ----------
        X : table
            A pandas, polars or Arrow table, a dict of columns, an array or sparse matrix, or
            anything else that narwhals or Arrow's C stream can make a table of. Also a path, a
            pattern such as ``"data/*.parquet"``, a folder, a URI, a list of these, a pyarrow
            dataset, a stream of Arrow batches, or a :class:`deltarule.data.Source`: they are gone
            through a batch at a time, more than once.
        y : array-like (n,), or name of a column
            Labels: ints, strings or booleans.
        sample_weight : array-like (n,) or name of a column, optional
            Not negative. The loss is the weighted mean over each batch, the score over the
            validation rows.
        groups : array-like (n,) or name of a column, optional
            Rows of one group are all held out, or none of them: those of one patient, say. A
            column that is named here is not trained on.
        order : array-like (n,) or name of a column, optional
            The rows where it is greatest are held out: the latest, say, to learn from the past.
            Numbers, or dates; text has to be dates in ISO 8601.
        X_val, y_val, sample_weight_val : optional
            Rows to validate on, as for X. Without them a fifth of X is held out; without groups
            and order no more than 131,072 rows.
        comm : {None, "mpi"} or deltarule.distributed.Communicator
            Who trains together: this process alone; all processes of the MPI job that it is one of,
            each of which is to call ``fit`` with the same data, and gets the same model.

        Returns
        -------
        self
        """
        started = monotonic()
        check_settings(type(self).__name__, self.get_params(deep=False))
        given = Given(X, y, sample_weight, groups, order, X_val, y_val, sample_weight_val)
        with workers_of(self, comm) as (workers, checkpoints):
            with workers.failing_together():
                begun = None if checkpoints is None else checkpoints.beginning
                drawn = draw_seed(self.random_state)
                seed = workers.broadcast(lambda: drawn) if begun is None else begun.seed
                window = None if begun is None else begun.window
                # rows in the folder of the run are worker 0's: others would write the same file
                folder = None if checkpoints is None or workers.size > 1 else checkpoints.folder
                rows = prepare(given, self.get_params(deep=False), seed, folder, window, workers)
                run = self._plan_run(rows, seed, started, checkpoints, workers)
            divergence = self._train(rows, run, X=X, y=y)
            rows.holder.let_go()
        if divergence is not None:
            raise divergence
        return self

    def _plan_run(
        self,
        rows: Prepared,
        seed: int,
        started: float,
        checkpoints: CheckpointedRun | None,
        workers: Communicator,
    ) -> Run:
        """Return a run on these rows: the one that the checkpoints hold, or a fresh one."""
        network = build_network(rows.recipe, rows.encoder, rows.targets.n_outputs)
        objective = Objective(
            network, rows.targets.loss, label_smoothing=rows.recipe.label_smoothing
        )
        plan = build_plan(rows.recipe, rows.n_rows, self.schedule_epochs, int(self.shards))
        fresh = fresh_state(plan, rows, objective, seed, self.n_threads)
        prints = state = deadline = None
        if checkpoints is not None or workers.size > 1:
            prints = rows.fingerprint(self.get_params(deep=False), plan)
            require_same(workers, prints)

        def pace() -> float:
            return seconds_an_epoch(objective, plan, fresh, rows.folds, self.n_threads, workers)

        if self.time_limit is not None:
            begun = None if checkpoints is None else checkpoints.beginning
            horizon = None if begun is None else begun.horizon
            with workers.ending_together():  # some steps are made
                plan, deadline = fit_into(self.time_limit, started, plan, pace, horizon)
            epochs = plan.epochs
            plan = replace(plan, epochs=workers.broadcast(lambda: epochs))
        if checkpoints is not None and prints is not None:
            prints |= of_schedule(plan)
            state = checkpoints.take_up(plan, prints)
        return Run(
            objective=objective,
            plan=plan,
            state=state or fresh,
            folds=rows.folds,
            checkpoints=checkpoints,
            fingerprint=prints,
            deadline=deadline,
            communicator=workers,
        )

    @with_callbacks  # type: ignore[untyped-decorator]
    def _train(self, rows: Prepared, run: Run, **given: Any) -> DivergenceError | None:
        """Train and become fitted; return the error of a run that diverged after some epochs."""

        def become(
            model: TabularClassifier, state: TrainingState, parameters: list[Parameters]
        ) -> None:
            network, plan = run.objective.network, cast(Plan, run.plan)
            model._keep(rows.encoder, rows.targets, network, parameters, RunRecord(state))
            model._name_columns(rows.names, rows.is_named)
            model.validation_rows_, model.left_out_ = rows.validated.held_out, rows.left_out
            model.window_ = min(rows.room.window, rows.sizes.n_rows)
            model.schedule_epochs_ = int(plan.horizon or plan.epochs)
            is_number = self.threshold is not None and not isinstance(self.threshold, str)
            model.threshold_ = float(self.threshold) if is_number else None

        conclude = partial(self._conclude, rows, run.communicator)
        return carry_out(self, run, become, given, decide=conclude)

    def _conclude(self, rows: Prepared, workers: Communicator) -> None:
        """Decide by the networks that hold rows out; where others are refitted, let go of them."""
        n_judged = rows.recipe.n_models
        judged = self._parameters[:n_judged]
        if rows.recipe.n_refit:
            self._keep_from(n_judged)
        self._decide_from(rows, judged, workers)

    def _decide_from(
        self, rows: Prepared, networks: list[Parameters], workers: Communicator
    ) -> None:
        """Choose temperature and threshold, by what networks say of rows they never trained on."""
        self._held_out = None
        if rows.folds.judges[0] is None:
            self._warn_of_no_scorer()
            return
        objective = Objective(self._network, self._targets.loss)
        crew = Crew(objective, None, range(len(networks)), self.n_threads, workers)

        def decide_by(scores: list[Floats | None]) -> Decision:
            told = [of_member for of_member in scores if of_member is not None]
            return decide(rows, told, self.calibrate, self.threshold)

        decision = rows.folds.scores(crew, networks, decide_by)
        self.temperature_, self.threshold_ = decision.temperature, decision.threshold
        self._held_out = decision.predictions
        self._held_out_truth = rows.validated.y[decision.rows]

    @property
    def validation_proba_(self) -> Floats:
        """Probabilities of the rows held out, by networks that were not trained on them."""
        return self.validation_predictions().probabilities

    def validation_predictions(self) -> Predictions:
        """Return what is said of the rows held out, by networks that were not trained on them.

        Raises
        ------
        AttributeError
            Where no rows were validated on, or the model is from a file.
        """
        if self._held_out is None:
            raise AttributeError("No rows were validated on in this fit, or it is not there.")
        return self._held_out

    @property
    def validation_truth_(self) -> NDArray[np.int64]:
        """Index in ``classes_`` of the rows of :attr:`validation_proba_`."""
        self.validation_predictions()
        return self._held_out_truth

    _held_out: Predictions | None = None
    _held_out_truth: NDArray[np.int64]

    def _warn_of_no_scorer(self) -> None:
        if isinstance(self.threshold, str):
            warn(
                f"threshold={self.threshold!r} needs rows to validate on, and none were held out: "
                "the likelier class is predicted. Give X_val, or a number as threshold."
            )
