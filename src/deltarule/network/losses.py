"""The cross-entropy losses: value and gradient together, from the scores (Eq. 13-14).

Both forms take scores ``(l, b)``, one example a column, and return the loss of each example
(Eq. 3h, line 12 of Algorithm 1) and the gradient of their sum with respect to the scores (line 1 of
Algorithm 2). Sample weights and label smoothing enter here and nowhere else. Sums over the batch
are the document's (Eq. 3i): whoever wants a mean divides by the batch's total weight.
"""

from abc import ABC, abstractmethod
from math import log
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule.network.activations import logistic, softplus
from deltarule.network.arrays import Floats, Targets


class Loss(ABC):
    """A loss of raw scores."""

    name: ClassVar[str]

    def value_and_gradient(
        self,
        scores: Floats,
        y: Targets,
        weights: Floats | None = None,
        label_smoothing: float = 0.0,
    ) -> tuple[Floats, Floats]:
        """Return each example's loss and the gradient of their sum.

        Parameters
        ----------
        scores : array (l, b)
        y : array
            As the loss wants it: class indices (b,), or a 0/1 indicator (l, b).
        weights : array (b,), optional
            Sample weights w_k: J_k becomes w_k J_k.
        label_smoothing : float in [0, 1)
            The share of the target that is spread evenly over the classes (Szegedy et al.
            2016, section 7).

        Returns
        -------
        losses : array (b,)
            J_k, line 12 of Algorithm 1.
        g : array (l, b)
            The gradient of J = sum of J_k with respect to the scores: line 1 of Algorithm 2.
        """
        losses, g = self._unweighted(scores, y, label_smoothing)
        if weights is None:
            return losses, g
        return weights * losses, weights * g

    @abstractmethod
    def _unweighted(
        self, scores: Floats, y: Targets, label_smoothing: float
    ) -> tuple[Floats, Floats]: ...

    @abstractmethod
    def of_guessing(self, n_outputs: int) -> float:
        """Return an example's loss where the classes of all l outputs are equally likely."""

    @abstractmethod
    def log_probabilities(self, scores: Floats) -> Floats:
        """Return log p of each output, (l, b): finite wherever the scores are."""

    @abstractmethod
    def probabilities(self, scores: Floats) -> Floats:
        """Return p of each output, (l, b)."""

    @abstractmethod
    def decide(self, scores: Floats) -> NDArray[Any]:
        """Return the likeliest target: in the form that ``y`` has."""


class Softmax(Loss):
    """One label of l an example: softmax cross-entropy.

    Eq. 13, with one log-sum-exp *per column*, so that the columns (0, 1, 2) and (1000, 0, 0)
    can share a batch::

        J_k = -log(e^s[y_k, k] / sum_i e^s[i, k]) = logsumexp(s[:, k]) - s[y_k, k]

    Eq. 14::

        dJ_k / ds[i, k] = e^s[i, k] / sum_i e^s[i, k] - [i = y_k]

    With label smoothing e, the target [i = y_k] becomes (1 - e) [i = y_k] + e / l.
    """

    name = "softmax"

    def _unweighted(
        self, scores: Floats, y: Targets, label_smoothing: float
    ) -> tuple[Floats, Floats]:
        log_p = self.log_probabilities(scores)
        examples = np.arange(scores.shape[1])
        losses = -log_p[y, examples]  # Eq. 13
        g = np.exp(log_p)  # Eq. 14, every row
        g[y, examples] -= 1  # Eq. 14, row i = Y_k
        if label_smoothing:
            n_classes = scores.shape[0]
            losses = (1 - label_smoothing) * losses - label_smoothing * log_p.mean(axis=0)
            g -= label_smoothing / n_classes
            g[y, examples] += label_smoothing
        return losses, g

    def of_guessing(self, n_outputs: int) -> float:
        return log(n_outputs)

    def log_probabilities(self, scores: Floats) -> Floats:
        shifted = scores - scores.max(axis=0)
        return shifted - np.log(np.exp(shifted).sum(axis=0))

    def probabilities(self, scores: Floats) -> Floats:
        e = np.exp(scores - scores.max(axis=0))
        return e / e.sum(axis=0)

    def decide(self, scores: Floats) -> NDArray[Any]:
        return scores.argmax(axis=0)


class Sigmoid(Loss):
    """Every output a yes or no of its own: logistic cross-entropy, summed over the outputs.

    For multi-label targets, and for two classes with one output, as scikit-learn's
    ``MLPClassifier`` has it. With p = 1 / (1 + e^-s) and y in {0, 1}::

        J_k           = sum_i  -y log p - (1 - y) log(1 - p)  =  sum_i  log(1 + e^s) - y s
                      = sum_i  max(s, 0) - y s + log(1 + e^-|s|)
        dJ_k / ds[i]  = p - y

    The second form neither overflows nor cancels. With label smoothing e, y becomes
    (1 - e) y + e / 2.
    """

    name = "sigmoid"

    def _unweighted(
        self, scores: Floats, y: Targets, label_smoothing: float
    ) -> tuple[Floats, Floats]:
        target = y.astype(scores.dtype)
        if label_smoothing:
            target = (1 - label_smoothing) * target + label_smoothing / 2
        losses = np.maximum(scores, 0) - target * scores + np.log1p(np.exp(-np.abs(scores)))
        return losses.sum(axis=0), logistic(scores) - target

    def of_guessing(self, n_outputs: int) -> float:
        return n_outputs * log(2)

    def log_probabilities(self, scores: Floats) -> Floats:
        return -softplus(-scores)

    def probabilities(self, scores: Floats) -> Floats:
        return logistic(scores)

    def decide(self, scores: Floats) -> NDArray[Any]:
        return scores > 0


LOSSES: dict[str, Loss] = {loss.name: loss for loss in (Softmax(), Sigmoid())}
