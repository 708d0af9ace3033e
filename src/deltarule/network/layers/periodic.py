"""Waves of single inputs, beside the inputs themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from deltarule.network.arrays import Floats
from deltarule.network.layers.columns import complain_of_columns
from deltarule.network.layers.trace import Trace
from deltarule.network.parameters import Group

TURN = 2 * np.pi
SPREAD = 0.1  # standard deviation of the frequencies at first


@dataclass(frozen=True)
class Periodic:
    """Inputs, and learnt periodic functions of some of them.

    ::

        h   = [h_prev ; P_1 ; ... ; P_q]
        P_j = V_j cos(2 pi w_j x_j + c_j) + d_j        x_j: row ``columns[j]`` of h_prev

    With it a network finds what is uneven in a number: a spike, a band, an odd digit. The form
    is PBLD, "periodic bias linear densenet", of Holzmüller, Grinsztajn & Steinwart 2024 (arXiv
    2407.04491), section 3, on the ground of Gorishniy, Rubachev & Babenko 2022 (arXiv
    2203.05556), section 3.3. The frequencies w_j start small, as N(0, 0.1^2).

    Parameters
    ----------
    n_in : int
        Units of the layer before.
    columns : tuple of int
        Those q of them that have periodic functions, in ascending order.
    n_frequencies : int
        m: cosines of each of these.
    n_outputs : int
        o: numbers that are made of them.
    rate : float
        Factor on the learning rate of all four arrays, and on their weight decay.
    """

    n_in: int
    columns: tuple[int, ...]
    n_frequencies: int = 16
    n_outputs: int = 3
    rate: float = 1.0
    kind: ClassVar[str] = "periodic"
    activation: ClassVar[str] = "identity"
    dropout: ClassVar[float] = 0.0

    @property
    def n_out(self) -> int:
        """Units of this layer."""
        return self.n_in + len(self.columns) * self.n_outputs

    def shapes(self) -> Mapping[str, tuple[tuple[int, ...], Group]]:
        """Return this layer's arrays: name to (shape, group)."""
        q, m, o = len(self.columns), self.n_frequencies, self.n_outputs
        group = Group(self.rate, decays=False, decay_factor=self.rate)
        return {
            "w": ((q, m), group),
            "c": ((q, m), group),
            "V": ((q, o, m), group),
            "d": ((q, o), group),
        }

    def initial(self, rng: np.random.Generator) -> Mapping[str, Floats]:
        """Draw w ~ N(0, 0.1^2), c ~ U[-pi, pi], and V, d ~ U[-r, r] with r = 1 / sqrt(m)."""
        shapes = {name: shape for name, (shape, _) in self.shapes().items()}
        r = 1 / np.sqrt(self.n_frequencies)
        return {
            "w": rng.normal(0, SPREAD, shapes["w"]),
            "c": rng.uniform(-np.pi, np.pi, shapes["c"]),
            "V": rng.uniform(-r, r, shapes["V"]),
            "d": rng.uniform(-r, r, shapes["d"]),
        }

    def complaint(self) -> str:
        """Return what is wrong with this layer, "" if nothing."""
        for name in ("n_frequencies", "n_outputs"):
            if getattr(self, name) < 1:
                return f"{name} must be at least 1, got {getattr(self, name)}"
        return complain_of_columns(self.columns, self.n_in)

    def _angles(self, arrays: Mapping[str, Floats], h_prev: Floats) -> tuple[Floats, Floats]:
        """Return x (q, 1, b) and 2 pi w x + c (q, m, b)."""
        x = h_prev[list(self.columns), np.newaxis]
        return x, TURN * arrays["w"][..., np.newaxis] * x + arrays["c"][..., np.newaxis]

    def forward(
        self, arrays: Mapping[str, Floats], h_prev: Floats, mask: Floats | None = None
    ) -> Trace:
        """Put the periodic functions of ``columns`` below the inputs.

        Parameters
        ----------
        arrays : mapping
            ``w`` and ``c`` (q, m), ``V`` (q, o, m), ``d`` (q, o).
        h_prev : array (n_in, b)
        mask : array (n_out, b), optional
            Never given: this layer drops nothing.
        """
        _, angles = self._angles(arrays, h_prev)
        P = arrays["V"] @ np.cos(angles) + arrays["d"][..., np.newaxis]  # (q, o, b)
        h = np.concatenate([h_prev, *P])
        return Trace(h, h, h, None)

    def backward(
        self,
        arrays: Mapping[str, Floats],
        h_prev: Floats,
        trace: Trace,
        g: Floats,
        gradients: Mapping[str, Floats],
    ) -> Floats:
        """Go back through ``P = V cos(u) + d;  u = 2 pi w x + c``, column by column.

        With g_P the rows of g that belong to P, and O a column of ones::

            grad_d = g_P O
            grad_V = g_P cos(u)^T
            g_u    = -sin(u) * (V^T g_P)
            grad_c = g_u O
            grad_w = 2 pi g_u x^T
            g_x    = 2 pi w^T g_u        on top of what x passed on as it was

        Parameters
        ----------
        arrays : mapping
            ``w``, ``c``, ``V`` and ``d``, as in the forward pass.
        h_prev : array (n_in, b)
            The layer's input.
        trace : Trace
            What :meth:`forward` returned.
        g : array (n_out, b)
            The gradient of J with respect to h.
        gradients : mapping
            ``w``, ``c``, ``V`` and ``d``: overwritten with sums over the batch, never accumulated
            into.

        Returns
        -------
        g : array (n_in, b)
            The gradient of J with respect to h_prev.
        """
        x, u = self._angles(arrays, h_prev)
        g_P = g[self.n_in :].reshape(len(self.columns), self.n_outputs, -1)
        g = g[: self.n_in].copy()
        O = np.ones((g.shape[1], 1), g.dtype)
        gradients["d"][:] = (g_P @ O)[..., 0]
        gradients["V"][:] = g_P @ np.cos(u).transpose(0, 2, 1)
        g_u = -np.sin(u) * (arrays["V"].transpose(0, 2, 1) @ g_P)  # (q, m, b)
        gradients["c"][:] = (g_u @ O)[..., 0]
        gradients["w"][:] = TURN * (g_u @ x.transpose(0, 2, 1))[..., 0]
        g[list(self.columns)] += TURN * (arrays["w"][:, np.newaxis] @ g_u)[:, 0]
        return g
