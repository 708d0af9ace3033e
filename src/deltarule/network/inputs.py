"""What Algorithm 1 takes."""

from dataclasses import dataclass

from deltarule.network.architecture import Network
from deltarule.network.arrays import Floats, Targets
from deltarule.network.losses import Loss
from deltarule.network.parameters import Parameters


@dataclass(frozen=True)
class Inputs:
    """Lines 1-5 of Algorithm 1, and the loss that line 12 computes.

    Attributes
    ----------
    network : Network
        The depth, and what each layer is.
    parameters : Parameters
        W(k) and b(k).
    loss : Loss
    X : array (f, b)
    y : array (b,) or (l, b)
        As the loss wants it.
    """

    network: Network
    parameters: Parameters
    loss: Loss
    X: Floats
    y: Targets
