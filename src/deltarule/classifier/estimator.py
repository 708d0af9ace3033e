"""The estimator: scikit-learn's parameters, methods and attributes."""

from typing import Any

from sklearn.callback import with_callbacks
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.metaestimators import available_if

from deltarule.classifier.fitting import (
    Given,
    check_given,
    prepare,
    require_same_classes,
    targets_of_classes,
)
from deltarule.classifier.plan import check_parameters
from deltarule.classifier.printer import Printer
from deltarule.classifier.trained import TrainedNetwork
from deltarule.data import Targets
from deltarule.errors import DataError, DivergenceError, SettingError
from deltarule.fitting import Run, carry_out, unchanged_on_failure, workers_of
from deltarule.network import Parameters
from deltarule.training import RunRecord, TrainingState
from deltarule.warn import warn


class MLPClassifier(TrainedNetwork):
    """A fully connected network that classifies: scikit-learn's ``MLPClassifier``, and more.

    Makes the mean over the rows of the cross-entropy (Eq. 13 of the founding document) plus
    ``alpha/2 |W|^2 / (rows in the batch)`` small, by Algorithms 1 and 2 and a stochastic update
    rule, or L-BFGS. Parameters up to ``max_fun`` are scikit-learn's, with its meaning, range and
    default; those after it are not there. Where the two differ is in the table of
    ``docs/differences.md``.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default (100,)
        Units of each hidden layer.
    activation : str or sequence of str, default "relu"
        Of all hidden layers, or of each: "identity", "logistic", "tanh", "relu", "leaky_relu",
        "elu", "selu", "gelu", "silu", "mish" or "softplus".
    solver : {"lbfgs", "sgd", "adam"}, default "adam"
        The update rule: see :class:`deltarule.network.SGD`, :class:`deltarule.network.Adam`; or
        SciPy's L-BFGS on all rows at once, for small data.
    alpha : float >= 0, default 0.0001
        L2 penalty on the weights, not the biases.
    batch_size : int or "auto", default "auto"
        Rows a step; "auto" is min(200, n).
    learning_rate : {"constant", "invscaling", "adaptive"}, default "constant"
        For ``solver="sgd"``: see :mod:`deltarule.training.schedules`; "adaptive" divides the
        rate by 5 where training would otherwise stop, until it is 1e-6 or less.
    learning_rate_init : float > 0, default 0.001
        The rate; the highest one, where there is a ``schedule``.
    power_t : float >= 0, default 0.5
        Exponent of "invscaling".
    max_iter : int >= 1, default 200
        Most epochs of a fit; of L-BFGS, iterations.
    shuffle : bool, default True
        Visit the rows in a new order each epoch.
    random_state : None, int or numpy.random.RandomState, default None
        Seed of the weights, the row orders, the dropout masks and the split. The distributions
        are scikit-learn's, the draws are not.
    tol : float >= 0, default 0.0001
        Of L-BFGS: training ends where no element of the gradient is larger.
    verbose : bool or int, default False
        Print each epoch's loss to standard output.
    warm_start : bool, default False
        A further ``fit`` goes on where the last one ended: with its weights, moments, seed and
        history, so that two halves are one whole, to the bit.
    momentum : float in [0, 1], default 0.9
    nesterovs_momentum : bool, default True
    early_stopping : bool, default False
        Stop when the score of the validation rows stalls. They are held out of X, unless ``fit``
        gets some. Not for "lbfgs", where it has no effect, as in scikit-learn.
    validation_fraction : float in [0, 1), default 0.1
        The share held out; every class in its share.
    beta_1, beta_2 : float in [0, 1), default 0.9 and 0.999
    epsilon : float > 0, default 1e-8
    n_iter_no_change : int >= 1 or inf, default 10
        Training stops after more than this many epochs without a gain of ``tol`` in the loss,
        or with early stopping in the score.
    max_fun : int >= 1, default 15000
        Most evaluations of the loss, of "lbfgs".
    class_weight : dict, "balanced" or None, default None
        Weight of each label's rows, times their sample weight; "balanced" gives all classes the
        same total. A label that the dict lacks has weight 1.
    scoring : str, callable or None, default None
        scikit-learn's name of a scorer, or one, for the validation rows; None is the accuracy.
    dropout : float in [0, 1) or a sequence of such, default 0.0
        Share of the hidden units left out of each step, of all hidden layers or of each.
    label_smoothing : float in [0, 1), default 0.0
        Share of each target that is spread evenly over all classes.
    weight_decay : float >= 0, default 0.0
        Decoupled: each step shrinks W by rate times this. AdamW and SGDW.
    clip_norm : float > 0 or None, default None
        Greatest norm of a step's mean gradient, over all parameters; longer ones are cut.
    schedule : str, callable or None, default None
        The rate, as a share of ``learning_rate_init``: "constant", "cosine", "one_cycle",
        "warm_up", "coslog4", "steps", or a function from an array of progress in [0, 1] to an
        array of shares. See :mod:`deltarule.training.schedules`.
    schedule_epochs : int >= 1 or None, default None
        Epochs until progress is 1, where that is not ``max_iter``.
    dtype : {"float32", "float64"} or None, default None
        What to compute in. None is float32 for such X and float64 for all else.
    shards : int, a power of two, default 1
        Slices of a batch. The gradient of each is summed by itself, and these sums are added in a
        fixed order: so ``fit`` with ``comm="mpi"`` gives the same bits for any number of workers
        up to this one. Another number of slices rounds otherwise.
    n_threads : int >= 1 or None, default None
        Most threads; None is all that there are. It changes no bit of the result.
    checkpoint : path-like, deltarule.Checkpoint or None, default None
        A folder that ``fit`` writes its whole state to while it trains, once a minute;
        :class:`deltarule.Checkpoint` says how often else. Not for "lbfgs" nor ``partial_fit``.
    resume : bool, default False
        Go on with the run that ``checkpoint`` holds, as if it had never ended, to the bit; begin
        one where it holds none. Data and settings must be those it was begun with; ``max_iter``
        may be more, where no ``schedule`` hangs on it.

    Attributes
    ----------
    classes_ : array (n_classes,)
    coefs_, intercepts_ : lists of arrays (n_{k-1}, n_k) and (n_k,)
        Views of the parameters: ``coefs_[k - 1]`` is the transpose of the document's W(k).
    n_features_in_, n_outputs_, n_layers_, n_iter_, t_ : int
        Features; outputs; layers with the input's; epochs of the last call; rows visited.
    feature_names_in_ : array of str
        Where X had column names.
    out_activation_ : {"softmax", "logistic"}
    history_ : dict of arrays
        An entry for each epoch: "loss" (the mean over its rows, penalty included, each batch
        before its update); "validation_loss" (mean cross-entropy alone) and "validation_score",
        after the epoch; "rate", "gradient_norm" (of all parameters' mean gradient) and
        "update_ratio" (``|change of W(k)| / |W(k)|``, a column a layer), of its last step;
        "seconds", which a model file does not keep. NaN where there is none.
    loss_curve_, validation_scores_ : list of float
        Of ``history_``; the scores are None without validation rows.
    loss_, best_loss_, best_validation_score_ : float
        Of the last epoch; the best ones. ``best_loss_`` is None with validation rows.

    Raises
    ------
    SettingError
        At ``fit``, for a parameter outside its range, or that cannot go with another.
    DataError
        At ``fit``, for rows, labels or weights that cannot be used.
    OutOfMemoryError
        At ``fit``, if the network cannot fit into memory.
    CheckpointError, RunInProgressError, SaveError
        At ``fit``, if ``checkpoint`` holds another run, or none that is whole; if another run is
        writing to it; or if it cannot be written to.
    DivergenceError
        At ``fit``, when the loss becomes NaN or infinite, or explodes. What whole epochs have
        learnt is kept: the estimator is fitted with the last finite weights, or the best.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), MLPClassifier(random_state=0, max_iter=300))
    >>> model.fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.95
    True
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        class_weight: Any = None,
        scoring: Any = None,
        dropout: Any = 0.0,
        label_smoothing: float = 0.0,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        schedule: Any = None,
        schedule_epochs: int | None = None,
        dtype: str | None = None,
        n_threads: int | None = None,
        shards: int = 1,
        checkpoint: Any = None,
        resume: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.class_weight = class_weight
        self.scoring = scoring
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.weight_decay = weight_decay
        self.clip_norm = clip_norm
        self.schedule = schedule
        self.schedule_epochs = schedule_epochs
        self.dtype = dtype
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
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
        comm: Any = None,
    ) -> "MLPClassifier":
        """Train on rows ``X`` (n, f) with labels ``y``.

        Ctrl-C ends training after the epochs that are whole, with a warning, and keeps the best
        weights so far.

        Parameters
        ----------
        X : array-like or sparse matrix (n, f)
            A sparse one is used as it is, in CSR form; so are uint8, float16, float32 and
            float64, without a copy.
        y : array-like (n,), or (n, l) of zeros and ones for multi-label
        sample_weight : array-like (n,), optional
            Not negative. The loss is the weighted mean over each batch.
        X_val, y_val, sample_weight_val : optional
            Rows to validate on, instead of some of X. They are scored after each epoch, and the
            weights that were best on them are kept; with ``early_stopping`` their score also
            says when to stop. Class weights multiply these weights too.
        comm : {None, "mpi"} or deltarule.distributed.Communicator
            Who trains together: this process alone; all processes of the MPI job that it is one of,
            each of which is to call ``fit`` with the same data, and gets the same model.

        Returns
        -------
        self
        """
        check_parameters(self)
        goes_on = bool(self.warm_start) and self.__sklearn_is_fitted__()
        known = self._targets if goes_on else None
        with workers_of(self, comm) as (workers, checkpoints):
            with workers.failing_together():
                given = check_given(self, X, y, sample_weight, known, reset=not goes_on)
                if goes_on:
                    require_same_classes(given)
                validation = self._check_validation(X_val, y_val, sample_weight_val, given.targets)
                state = self._state if goes_on else None
                run = prepare(self, given, validation, state, self.max_iter, checkpoints, workers)
            divergence = self._train(given.targets, run, X=X, y=y, metadata=weighted(sample_weight))
        if divergence is not None:
            raise divergence
        self._warn_if_unfinished(run.state)
        return self

    def _check_validation(
        self, X: Any, y: Any, sample_weight: Any, targets: Targets
    ) -> Given | None:
        if X is None and y is None and sample_weight is None:
            return None
        if X is None or y is None:
            raise DataError("X_val and y_val go together: give both, or neither.")
        try:
            return check_given(self, X, y, sample_weight, targets, reset=False)
        except ValueError as error:
            raise DataError(f"In the rows to validate on (X_val): {error}") from error

    @available_if(lambda self: self.solver != "lbfgs")  # type: ignore[untyped-decorator]
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None
    ) -> "MLPClassifier":
        """Train for one more epoch, on these rows.

        Weights, moments, step numbers and history go on where they were: one call on all rows
        after the other is the same, to the bit, as one ``fit`` over as many epochs.

        Parameters
        ----------
        X, y, sample_weight
            As for :meth:`fit`; ``y`` need not have every class.
        classes : array-like, needed in the first call
            All labels that there will be; for multi-label, the numbers of the columns.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Without ``classes`` in the first call, with others in a later one, and with
            ``early_stopping``.
        """
        check_parameters(self)
        if self.early_stopping:
            raise SettingError("partial_fit does not support early_stopping=True")
        if self.checkpoint is not None:
            raise SettingError(
                f"partial_fit makes one epoch and writes no checkpoints: checkpoint="
                f"{self.checkpoint!r} is for fit. Keep a pickle of the estimator between calls."
            )
        if isinstance(self.class_weight, str):
            raise SettingError(
                f"class_weight={self.class_weight!r} needs all rows at once, and partial_fit sees "
                "some. Give a dict, or sample_weight."
            )
        first = not self.__sklearn_is_fitted__()
        with unchanged_on_failure(self):
            targets = targets_of_classes(None if first else self._targets, y, classes)
            given = check_given(self, X, y, sample_weight, targets, reset=first)
            run = prepare(self, given, None, None if first else self._state, 1)
            divergence = self._train(targets, run, X=X, y=y, metadata=weighted(sample_weight))
        if divergence is not None:
            raise divergence
        return self

    @with_callbacks  # type: ignore[untyped-decorator]
    def _train(self, targets: Targets, run: Run, **given: Any) -> DivergenceError | None:
        """Train and become fitted; return the error of a run that diverged after some epochs."""

        def become(
            model: MLPClassifier, state: TrainingState, parameters: list[Parameters]
        ) -> None:
            model._keep(targets, run.objective, parameters[0], RunRecord(state))
            model.n_iter_ = state.epoch - run.before
            model._state = state
            model._frozen.is_final = model is self  # others are of a run that goes on

        return carry_out(self, run, become, given, Printer(run.before) if self.verbose else None)

    def _warn_if_unfinished(self, state: TrainingState) -> None:
        if state.stopped is not None or self.schedule is not None:  # a schedule's end is an end
            return
        if self.solver == "lbfgs":
            message = (
                f"lbfgs failed to converge after {self.n_iter_} iterations. Raise max_iter "
                f"({self.max_iter}) or max_fun ({self.max_fun}), or scale the columns of X."
            )
        else:
            message = (
                f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the "
                "optimization hasn't converged yet. Raise max_iter, or learning_rate_init if "
                "loss_curve_ is still falling slowly."
            )
        warn(message, ConvergenceWarning)


def weighted(sample_weight: Any) -> dict[str, Any] | None:
    """Return the weights as callbacks get them, such as one that scores the rows."""
    return None if sample_weight is None else {"sample_weight": sample_weight}
