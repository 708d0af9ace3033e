"""Algorithm 1, the forward pass, and Algorithm 2, the backward pass.

The inner lines, which are the same for every layer of one kind, stand in
:mod:`deltarule.network.layers`; lines 12-13 (the loss) in :mod:`deltarule.network.losses` and
:mod:`deltarule.network.objective`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from deltarule.network.architecture import Network
from deltarule.network.arrays import Floats
from deltarule.network.layers import Trace
from deltarule.network.parameters import Parameters

Masks = Mapping[int, Floats]
"""Dropout masks by layer; see :func:`deltarule.network.dropout.masks`."""


@dataclass(frozen=True)
class Forward:
    """What Algorithm 1 leaves behind.

    Attributes
    ----------
    h : dict from 0..depth to array (n_k, b)
        ``h[0]`` is X; ``h[depth]`` are the scores.
    traces : dict from 1..depth to Trace
        What each layer needs on the way back.
    """

    h: dict[int, Floats]
    traces: dict[int, Trace]

    @property
    def scores(self) -> Floats:
        """Y-hat, (l, b): line 11 of Algorithm 1 (Eq. 3g)."""
        return self.h[len(self.traces)]


def forward(
    network: Network, parameters: Parameters, X: Floats, masks: Masks | None = None
) -> Forward:
    """Algorithm 1, lines 6-11: from a batch to the scores of its classes.

    ::

        h(0)  = X                          line 6          (Eq. 3a)
        for k = 1, ..., l - 1:             line 7
            a(k) = W(k) h(k-1) + b(k)      line 8
            h(k) = f(a(k))                 line 9
        a(l)  = W(l) h(l-1) + b(l)         line 10
        Y-hat = a(l)                       line 11         (Eq. 3g)

    Parameters
    ----------
    network : Network
    parameters : Parameters
        Of ``network.layout``.
    X : array (f, b)
        One example a column, in the parameters' dtype.
    masks : mapping from k to array (n_k, b), optional
        Dropout masks of this step; none for predicting.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.network import Network, Parameters
    >>> network = Network.dense([2, 3, 4], "tanh")
    >>> forward(network, Parameters(network.layout), np.ones((2, 5))).scores.shape
    (4, 5)
    """
    h, traces = {0: X}, {}  # line 6
    for k, layer in network:  # lines 7 and 10: the last layer's f is the identity
        traces[k] = layer.forward(parameters[k], h[k - 1], masks.get(k) if masks else None)
        h[k] = traces[k].h
    return Forward(h, traces)  # line 11: .scores


def backward(
    network: Network, parameters: Parameters, done: Forward, g: Floats, gradients: Parameters
) -> Floats:
    """Algorithm 2: fill ``gradients`` with the gradient of the summed loss J.

    ::

        g <- gradient of J w.r.t. Y-hat          line 1          (Eq. 14)
        lines 2-5:  the last layer
        for k = l - 1, ..., 1:                   line 6
            lines 7-11:  layer k

    Lines 2-5 are lines 8-11 with k = l; line 7 falls away where f is the identity.

    Parameters
    ----------
    network : Network
    parameters : Parameters
        As in the forward pass.
    done : Forward
        What :func:`forward` returned.
    g : array (l, b)
        The gradient of J with respect to the scores, from the loss.
    gradients : Parameters
        Same layout as ``parameters``. Overwritten, never accumulated into.

    Returns
    -------
    g : array (f, b)
        The gradient of J with respect to h(0) = X: the last pass of line 11. No update needs
        it; it explains a prediction by its inputs.
    """
    for k, layer in reversed(list(network)):  # line 6
        g = layer.backward(parameters[k], done.h[k - 1], done.traces[k], g, gradients[k])
    return g
