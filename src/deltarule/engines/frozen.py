"""Networks that change no more: from rows to probabilities, and nothing else."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from deltarule.errors import DataError, SettingError
from deltarule.network import Objective, Parameters
from deltarule.network.arrays import Floats

REAL = "fiub"  # kinds of dtype


class Frozen(ABC):
    """The probabilities of one network, or the average of several: a callable.

    What it says does not change any more, whatever becomes of the model that it was made of, and
    any number of threads may call it at once. It looks at nothing but the shape and the type of
    what it is given: NaN gives NaN.

    Parameters
    ----------
    objective : Objective
    networks : sequence of Parameters
    temperature : float
        Positive: what scores are divided by before they become probabilities, where one of many
        classes is told: p = softmax(z / T), the mean over all networks.
    n_threads : int, optional
        Most threads to use for many rows; all that there are then, where it is not given.
    live : bool
        Whether the networks are read where they are, instead of copies, so that what is written
        to them counts at once.

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
        temperature: float = 1.0,
        n_threads: int | None = None,
        live: bool = False,
    ) -> None:
        if not temperature > 0:
            raise SettingError(f"temperature must be positive, got {temperature!r}.")
        self._objective, self._temperature = objective, float(temperature)
        self._n_threads, self._is_live = n_threads, live
        self._networks = list(networks) if live else [each.copy() for each in networks]
        network, self.dtype = objective.network, networks[0].dtype
        self._is_pair = objective.loss.name == "sigmoid" and network.n_outputs == 1
        self.n_features = network.n_features
        self.n_classes = 2 if self._is_pair else network.n_outputs

    def __call__(self, X: Any, out: Floats | None = None) -> Floats:
        """Return the probabilities (n, n_classes) of rows X (n, n_features).

        Parameters
        ----------
        X : array or SciPy sparse matrix
            Quickest as an array in ``dtype``, in one piece.
        out : array (n, n_classes), optional
            Where they go, in ``dtype`` and in one piece.

        Raises
        ------
        DataError
            For an X of another shape, or of no real numbers.
        SettingError
            For an ``out`` that they do not fit into.
        """
        if X.ndim != 2 or X.shape[1] != self.n_features or X.dtype.kind not in REAL:
            raise DataError(
                f"X must be an array (n, {self.n_features}) of real numbers; got {X.shape} of "
                f"{X.dtype}."
            )
        shape = (X.shape[0], self.n_classes)
        if out is None:
            out = np.empty(shape, self.dtype)
        elif out.shape != shape or out.dtype != self.dtype or not out.flags.carray:
            raise SettingError(
                f"out must be an array {shape} of {self.dtype}, in one piece (C order) and to be "
                f"written to; got {out.dtype}, {out.shape}."
            )
        self.fill(X, out)
        return out

    @abstractmethod
    def fill(self, X: Any, out: Floats) -> bool:
        """Write the probabilities, unchecked; return whether the scores of all rows were finite."""

    @abstractmethod
    def score(self, X: Any, out: Floats) -> bool:
        """Write the scores (n, l) of the first network, unchecked; return whether all are finite.

        They are those of Algorithm 1, line 11: before any temperature.
        """
