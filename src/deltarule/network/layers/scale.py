"""A factor for each feature."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from deltarule.network.arrays import Floats
from deltarule.network.layers.trace import Trace
from deltarule.network.parameters import Group


@dataclass(frozen=True)
class Scale:
    """A factor for each feature: h = s h_prev, element by element.

    The "scaling layer" of Holzmüller, Grinsztajn & Steinwart 2024 (arXiv 2407.04491), section 3:
    before the first layer, and learnt several times as fast as it, a soft selection of features.
    The factors start at 1.

    Parameters
    ----------
    n : int
        Units of the layer before, and of this one.
    rate : float
        Factor on the learning rate of s, and on its weight decay.
    """

    n: int
    rate: float = 1.0
    kind: ClassVar[str] = "scale"
    activation: ClassVar[str] = "identity"
    dropout: ClassVar[float] = 0.0

    @property
    def n_in(self) -> int:
        """Units of the layer before."""
        return self.n

    @property
    def n_out(self) -> int:
        """Units of this layer."""
        return self.n

    def shapes(self) -> Mapping[str, tuple[tuple[int, ...], Group]]:
        """Return this layer's array: name to (shape, group)."""
        return {"s": ((self.n, 1), Group(self.rate, decays=False, decay_factor=self.rate))}

    def initial(self, rng: np.random.Generator) -> Mapping[str, Floats]:
        """Return what s starts as: ones."""
        return {"s": np.ones((self.n, 1))}

    def complaint(self) -> str:
        """Return what is wrong with this layer: nothing can be."""
        return ""

    def forward(
        self, arrays: Mapping[str, Floats], h_prev: Floats, mask: Floats | None = None
    ) -> Trace:
        """Scale each row of h_prev by its factor.

        Parameters
        ----------
        arrays : mapping
            ``s`` (n, 1).
        h_prev : array (n, b)
        mask : array (n, b), optional
            Never given: this layer drops nothing.
        """
        a = arrays["s"] * h_prev  # a(k) = s(k) h(k-1), and h(k) = a(k)
        return Trace(a, a, a, None)

    def backward(
        self,
        arrays: Mapping[str, Floats],
        h_prev: Floats,
        trace: Trace,
        g: Floats,
        gradients: Mapping[str, Floats],
    ) -> Floats:
        """Go back through the forward pass, ``a = s h_prev;  h = a``.

        ::

            grad_s = (g * h_prev) O        O a column of ones
            g      = s * g

        Parameters
        ----------
        arrays : mapping
            ``s``, as in the forward pass.
        h_prev : array (n, b)
            The layer's input.
        trace : Trace
            What :meth:`forward` returned.
        g : array (n, b)
            The gradient of J with respect to h.
        gradients : mapping
            ``s``: overwritten with the sum over the batch, never accumulated into.

        Returns
        -------
        g : array (n, b)
            The gradient of J with respect to h_prev.
        """
        O = np.ones((g.shape[1], 1), g.dtype)
        gradients["s"][:] = (g * h_prev) @ O
        return arrays["s"] * g
