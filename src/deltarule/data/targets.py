"""What a network's outputs mean: from labels to targets, from scores to labels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.labels import encode_labels, locate_labels
from deltarule.network import LOSSES, Loss
from deltarule.network.arrays import Floats


@dataclass(frozen=True)
class Targets:
    """The class labels and how the outputs stand for them.

    =========================  ============  =======  ==========================
    the labels are             outputs       loss     targets
    =========================  ============  =======  ==========================
    one of l a row             l             softmax  class indices (n,)
    one of 2, told apart       1             sigmoid  0/1 (n, 1)
    any of l (multi-label)     l             sigmoid  0/1 (n, l)
    =========================  ============  =======  ==========================

    Attributes
    ----------
    classes : array (n_classes,)
    loss : Loss
    n_outputs : int
    """

    classes: NDArray[Any]
    loss: Loss
    n_outputs: int

    @classmethod
    def learn(cls, y: NDArray[Any], *, single_output: bool = False) -> "Targets":
        """Learn the classes of labels ``y``, (n,) or a multi-label indicator (n, l).

        ``single_output`` gives two classes one output, as scikit-learn's MLPClassifier has it.
        """
        if y.ndim == 2:
            return cls(np.arange(y.shape[1]), LOSSES["sigmoid"], y.shape[1])
        classes, _ = encode_labels(y)
        if single_output and len(classes) == 2:
            return cls(classes, LOSSES["sigmoid"], 1)
        return cls(classes, LOSSES["softmax"], len(classes))

    @property
    def is_binary(self) -> bool:
        """Whether one output tells two classes apart."""
        return self.loss.name == "sigmoid" and len(self.classes) != self.n_outputs

    @property
    def is_multilabel(self) -> bool:
        """Whether a row may have several labels, or none."""
        return self.loss.name == "sigmoid" and len(self.classes) == self.n_outputs

    def encode(self, y: NDArray[Any]) -> NDArray[Any]:
        """Return the targets of labels ``y``.

        Raises
        ------
        DataError
            For labels that are missing, mixed or not among the classes.
        """
        if self.is_multilabel:
            return y.astype(bool)
        indices = locate_labels(y, self.classes)
        return indices.reshape(-1, 1).astype(bool) if self.is_binary else indices

    def labels(self, targets: NDArray[Any]) -> NDArray[Any]:
        """Return the labels that :meth:`encode` made these targets of."""
        if self.is_multilabel:
            return targets.astype(np.int64)
        return self.classes[targets.astype(np.int64).reshape(len(targets))]

    def decode(self, scores: Floats) -> NDArray[Any]:
        """Return the likeliest labels, from scores (n, n_outputs)."""
        return self.labels(self.loss.decide(scores.T).T)

    def probabilities(self, scores: Floats) -> Floats:
        """Return p of each class, (n, n_classes)."""
        p = self.loss.probabilities(scores.T).T
        # 1 - p would lose the digits of a small one.
        return np.hstack([self.loss.probabilities(-scores.T).T, p]) if self.is_binary else p

    def log_probabilities(self, scores: Floats) -> Floats:
        """Return log p of each class, (n, n_classes): finite, unlike the logarithm of p = 0."""
        log_p = self.loss.log_probabilities(scores.T).T
        if self.is_binary:
            return np.hstack([self.loss.log_probabilities(-scores.T).T, log_p])
        return log_p

    def accuracy(
        self, scores: Floats, targets: NDArray[Any], weights: Floats | None = None
    ) -> float:
        """Return the weighted share of rows whose targets, all of them, are decided right."""
        right = targets == self.loss.decide(scores.T).T
        if right.ndim == 2:
            right = right.all(axis=1)
        return float(np.average(right, weights=weights))
