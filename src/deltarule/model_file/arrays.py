"""Vectors in the layout of theta as the arrays of a file, and what arrays a file must have."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from deltarule.network import Layout, Parameters
from deltarule.network.arrays import Floats

Declarations = dict[str, tuple[str, tuple[int, ...]]]
"""The dtype and shape of each array, by name."""


def prefix_of(i: int) -> str:
    """Return what the names of the arrays of network i, from 0, begin with."""
    return f"{i + 1}/" if i else ""


def unpack_vector(layout: Layout, vector: Floats, prefix: str = "") -> dict[str, Floats]:
    """Return a vector (p,) as one array for each W, b and s: ``"k.W"`` and so on, in C order."""
    return {
        f"{prefix}{entry.layer}.{entry.name}": vector[entry.span].reshape(entry.shape)
        for entry in layout.entries
    }


def declare_vector(layout: Layout, dtype: str, prefix: str = "") -> Declarations:
    """Return what :func:`unpack_vector` makes of a vector."""
    return {f"{prefix}{entry.layer}.{entry.name}": (dtype, entry.shape) for entry in layout.entries}


def require_declared(needed: Declarations, declared: Declarations) -> None:
    """Refuse a file whose arrays are not exactly those that it needs.

    Raises
    ------
    ValueError
        Naming the first array that differs.
    """
    for name in needed | declared:
        if needed.get(name) != declared.get(name):
            raise ValueError(
                f"array {name!r} is {_describe(declared.get(name))}, where "
                f"{_owner(name)} has {_describe(needed.get(name))}"
            )


def _owner(name: str) -> str:
    layer = name.rpartition("/")[2].partition(".")[0]
    return f"layer {layer}" if layer.isdigit() else "a checkpoint"


def _describe(declaration: tuple[str, tuple[int, ...]] | None) -> str:
    if declaration is None:
        return "missing"
    return f"{declaration[0]} {'x'.join(map(str, declaration[1]))}"


def pack_vector(
    layout: Layout,
    dtype: str,
    arrays: Mapping[str, NDArray[np.floating]],
    prefix: str = "",
    *,
    finite: bool = True,
) -> Parameters:
    """Return the vector of a file's arrays, the gaps of its layout zero.

    Raises
    ------
    ValueError
        If any of them is not finite, where it has to be.
    """
    parameters = Parameters(layout, dtype)
    for entry in layout.entries:
        array = arrays[f"{prefix}{entry.layer}.{entry.name}"]
        if finite and not np.isfinite(array).all():
            raise ValueError(f"array {entry.name} of layer {entry.layer} has NaN or infinity in it")
        parameters[entry.layer][entry.name][:] = array
    return parameters
