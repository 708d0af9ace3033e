"""The estimator: scikit-learn's methods and attributes."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from deltarule.classifier.plan import plan_of
from deltarule.classifier.rows import check_rows
from deltarule.classifier.split import split
from deltarule.data import Targets, check_weights, draw_seed, encode_labels
from deltarule.engines import Examples, create_engine, predict_scores
from deltarule.errors import DataError, SettingError
from deltarule.model_file import SavedModel, TrainingSummary, write_model
from deltarule.network import Network, Objective, Parameters
from deltarule.network.arrays import Floats
from deltarule.settings import check_settings
from deltarule.training import TrainingState, summarise, train


class MLPClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A fully connected network that classifies: scikit-learn's ``MLPClassifier``, drop-in.

    Makes the mean over the rows of the cross-entropy (Eq. 13 of the founding document) plus
    alpha/2 |W|^2 / (rows in the batch) small, by Algorithms 1 and 2 and a stochastic update rule.
    All parameters have scikit-learn's meaning, range and default.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default (100,)
        Units of each hidden layer.
    activation : {"identity", "logistic", "tanh", "relu"}, default "relu"
        Of the hidden layers.
    solver : {"sgd", "adam"}, default "adam"
        The update rule: see :class:`deltarule.network.SGD`, :class:`deltarule.network.Adam`.
    alpha : float >= 0, default 0.0001
        L2 penalty on the weights, not the biases.
    batch_size : int or "auto", default "auto"
        Rows a step; "auto" is min(200, n).
    learning_rate : {"constant", "invscaling", "adaptive"}, default "constant"
        For ``solver="sgd"``: see :mod:`deltarule.training.schedules`; "adaptive" divides the
        rate by 5 where training would otherwise stop, until it is 1e-6 or less.
    learning_rate_init : float > 0, default 0.001
    power_t : float >= 0, default 0.5
        Exponent of "invscaling".
    max_iter : int >= 1, default 200
        Most epochs.
    shuffle : bool, default True
        Visit the rows in a new order each epoch.
    random_state : None, int or numpy.random.RandomState, default None
        Seed of the weights, the row orders and the split. The distributions are scikit-learn's,
        the draws are not.
    tol : float >= 0, default 0.0001
    verbose : bool or int, default False
        Print each epoch's loss to standard output.
    warm_start : bool, default False
        Only False in this version.
    momentum : float in [0, 1], default 0.9
    nesterovs_momentum : bool, default True
    early_stopping : bool, default False
        Hold out rows, stop when their accuracy stalls, and keep the weights of the best epoch.
    validation_fraction : float in [0, 1), default 0.1
        The share held out; every class in its share.
    beta_1, beta_2 : float in [0, 1), default 0.9 and 0.999
    epsilon : float > 0, default 1e-8
    n_iter_no_change : int >= 1 or inf, default 10
        Training stops after more than this many epochs without a gain of ``tol`` in the loss,
        or with early stopping in the score.
    max_fun : int >= 1, default 15000
        For scikit-learn's "lbfgs" only; kept so that code with it runs.

    Attributes
    ----------
    classes_ : array (n_classes,)
    coefs_, intercepts_ : lists of arrays (n_{k-1}, n_k) and (n_k,)
        Views of the parameters: ``coefs_[k - 1]`` is the transpose of the document's W(k).
    n_features_in_, n_outputs_, n_layers_, n_iter_, t_ : int
        Features; outputs; layers with the input's; epochs; rows visited.
    feature_names_in_ : array of str
        Where X had column names.
    out_activation_ : {"softmax", "logistic"}
    loss_, best_loss_ : float
        Of the last and of the best epoch; ``best_loss_`` is None with early stopping.
    loss_curve_ : list of float
    validation_scores_, best_validation_score_ : list of float, float
        None without early stopping.

    Raises
    ------
    SettingError
        At ``fit``, for a parameter outside its range.
    DataError
        At ``fit``, for labels or weights that cannot be used.
    DivergenceError
        At ``fit``, when the loss becomes NaN or infinite.

    Notes
    -----
    Differs from scikit-learn's: ``solver="lbfgs"``, ``warm_start`` and ``partial_fit`` are not
    here yet; ``predict_log_proba`` is finite also where ``predict_proba`` is 0; rows of more than
    two classes are held out in their shares, too, wherever that can be; with one class only,
    ``predict_proba`` has one column.

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
        activation: str = "relu",
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

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "MLPClassifier":
        """Train on rows ``X`` (n, f) with labels ``y``.

        Parameters
        ----------
        X : array-like or sparse matrix (n, f)
            A sparse one is used as it is, in CSR form. float32 is computed in float32, all
            else in float64.
        y : array-like (n,), or (n, l) of zeros and ones for multi-label
        sample_weight : array-like (n,), optional
            Not negative. The loss is the weighted mean over each batch.

        Returns
        -------
        self
        """
        self._check_settings()
        with unchanged_on_failure(self):
            return self._fit(X, y, sample_weight)

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> "MLPClassifier":
        if y is not None and np.asarray(y).dtype == object:
            encode_labels(np.asarray(y).ravel())  # before others crash on None and mixed types
        X, y = validate_data(
            self, X, y, accept_sparse="csr", multi_output=True, dtype=(np.float64, np.float32)
        )
        check_classification_targets(y)
        y = column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
        if y.ndim == 2 and not type_of_target(y).startswith("multilabel"):
            raise DataError(
                f"y has {y.shape[1]} columns of classes (multi-output). Several columns must be 0 "
                "and 1 only (multi-label); otherwise fit one classifier a column."
            )
        weights = check_weights(sample_weight, X.shape[0])
        targets = Targets.learn(y, single_output=True)
        seed = draw_seed(self.random_state)
        examples, validation = Examples(X, targets.encode(y), weights), None
        if self.early_stopping:
            examples, validation = split(examples, targets, self.validation_fraction, seed)
        sizes = [X.shape[1], *np.atleast_1d(self.hidden_layer_sizes), targets.n_outputs]
        network = Network.dense([int(size) for size in sizes], self.activation)
        objective = Objective(network, targets.loss, self.alpha)
        state = train(
            objective,
            plan_of(self, len(examples)),
            examples,
            seed=seed,
            dtype=X.dtype,
            validation=validation,
            watch=_print_epoch if self.verbose else None,
        )
        self._warn_if_unfinished(state)
        self._keep(targets, objective, state.parameters, summarise(state))
        return self

    def _check_settings(self) -> None:
        check_settings(type(self).__name__, self.get_params(deep=False))
        if self.warm_start:
            raise SettingError(
                "warm_start=True is not supported by this version of deltarule. "
                "Train for more epochs in one fit (max_iter) instead."
            )

    def _warn_if_unfinished(self, state: TrainingState) -> None:
        if state.stopped is None:
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the "
                "optimization hasn't converged yet. Raise max_iter, or learning_rate_init if "
                "loss_curve_ is still falling slowly.",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _keep(
        self,
        targets: Targets,
        objective: Objective,
        parameters: Parameters,
        training: TrainingSummary,
    ) -> None:
        """Become fitted: set everything that a fit, or a model file, gives."""
        self._targets, self._objective, self._engine = targets, objective, create_engine(objective)
        self._parameters, self._training = parameters, training
        self.classes_ = targets.classes
        self.n_outputs_ = targets.n_outputs
        self.n_layers_ = objective.network.depth + 1
        self.out_activation_ = {"softmax": "softmax", "sigmoid": "logistic"}[targets.loss.name]
        self.n_iter_ = training.epochs
        self.t_ = training.examples
        self.loss_curve_ = list(training.loss_curve)
        self.loss_ = self.loss_curve_[-1]
        self.best_loss_ = None if training.validation_scores else min(self.loss_curve_)
        self.validation_scores_ = list(training.validation_scores) or None
        self.best_validation_score_ = max(training.validation_scores, default=None)

    @property
    def coefs_(self) -> list[Floats]:
        """The weights, scikit-learn's way round: views (n_{k-1}, n_k)."""
        return [W.T for W in self._parameters.W.values()]

    @property
    def intercepts_(self) -> list[Floats]:
        """The biases: views (n_k,)."""
        return [b[:, 0] for b in self._parameters.b.values()]

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likeliest label of each row: (n,), or (n, l) of 0 and 1 for multi-label."""
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

    def _scores(self, X: Any) -> Floats:
        X = check_rows(self, X)
        return predict_scores(self._engine, self._parameters, X)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted model to one file; :func:`deltarule.load_model` reads it.

        Raises
        ------
        SaveError
            If it cannot be written; what stood at ``path`` before is then still there.
        """
        check_is_fitted(self)
        names = getattr(self, "feature_names_in_", None)
        write_model(
            path,
            SavedModel(
                estimator="MLPClassifier",
                network=self._objective.network,
                loss=self._targets.loss,
                parameters=self._parameters,
                classes=self.classes_,
                settings=self.get_params(deep=False),
                training=self._training,
                features=None if names is None else names.tolist(),
            ),
        )

    @classmethod
    def _from_saved(cls, saved: SavedModel) -> "MLPClassifier":
        if saved.encoder is not None:
            raise ValueError("an MLPClassifier has no encoder")
        model = cls(**saved.settings)
        targets = Targets(saved.classes, saved.loss, saved.network.n_outputs)
        objective = Objective(saved.network, saved.loss, model.alpha)
        model._keep(targets, objective, saved.parameters, saved.training)
        model.n_features_in_ = saved.network.n_features
        if saved.features is not None:
            model.feature_names_in_ = np.array(saved.features, dtype=object)
        return model

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.input_tags.sparse = True
        return tags


@contextmanager
def unchanged_on_failure(estimator: MLPClassifier) -> Iterator[None]:
    """Give a fitted estimator back as it was if its refit fails, whatever was set until then."""
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        estimator.__dict__.clear()
        estimator.__dict__.update(before)
        raise


def _print_epoch(state: TrainingState) -> None:
    if state.position == 0:
        epoch = state.history[-1]
        score = "" if epoch.score is None else f", validation score = {epoch.score:.6f}"
        print(f"Iteration {state.epoch}, loss = {epoch.loss:.8f}{score}")  # noqa: T201 - verbose
