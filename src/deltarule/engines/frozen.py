"""Networks that change no more: from rows to probabilities, and nothing else."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from deltarule.network import Objective, Parameters
from deltarule.network.arrays import Floats


class Frozen(ABC):
    """The probabilities of one network, or the average of several: a callable.

    What it says does not change any more, whatever becomes of the model that it was made of, and
    any number of threads may call it at once. It looks at nothing but the shape and the type of
    what it is given: NaN gives NaN.

    Parameters
    ----------
    objective : Objective
    networks : sequence of Parameters
        Copied.
    temperature : float
        What scores are divided by before they become probabilities, where one of many classes is
        told: p = softmax(z / T), the mean over all networks.
    n_threads : int, optional
        Most threads to use for many rows; all that there are then, where it is not given.

    Attributes
    ----------
    n_features, n_classes : int
        Of a row, and of what is said of it: two where one output tells two classes apart.
    dtype : float32 or float64
        Of the networks, and of the probabilities.
    """

    def __init__(
        self,
        objective: Objective,
        networks: Sequence[Parameters],
        temperature: float,
        n_threads: int | None,
    ) -> None:
        self.objective, self.temperature, self.n_threads = objective, temperature, n_threads
        self.networks = [parameters.copy() for parameters in networks]
        network, self.dtype = objective.network, networks[0].dtype
        self.is_pair = objective.loss.name == "sigmoid" and network.n_outputs == 1
        self.n_features = network.n_features
        self.n_classes = 2 if self.is_pair else network.n_outputs

    def __call__(self, X: Any, out: Floats | None = None) -> Floats:
        """Return the probabilities (n, n_classes) of rows X (n, n_features).

        Parameters
        ----------
        X : array or SciPy CSR matrix
            Quickest in ``dtype``, each row in one piece.
        out : array (n, n_classes), optional
            Where they go, in ``dtype`` and in one piece: then nothing is allocated.

        Raises
        ------
        ValueError, TypeError
            For another shape, or a type that is no real number's.
        """
        if out is None:
            out = np.empty((X.shape[0], self.n_classes), self.dtype)
        self.fill(X, out)
        return out

    @abstractmethod
    def fill(self, X: Any, out: Floats) -> bool:
        """Write the probabilities; return whether the scores of all rows were finite."""
