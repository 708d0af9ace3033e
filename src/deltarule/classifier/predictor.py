"""What a network that has been trained can do: predict, explain, be looked into."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from deltarule.classifier.freezing import FrozenOnce
from deltarule.classifier.rows import check_rows
from deltarule.data import Targets
from deltarule.engines import Frozen, create_engine, predict_scores
from deltarule.errors import DataError, SettingError
from deltarule.network import Inputs, Objective, Parameters, backward, forward
from deltarule.network.arrays import Floats

ROWS_AT_ONCE = 1024
SCORES_AT_ONCE = 1 << 24  # of rows times classes, where only the labels are wanted


class Predictor(CallbackSupportMixin, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A network with weights, behind scikit-learn's methods: the half of MLPClassifier after fit.

    Everything follows from ``_targets``, ``_objective`` and ``_parameters``.
    """

    n_threads: int | None
    _targets: Targets
    _objective: Objective
    _parameters: Parameters

    def _adopt(self, targets: Targets, objective: Objective, parameters: Parameters) -> None:
        """Become able to predict, with these very parameters: not a copy."""
        self._targets, self._objective, self._parameters = targets, objective, parameters
        self._engine = create_engine(objective, n_threads=self.n_threads)
        self._frozen = FrozenOnce(self._engine, parameters)
        self.classes_ = targets.classes
        self.n_outputs_ = targets.n_outputs
        self.n_layers_ = objective.network.depth + 1
        self.n_features_in_ = objective.network.n_features
        self.out_activation_ = {"softmax": "softmax", "sigmoid": "logistic"}[targets.loss.name]

    def __sklearn_is_fitted__(self) -> bool:
        return "_parameters" in vars(self)

    @property
    def coefs_(self) -> list[Floats]:
        """The weights, scikit-learn's way round: views (n_{k-1}, n_k). Others are copied in."""
        self._frozen.is_final = False
        return [W.T for W in self._parameters.W.values()]

    @coefs_.setter
    def coefs_(self, values: Sequence[Any]) -> None:
        _copy_into("coefs_", self.coefs_, values)

    @property
    def intercepts_(self) -> list[Floats]:
        """The biases: views (n_k,). Others are copied in."""
        self._frozen.is_final = False
        return [b[:, 0] for b in self._parameters.b.values()]

    @intercepts_.setter
    def intercepts_(self, values: Sequence[Any]) -> None:
        _copy_into("intercepts_", self.intercepts_, values)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likeliest label of each row: (n,), or (n, l) of 0 and 1 for multi-label.

        Parameters
        ----------
        X : array-like or sparse matrix (n, f)
            Any number of rows, also none.
        """
        X = check_rows(self, X)
        at_once = max(1, SCORES_AT_ONCE // self.n_outputs_)
        if X.shape[0] <= at_once:
            return self._targets.decode(self._scores_of(X))
        pieces = (X[start : start + at_once] for start in range(0, X.shape[0], at_once))
        return np.concatenate([self._targets.decode(self._scores_of(piece)) for piece in pieces])

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class, (n, n_classes), in the order of ``classes_``."""
        X = check_rows(self, X)
        frozen = self._frozen()
        p = np.empty((X.shape[0], frozen.n_classes), frozen.dtype)
        if not frozen.fill(X, p):
            predict_scores(self._engine, self._parameters, X)  # says which row it is
        return p[:, -len(self.classes_) :]  # one output may stand for one class alone

    def predictor(self) -> Frozen:
        """Return what predicts as this network does now: quicker, and hardly checking anything.

        A copy, which stays as it is, for any number of threads at once: rows (n, f) in, the
        probabilities of each class (n, n_classes) out, those of :meth:`predict_proba` to the bit.
        NaN and infinity are not looked for. It takes the memory of the weights twice.

        Returns
        -------
        deltarule.engines.Frozen

        Examples
        --------
        >>> import numpy as np
        >>> from deltarule import MLPClassifier
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifier(max_iter=500, random_state=0, dtype="float32").fit(X, y)
        >>> predict, row, p = model.predictor(), np.float32(X[:1]), np.empty((1, 3), np.float32)
        >>> bool((predict(row, p) == model.predict_proba(row)).all())
        True
        """
        check_is_fitted(self)
        return self._engine.freeze([self._parameters])

    def predict_log_proba(self, X: Any) -> Floats:
        """Return the logarithm of :meth:`predict_proba`, finite also where that is 0."""
        scores = self._scores_of(check_rows(self, X))
        return self._targets.log_probabilities(scores)

    def _scores_of(self, X: Any) -> Floats:
        """Return the scores (n, l) of rows that have been checked."""
        frozen = self._frozen()
        scores = np.empty((X.shape[0], self.n_outputs_), frozen.dtype)
        if not frozen.score(X, scores):
            predict_scores(self._engine, self._parameters, X)  # says which row it is
        return scores

    def activations(self, X: Any, layer: int) -> Floats:
        """Return what a layer makes of the rows: h(k) of Algorithm 1, lines 9 and 11.

        Parameters
        ----------
        X : array-like or sparse matrix (n, f)
        layer : int in [1, ``n_layers_ - 1``]
            k. The last one's are the scores (Eq. 3g), before softmax.

        Returns
        -------
        array (n, n_k)
            One row of h(k) transposed for each row of X.

        Raises
        ------
        SettingError
            If there is no such layer.

        Examples
        --------
        >>> from deltarule import MLPClassifier
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifier((16, 2), max_iter=500, random_state=0).fit(X, y)
        >>> model.activations(X, 2).shape
        (150, 2)
        """
        check_is_fitted(self)
        network = self._objective.network
        if isinstance(layer, bool) or layer not in range(1, network.depth + 1):
            raise SettingError(
                f"layer must be an int in [1, {network.depth}]: 1 is the first layer after the "
                f"input, {network.depth} the scores. Got {layer!r} instead."
            )
        X = check_rows(self, X)
        out = np.empty((X.shape[0], network.layers[layer - 1].n_out), self._parameters.dtype)
        for rows, columns in self._batches(X):
            out[rows] = forward(network, self._parameters, columns).h[layer].T
        return out

    def input_gradients(self, X: Any, y: Any = None) -> Floats:
        """Return how each input moves the prediction: the gradient of log p(y | x) by x.

        Algorithm 2's last line, which no update needs: it gives the gradient of the loss J = -log
        p with respect to h(0) = X (Simonyan et al. 2014, section 3, on log p instead of a score).

        Parameters
        ----------
        X : array-like or sparse matrix (n, f)
        y : array-like (n,), or (n, l) for multi-label, optional
            The label whose probability is explained; that predicted for the row where it is not
            given. For multi-label, all labels of the row together.

        Returns
        -------
        array (n, f)
            Positive where a larger input makes the label likelier, in units of log p by those
            of the column.

        Raises
        ------
        DataError
            For labels that the network does not know.

        Examples
        --------
        >>> from deltarule import MLPClassifier
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifier(max_iter=500, random_state=0).fit(X, y)
        >>> model.input_gradients(X[:2], y=[0, 0]).shape
        (2, 4)
        """
        labels = self.predict(X) if y is None else np.asarray(y)
        X = check_rows(self, X)
        if len(labels) != X.shape[0]:
            raise SettingError(f"y has {len(labels)} labels for the {X.shape[0]} rows of X.")
        targets = self._targets.encode(labels)
        network, loss = self._objective.network, self._objective.loss
        unused = Parameters(network.layout, self._parameters.dtype)
        out = np.empty(X.shape, self._parameters.dtype)
        for rows, columns in self._batches(X):
            done = forward(network, self._parameters, columns)
            _, g = loss.value_and_gradient(done.scores, targets[rows].T)
            out[rows] = -backward(network, self._parameters, done, g, unused).T
        return out

    def log_probabilities_of(self, inputs: Floats) -> Floats:
        """Return log p of each class, (n, n_classes), of rows as :meth:`inputs_of` has them.

        Parameters
        ----------
        inputs : array (n, f)
        """
        return self._targets.log_probabilities(self._scores_of(inputs))

    def inputs_of(self, X: Any, y: Any) -> Inputs:
        """Return what Algorithm 1 takes, for these rows: see :func:`deltarule.insight.trace`.

        Parameters
        ----------
        X : array-like or sparse matrix (n, f)
        y : array-like (n,) or (n, l)
        """
        X, y = check_rows(self, X), np.asarray(y)
        if len(y) != X.shape[0] or not len(y):
            raise DataError(f"X has {X.shape[0]} rows and y {len(y)}: each row needs its labels.")
        dense = X.toarray() if issparse(X) else X
        batch = np.ascontiguousarray(dense, self._parameters.dtype).T
        targets = self._targets.encode(y)
        objective = self._objective
        parameters = self._parameters.copy()  # whoever has them may write to them
        return Inputs(objective.network, parameters, objective.loss, batch, targets.T)

    def _batches(self, X: Any) -> Iterator[tuple[slice, Floats]]:
        """Yield the rows of X, as columns in the parameters' dtype."""
        for start in range(0, X.shape[0], ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            part = X[rows].toarray() if issparse(X) else X[rows]
            yield rows, part.T.astype(self._parameters.dtype, copy=False)

    def to_state_dict(self) -> dict[str, Floats]:
        """Return the weights as PyTorch names and shapes them, as copies.

        For ``torch.nn.Sequential(Linear, activation, Linear, ..., Linear)``, which gives the
        scores: "0.weight" (n_1, f), "0.bias" (n_1,), "2.weight", and so on. Turn each into a
        tensor for ``load_state_dict``.
        """
        check_is_fitted(self)
        arrays = {}
        for k in range(1, self._objective.network.depth + 1):
            arrays[f"{2 * (k - 1)}.weight"] = self._parameters.W[k].copy()
            arrays[f"{2 * (k - 1)}.bias"] = self._parameters.b[k][:, 0].copy()
        return arrays

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.input_tags.sparse = True
        return tags


def _copy_into(name: str, views: list[Floats], values: Sequence[Any]) -> None:
    """Overwrite a network's arrays, all or none."""
    arrays = [np.asarray(value) for value in values]
    wanted, given = [view.shape for view in views], [array.shape for array in arrays]
    if given != wanted:
        raise SettingError(f"{name} of this network have the shapes {wanted}; got {given}.")
    for view, array in zip(views, arrays, strict=True):
        view[:] = array
