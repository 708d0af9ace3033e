"""What a model says of some rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Targets
from deltarule.network.arrays import Floats


@dataclass(frozen=True)
class Predictions:
    """Of each row: the likelihood of every class, and the one that is decided for.

    Attributes
    ----------
    log_probabilities : array (n, n_classes)
        Finite also where a probability is 0.
    targets : Targets
    threshold : float or None
        Of two classes, the probability from which the second one is decided for; None: the
        likelier one is.
    """

    log_probabilities: Floats
    targets: Targets
    threshold: float | None = None

    @property
    def probabilities(self) -> Floats:
        """Of each class, (n, n_classes)."""
        return self.targets.probabilities(self.log_probabilities)

    @property
    def indices(self) -> NDArray[np.int64]:
        """Index of the class that is decided for, (n,)."""
        if self.threshold is None:
            return self.targets.loss.decide(self.log_probabilities.T)
        return (self.probabilities[:, 1].astype(np.float64) >= self.threshold).astype(np.int64)

    @property
    def labels(self) -> NDArray[Any]:
        """Its label, (n,)."""
        return self.targets.classes[self.indices]

    def losses(self, truth: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return -log p of the right class, in nats (Eq. 13), from class indices (n,)."""
        return -self.log_probabilities[np.arange(len(truth)), truth].astype(np.float64)
