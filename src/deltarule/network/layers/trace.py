"""What a layer's forward pass leaves for its backward pass."""

from typing import NamedTuple

from deltarule.network.arrays import Floats


class Trace(NamedTuple):
    """One layer at work on a batch.

    Attributes
    ----------
    a : array (n_k, b)
        The pre-activation.
    f : array (n_k, b)
        f(a), before a parametric layer's mix and before dropout.
    h : array (n_k, b)
        The layer's output.
    mask : array (n_k, b) or None
        Zero where a unit was dropped, 1 / (1 - rate) elsewhere.
    """

    a: Floats
    f: Floats
    h: Floats
    mask: Floats | None
