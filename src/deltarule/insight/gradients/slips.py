"""Algorithm 2 with a slip in it: what gradients come out when a known mistake is made.

A gradient that is wrong in the very way that a slip makes it wrong has been computed with that
slip: numbers that agree to six digits on two networks do not do so by chance.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from deltarule.network import ACTIVATIONS, Inputs
from deltarule.network.arrays import Floats

Gradients = tuple[dict[int, Floats], dict[int, Floats]]
"""Of the weights and of the biases, by layer from 1."""


@dataclass(frozen=True)
class Slip:
    """A mistake that is easily made.

    Attributes
    ----------
    name : str
    lines : str
        Where in the document.
    advice : str
        How to mend it.
    """

    name: str
    lines: str
    advice: str


A1, A2 = "Algorithm 1, line", "Algorithm 2, line"
SLIPS = {
    slip.name: slip
    for slip in (
        Slip(
            "one example instead of the sum over the batch",
            f"{A2}s 3-4 and 9-10, Eq. 8",
            "The gradients are those of the first example alone. J is a sum over the batch "
            "(Eq. 3i), and so is its gradient: g O and g hᵀ, with all columns of g.",
        ),
        Slip(
            "only the last example counts",
            f"{A2}s 3-4 and 9-10, Eq. 8",
            "The gradients are those of the last example: a loop over the batch overwrites instead "
            "of adding. Add them up, or use g O and g hᵀ.",
        ),
        Slip(
            "mean instead of sum",
            f"{A1} 13, Eq. 3i",
            "Everything is divided by the number of examples. The document's J is a sum; where you "
            "want the mean, divide J too, and compare it with a J that is divided.",
        ),
        Slip(
            "transposed product in the gradient of W",
            f"{A2}s 4 and 10, Eq. 8",
            "The gradient of W is the transpose of what it should be, h gᵀ. It is g hᵀ: as many "
            "rows as the layer has units.",
        ),
        Slip(
            "W instead of its transpose on the way back",
            f"{A2}s 5 and 11, Eq. 11",
            "g went back through W. It goes back through Wᵀ: input m of the layer feels every unit "
            "i through W_im, a column of W.",
        ),
        Slip(
            "f'(h) instead of f'(a)",
            f"{A2} 7, Eq. 12",
            "The derivative was taken at h = f(a), so f was applied twice. It is taken at a.",
        ),
        Slip(
            "the derivative's formula in h was given a",
            f"{A2} 7, Eq. 16",
            "A formula such as 1 - h² reads the output of f. It was given a: write 1 - tanh(a)², "
            "or 1 - h².",
        ),
        Slip(
            "f' is forgotten",
            f"{A2} 7, Eq. 12",
            "g went from h to a without being multiplied by f'(a).",
        ),
        Slip(
            "f' in the last layer",
            f"{A1} 11 and {A2} 1, Eq. 3g",
            "The scores were treated as f(a) of the last layer. They are a itself: begin with "
            "line 2.",
        ),
        Slip(
            "softmax over the wrong axis",
            f"{A1} 12 and {A2} 1, Eq. 14",
            "The exponentials were divided by sums over the examples. They are divided by the sum "
            "over the classes, column by column: axis 0 of an (l, b) array.",
        ),
        Slip(
            "the 1 of the right class is not subtracted",
            f"{A2} 1, Eq. 14",
            "g is the softmax alone. In row Y_k of column k it is less by 1.",
        ),
        Slip(
            "wrong sign",
            f"{A2} 1, Eq. 14",
            "Every gradient has the opposite sign: g is softmax minus one-hot, and not the other "
            "way round. Descent subtracts it.",
        ),
        Slip(
            "bias forgotten on the way up",
            f"{A1}s 8 and 10",
            "The gradients are those of a network without biases: a = W h, to which b is to be "
            "added.",
        ),
        Slip(
            "bias forgotten on the way back",
            f"{A2}s 3 and 9",
            "The gradients of b are zeros. They are g O, the sum of g over the batch.",
        ),
        Slip(
            "h of the layer itself in the gradient of W",
            f"{A2}s 4 and 10, Eq. 8",
            "Off by one: the gradient of W of layer k is g times h of layer k - 1, its input, and "
            "not of layer k. (Eq. 6 to 8 print h⁽³⁾ where h⁽²⁾ is meant.)",
        ),
        Slip(
            "W of the layer below on the way back",
            f"{A2}s 5 and 11, Eq. 11",
            "Off by one: g of layer k goes back through W of layer k, and not of layer k - 1.",
        ),
        Slip(
            "f' at a of the layer below",
            f"{A2} 7, Eq. 12",
            "Off by one: in layer k the derivative is taken at a of layer k.",
        ),
    )
}


def with_slips(inputs: Inputs, slips: Collection[str] = ()) -> Gradients:
    """Return the gradients of J, computed with slips: names in :data:`SLIPS`.

    Parameters
    ----------
    inputs : Inputs
        A plain network, with softmax loss.
    slips : collection of str
        Without any the gradients are right.
    """
    network, parameters, X, y = inputs.network, inputs.parameters, inputs.X, inputs.y
    depth, b = network.depth, X.shape[1]
    W, bias = parameters.W, parameters.b
    a: dict[int, Floats] = {0: X}
    h: dict[int, Floats] = {0: X}
    for k, layer in network:  # Algorithm 1
        a[k] = W[k] @ h[k - 1] + (0 if "bias forgotten on the way up" in slips else bias[k])
        h[k] = ACTIVATIONS[layer.activation].value(a[k])
    g = _first_g(a[depth], y, slips)
    columns = slice(None)
    if "one example instead of the sum over the batch" in slips:
        columns = slice(0, 1)
    elif "only the last example counts" in slips:
        columns = slice(b - 1, b)
    dW: dict[int, Floats] = {}
    db: dict[int, Floats] = {}
    for k, layer in reversed(list(network)):  # Algorithm 2
        if k < depth:
            g = _through_f(g, layer.activation, a, h, k, slips)
        elif "f' in the last layer" in slips:
            g = _through_f(g, network.layers[max(depth - 2, 0)].activation, a, h, k, slips)
        db[k] = g[:, columns].sum(axis=1, keepdims=True)
        below = h[k] if "h of the layer itself in the gradient of W" in slips else h[k - 1]
        dW[k] = g[:, columns] @ below[:, columns].T
        if "transposed product in the gradient of W" in slips:
            dW[k] = dW[k].T
        if "bias forgotten on the way back" in slips:
            db[k] = np.zeros_like(db[k])
        via = W[max(k - 1, 1)] if "W of the layer below on the way back" in slips else W[k]
        g = via @ g if "W instead of its transpose on the way back" in slips else via.T @ g
    if "mean instead of sum" in slips:
        return {k: d / b for k, d in dW.items()}, {k: d / b for k, d in db.items()}
    return dW, db


def _first_g(scores: Floats, y: Floats, slips: Collection[str]) -> Floats:
    """Algorithm 2, line 1."""
    axis = 1 if "softmax over the wrong axis" in slips else 0
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    g = e / e.sum(axis=axis, keepdims=True)
    if "the 1 of the right class is not subtracted" not in slips:
        g[y, np.arange(len(y))] -= 1
    return -g if "wrong sign" in slips else g


def _through_f(
    g: Floats,
    name: str,
    a: dict[int, Floats],
    h: dict[int, Floats],
    k: int,
    slips: Collection[str],
) -> Floats:
    """Algorithm 2, line 7."""
    f = ACTIVATIONS[name]
    if "f' is forgotten" in slips:
        return g
    if "f'(h) instead of f'(a)" in slips:
        return g * f.slope(h[k], f.value(h[k]))
    if "the derivative's formula in h was given a" in slips:
        return g * f.derivative(a[k] if f.reads == "h" else h[k])
    at = a[k - 1] if "f' at a of the layer below" in slips else a[k]
    return g * f.slope(at, f.value(at))
