"""A few learnt numbers for each category."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from deltarule.network.arrays import Floats, Integers
from deltarule.network.layers.columns import complain_of_columns
from deltarule.network.layers.trace import Trace
from deltarule.network.parameters import Group


@dataclass(frozen=True)
class Embedding:
    """Numbers for categories: h = [the other inputs ; E_1[i_1] ; ... ; E_q[i_q]].

    Row ``columns[j]`` of X has the index i_j of each example's category, 0..sizes[j]-1, as a
    number; in its place stands row i_j of a table E_j of that column. It reads X and nothing
    else, so it is layer 1 ("entity embeddings" of Guo & Berkhahn 2016, arXiv 1604.06737). An
    index that is none of these, NaN too, reads the last row of its table: the unknown.

    Parameters
    ----------
    n_in : int
        Rows of X.
    columns : tuple of int
        Those q of them that hold indices, in ascending order.
    sizes : tuple of int
        Categories of each of these, the unknown included.
    width : int
        Numbers for each category.
    rate : float
        Factor on the learning rate of E, and on its weight decay.
    """

    n_in: int
    columns: tuple[int, ...]
    sizes: tuple[int, ...]
    width: int = 8
    rate: float = 1.0
    kind: ClassVar[str] = "embedding"
    activation: ClassVar[str] = "identity"
    dropout: ClassVar[float] = 0.0

    @property
    def n_out(self) -> int:
        """Units of this layer."""
        return self.n_in + len(self.columns) * (self.width - 1)

    def shapes(self) -> Mapping[str, tuple[tuple[int, ...], Group]]:
        """Return this layer's array, the tables one below the other: name to (shape, group)."""
        return {"E": ((sum(self.sizes), self.width), Group(self.rate, decay_factor=self.rate))}

    def initial(self, rng: np.random.Generator) -> Mapping[str, Floats]:
        """Draw E ~ N(0, 1)."""
        return {"E": rng.standard_normal((sum(self.sizes), self.width))}

    def complaint(self) -> str:
        """Return what is wrong with this layer, "" if nothing."""
        if self.width < 1:
            return f"width must be at least 1, got {self.width}"
        if len(self.sizes) != len(self.columns) or min(self.sizes, default=1) < 1:
            return (
                f"sizes must be at least 1, one for each of {len(self.columns)} columns, got "
                f"{self.sizes}"
            )
        return complain_of_columns(self.columns, self.n_in)

    def tables(self, E: Floats) -> Iterator[Floats]:
        """Yield each column's table, (its size, width): views of E, or of its gradient."""
        start = 0
        for size in self.sizes:
            yield E[start : start + size]
            start += size

    def _indices(self, X: Floats) -> Integers:
        """Return the row of its table that each example reads, (q, b)."""
        i, sizes = X[list(self.columns)], np.array(self.sizes)[:, np.newaxis]
        is_known = (i >= 0) & (i < sizes.astype(i.dtype)) & (i == np.floor(i))
        return np.where(is_known, np.where(is_known, i, 0).astype(np.int64), sizes - 1)

    def _others(self) -> Integers:
        return np.delete(np.arange(self.n_in), list(self.columns))

    def forward(
        self, arrays: Mapping[str, Floats], h_prev: Floats, mask: Floats | None = None
    ) -> Trace:
        """Put the numbers of each example's categories below the other inputs.

        Parameters
        ----------
        arrays : mapping
            ``E`` (sum of sizes, width).
        h_prev : array (n_in, b)
            X.
        mask : array (n_out, b), optional
            Never given: this layer drops nothing.
        """
        pairs = zip(self.tables(arrays["E"]), self._indices(h_prev), strict=True)
        h = np.concatenate([h_prev[self._others()], *(table[i].T for table, i in pairs)])
        return Trace(h, h, h, None)

    def backward(
        self,
        arrays: Mapping[str, Floats],
        h_prev: Floats,
        trace: Trace,
        g: Floats,
        gradients: Mapping[str, Floats],
    ) -> Floats:
        """Go back through the forward pass: each example's g on top of the row that it read.

        ::

            grad_E_j[i] = sum of g_j over the examples with i_j = i
            g           = g where an input was passed on, 0 for an index

        Parameters
        ----------
        arrays : mapping
            ``E``, as in the forward pass.
        h_prev : array (n_in, b)
            X.
        trace : Trace
            What :meth:`forward` returned.
        g : array (n_out, b)
            The gradient of J with respect to h.
        gradients : mapping
            ``E``: overwritten with the sum over the batch, never accumulated into.

        Returns
        -------
        g : array (n_in, b)
            The gradient of J with respect to X.
        """
        others = self._others()
        g_E = g[len(others) :].reshape(len(self.columns), self.width, -1)
        gradients["E"][:] = 0
        tables = self.tables(gradients["E"])
        for table, i, g_j in zip(tables, self._indices(h_prev), g_E, strict=True):
            np.add.at(table, i, g_j.T)
        g_X = np.zeros_like(h_prev)
        g_X[others] = g[: len(others)]
        return g_X
