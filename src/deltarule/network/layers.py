"""The kinds of layer, each with its forward pass and, right below it, its backward pass.

A network is a list of layers from this small closed set. To add a kind: give it ``shapes``,
``forward`` and ``backward`` here, and its two phases in the native engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from deltarule.network.activations import ACTIVATIONS
from deltarule.network.arrays import Floats
from deltarule.network.parameters import Group


class Trace(NamedTuple):
    """What a layer's forward pass leaves for its backward pass.

    Attributes
    ----------
    a : array (n_k, b)
        The pre-activation.
    f : array (n_k, b)
        f(a), before dropout.
    h : array (n_k, b)
        The layer's output: f(a), or f(a) * mask.
    mask : array (n_k, b) or None
        Zero where a unit was dropped, 1 / (1 - rate) elsewhere.
    """

    a: Floats
    f: Floats
    h: Floats
    mask: Floats | None


@dataclass(frozen=True)
class Dense:
    """A fully connected layer: h = f(W h_prev + b).

    Parameters
    ----------
    n_in, n_out : int
        Units of the layer before, and of this one.
    activation : str
        A name in :data:`~deltarule.network.ACTIVATIONS`.
    dropout : float in [0, 1)
        The share of this layer's outputs that is dropped in training (Srivastava et al. 2014),
        in the inverted form: the others are divided by 1 - dropout, so that predicting needs
        no correction.
    weight_rate, bias_rate : float
        Factors on the learning rate of W and of b.
    """

    n_in: int
    n_out: int
    activation: str = "identity"
    dropout: float = 0.0
    weight_rate: float = 1.0
    bias_rate: float = 1.0
    kind: ClassVar[str] = "dense"

    def shapes(self) -> Mapping[str, tuple[tuple[int, ...], Group]]:
        """Return this layer's arrays: name to (shape, group). Only W decays."""
        return {
            "W": ((self.n_out, self.n_in), Group(self.weight_rate, decays=True)),
            "b": ((self.n_out, 1), Group(self.bias_rate, decays=False)),
        }

    def forward(
        self, arrays: Mapping[str, Floats], h_prev: Floats, mask: Floats | None = None
    ) -> Trace:
        """Lines 8-9 of Algorithm 1 (line 10 is the same with f = identity).

        Parameters
        ----------
        arrays : mapping
            ``W`` (n_out, n_in) and ``b`` (n_out, 1).
        h_prev : array (n_in, b)
        mask : array (n_out, b), optional
            Of this step's dropout.
        """
        W, b = arrays["W"], arrays["b"]
        a = W @ h_prev + b  # line 8: a(k) = W(k) h(k-1) + b(k)            (Eq. 3b, 3d, 3f)
        f = ACTIVATIONS[self.activation].value(a)  # line 9: h(k) = f(a(k))        (Eq. 3c, 3e)
        return Trace(a, f, f if mask is None else f * mask, mask)

    def backward(
        self,
        arrays: Mapping[str, Floats],
        h_prev: Floats,
        trace: Trace,
        g: Floats,
        gradients: Mapping[str, Floats],
    ) -> Floats:
        """Lines 7-11 of Algorithm 2 (lines 2-5 are the same with f' = 1).

        The forward pass was ``a = W h_prev + b;  h = f(a)``. Going back through it::

            g      = g * f'(a)         line 7                (Eq. 12)
            grad_b = g O               lines 3 and 9, O a column of ones
            grad_W = g h_prev^T        lines 4 and 10        (Eq. 8)
            g      = W^T g             lines 5 and 11        (Eq. 11)

        Parameters
        ----------
        arrays : mapping
            ``W`` and ``b``, as in the forward pass.
        h_prev : array (n_in, b)
            The layer's input.
        trace : Trace
            What :meth:`forward` returned.
        g : array (n_out, b)
            The gradient of J with respect to h.
        gradients : mapping
            ``W`` and ``b``: overwritten with sums over the batch, never accumulated into.

        Returns
        -------
        g : array (n_in, b)
            The gradient of J with respect to h_prev.

        Notes
        -----
        Erratum: Eq. 6-8 of the document write h(3) where the input of layer 3, h(2), is meant;
        Algorithm 2 has it right.
        """
        W = arrays["W"]
        if trace.mask is not None:
            g = g * trace.mask
        if self.activation != "identity":
            g = g * ACTIVATIONS[self.activation].slope(trace.a, trace.f)  # line 7
        O = np.ones((g.shape[1], 1), g.dtype)  # lines 2 and 8
        gradients["b"][:] = g @ O  # lines 3 and 9
        gradients["W"][:] = g @ h_prev.T  # lines 4 and 10
        return W.T @ g  # lines 5 and 11


@dataclass(frozen=True)
class Scale:
    """A factor for each feature: h = s h_prev, element by element.

    The "scaling layer" of Holzmüller, Grinsztajn & Steinwart 2024 (arXiv 2407.04491), section 3:
    before the first layer, and learnt several times as fast as it, a soft selection of features.
    The factors start at 1 and never decay.

    Parameters
    ----------
    n : int
        Units of the layer before, and of this one.
    rate : float
        Factor on the learning rate of s.
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
        return {"s": ((self.n, 1), Group(self.rate, decays=False))}

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


Layer = Dense | Scale
"""Any kind of layer."""
