"""All parameters in one flat vector theta, with views W[k], b[k] and the like into it.

So the update is one pass over memory, clipping is one norm, a checkpoint is a few arrays, and
adding the gradients of many machines is one call. Gradients and an optimiser's moments are
:class:`Parameters` of the same :class:`Layout`.

The layout, written down here and nowhere else: layer 1 first, within a layer in the order of
its ``shapes()``, what it multiplies by first; each array in C order, starting at a multiple of
16 elements (64 bytes in float32, 128 in float64). The gaps are zero and stay zero: no gradient
ever reaches them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from deltarule.network.arrays import Floats

ALIGNMENT = 16  # elements
CACHE_LINE = 64  # bytes


@dataclass(frozen=True)
class Group:
    """How an update rule treats one array.

    Parameters
    ----------
    rate_factor : float
        Multiplies the learning rate. "Neural tangent" scaling or slower biases are factors here.
    decays : bool
        Whether the L2 penalty touches it. It does not touch biases.
    decay_factor : float
        Multiplies a step's decoupled weight decay, theta <- (1 - decay) theta; 0 for biases.
    """

    rate_factor: float = 1.0
    decays: bool = True
    decay_factor: float = 1.0


@dataclass(frozen=True)
class Entry:
    """One array's place in theta."""

    layer: int  # k = 1..depth
    name: str  # "W", "b": what the document or the layer's equation calls it
    shape: tuple[int, ...]
    offset: int
    group: Group

    @property
    def span(self) -> slice:
        """The array's elements in theta, gap not included."""
        return slice(self.offset, self.offset + prod(self.shape))


class Layout:
    """Where each array of each layer lies in the flat vector.

    Parameters
    ----------
    layers : iterable, layer 1 first, of mappings from name to (shape, Group)

    Attributes
    ----------
    entries : tuple of Entry
    size : int
        Length of theta, gaps included.
    """

    def __init__(self, layers: Iterable[Mapping[str, tuple[tuple[int, ...], Group]]]) -> None:
        entries, offset = [], 0
        for k, arrays in enumerate(layers, start=1):
            for name, (shape, group) in arrays.items():
                entries.append(Entry(k, name, shape, offset, group))
                offset += -(-prod(shape) // ALIGNMENT) * ALIGNMENT
        self.entries = tuple(entries)
        self.size = offset

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and self.entries == other.entries

    def __hash__(self) -> int:
        return hash(self.entries)


class Parameters:
    """A flat vector and its views.

    Parameters
    ----------
    layout : Layout
    dtype : float32 or float64

    Attributes
    ----------
    theta : array (p,)
        Everything; zero at first. Its memory starts at a cache line.
    W, b : dict from k = 1..depth to array
        ``W[k]`` is (n_k, n_{k-1}) and ``b[k]`` is (n_k, 1): views, so writing to them writes
        to ``theta``.

    Examples
    --------
    >>> from deltarule.network import Dense, Network
    >>> parameters = Parameters(Network([Dense(2, 3), Dense(3, 2)]).layout, np.float64)
    >>> parameters.W[1].shape, parameters.b[2].shape
    ((3, 2), (2, 1))
    """

    def __init__(self, layout: Layout, dtype: DTypeLike = np.float64) -> None:
        self._look_into(layout, _aligned_zeros(layout.size, np.dtype(dtype)))

    def _look_into(self, layout: Layout, theta: Floats) -> None:
        self.layout, self.theta = layout, theta
        self._layers: dict[int, dict[str, Floats]] = {}
        for entry in layout.entries:
            view = self.theta[entry.span].reshape(entry.shape)
            self._layers.setdefault(entry.layer, {})[entry.name] = view

    def __getitem__(self, k: int) -> Mapping[str, Floats]:
        """Return the arrays of layer k by name."""
        return self._layers[k]

    @property
    def W(self) -> dict[int, Floats]:
        """Views of the weights of Dense layers, (n_k, n_{k-1}), by k."""
        return {k: arrays["W"] for k, arrays in self._layers.items() if "W" in arrays}

    @property
    def b(self) -> dict[int, Floats]:
        """Views of the biases of Dense layers, (n_k, 1), by k."""
        return {k: arrays["b"] for k, arrays in self._layers.items() if "b" in arrays}

    @property
    def weights(self) -> dict[int, Floats]:
        """Views of what each layer multiplies by, W(k) or s(k) or E(k): the first of its arrays."""
        return {k: next(iter(arrays.values())) for k, arrays in self._layers.items()}

    @property
    def dtype(self) -> np.dtype[Any]:
        """What the network computes in: float32 or float64."""
        return self.theta.dtype

    @classmethod
    def around(cls, layout: Layout, theta: Floats) -> "Parameters":
        """Return views of a vector that is there already."""
        parameters = cls.__new__(cls)
        parameters._look_into(layout, theta)
        return parameters

    def copy(self) -> "Parameters":
        """Return parameters of their own memory with the same values."""
        other = Parameters(self.layout, self.dtype)
        other.theta[:] = self.theta
        return other

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle theta once; the views are made anew."""
        return _restore, (self.layout, self.theta)


def _restore(layout: Layout, theta: Floats) -> Parameters:
    parameters = Parameters(layout, theta.dtype)
    parameters.theta[:] = theta
    return parameters


def _aligned_zeros(size: int, dtype: np.dtype[Any]) -> Floats:
    """Zeros whose first byte lies at a multiple of a cache line; NumPy promises only 16."""
    raw = np.zeros(size * dtype.itemsize + CACHE_LINE, dtype=np.uint8)
    start = -raw.ctypes.data % CACHE_LINE
    return raw[start : start + size * dtype.itemsize].view(dtype)
