"""The document's layer, h = f(W h_prev + b)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from deltarule.network.activations import ACTIVATIONS
from deltarule.network.arrays import Floats
from deltarule.network.layers.trace import Trace
from deltarule.network.parameters import Group


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
    is_parametric : bool
        Whether each unit learns how much it bends: h = a + alpha (f(a) - a), with one alpha a
        unit, 1 at first (Holzmüller, Grinsztajn & Steinwart 2024, arXiv 2407.04491, section 3).
    mix_rate : float
        Factor on the learning rate of alpha.
    """

    n_in: int
    n_out: int
    activation: str = "identity"
    dropout: float = 0.0
    weight_rate: float = 1.0
    bias_rate: float = 1.0
    is_parametric: bool = False
    mix_rate: float = 1.0
    kind: ClassVar[str] = "dense"

    def shapes(self) -> Mapping[str, tuple[tuple[int, ...], Group]]:
        """Return this layer's arrays: name to (shape, group).

        The L2 penalty touches W alone. Weight decay shrinks W in proportion to the step's rate,
        whatever W's own factor: in "neural tangent" scaling that has a part of W in it, which
        decay must not have. It shrinks alpha at the pace that alpha learns at, and never b.
        """
        arrays = {
            "W": ((self.n_out, self.n_in), Group(self.weight_rate)),
            "b": ((self.n_out, 1), Group(self.bias_rate, decays=False, decay_factor=0.0)),
        }
        if self.is_parametric:
            group = Group(self.mix_rate, decays=False, decay_factor=self.mix_rate)
            arrays["alpha"] = ((self.n_out, 1), group)
        return arrays

    def initial(self, rng: np.random.Generator) -> Mapping[str, Floats]:
        """Return what alpha starts as; W and b are what an initialiser draws."""
        return {"alpha": np.ones((self.n_out, 1))} if self.is_parametric else {}

    def complaint(self) -> str:
        """Return what is wrong with this layer, "" if nothing."""
        if self.activation not in ACTIVATIONS:
            known = ", ".join(ACTIVATIONS)
            return f"activation {self.activation!r} is not one of {known}"
        if not 0 <= self.dropout < 1:
            return f"dropout must be in [0, 1), got {self.dropout}"
        return ""

    def forward(
        self, arrays: Mapping[str, Floats], h_prev: Floats, mask: Floats | None = None
    ) -> Trace:
        """Lines 8-9 of Algorithm 1 (line 10 is the same with f = identity).

        Parameters
        ----------
        arrays : mapping
            ``W`` (n_out, n_in), ``b`` (n_out, 1) and, of a parametric layer, ``alpha`` (n_out, 1).
        h_prev : array (n_in, b)
        mask : array (n_out, b), optional
            Of this step's dropout.
        """
        W, b = arrays["W"], arrays["b"]
        a = W @ h_prev + b  # line 8: a(k) = W(k) h(k-1) + b(k)            (Eq. 3b, 3d, 3f)
        f = ACTIVATIONS[self.activation].value(a)  # line 9: h(k) = f(a(k))        (Eq. 3c, 3e)
        h = a + arrays["alpha"] * (f - a) if self.is_parametric else f
        return Trace(a, f, h if mask is None else h * mask, mask)

    def slope(self, arrays: Mapping[str, Floats], trace: Trace) -> Floats:
        """Return the derivative of h by a, without dropout: f'(a), or 1 + alpha (f'(a) - 1)."""
        slope = ACTIVATIONS[self.activation].slope(trace.a, trace.f)
        return 1 + arrays["alpha"] * (slope - 1) if self.is_parametric else slope

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

        With ``h = a + alpha (f(a) - a)``, line 7 becomes::

            grad_alpha = (g * (f(a) - a)) O
            g          = g * (1 + alpha (f'(a) - 1))

        Parameters
        ----------
        arrays : mapping
            ``W``, ``b`` and ``alpha``, as in the forward pass.
        h_prev : array (n_in, b)
            The layer's input.
        trace : Trace
            What :meth:`forward` returned.
        g : array (n_out, b)
            The gradient of J with respect to h.
        gradients : mapping
            ``W``, ``b`` and ``alpha``: overwritten with sums over the batch, never accumulated
            into.

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
        O = np.ones((g.shape[1], 1), g.dtype)  # lines 2 and 8
        if trace.mask is not None:
            g = g * trace.mask
        if self.is_parametric:
            gradients["alpha"][:] = (g * (trace.f - trace.a)) @ O
        if self.activation != "identity":
            g = g * self.slope(arrays, trace)  # line 7          (Eq. 12)
        gradients["b"][:] = g @ O  # lines 3 and 9
        gradients["W"][:] = g @ h_prev.T  # lines 4 and 10       (Eq. 8)
        return W.T @ g  # lines 5 and 11                         (Eq. 11)
