"""Algorithm 1 as a graph: each kind of layer, each activation, with one example a row.

The document has one example a column; ONNX, like everybody who serves models, one a row. So
a(k) = W(k) h(k-1) + b(k) stands here as h(k-1) W(k)^T + b(k)^T.
"""

from collections.abc import Callable, Mapping

import numpy as np

from deltarule.export.graph import Graph
from deltarule.network import Dense, Embedding, Layer, Network, Parameters, Periodic, Scale
from deltarule.network.activations import (
    GELU_CUBIC,
    GELU_SCALE,
    LEAK,
    SELU_ALPHA,
    SELU_LAMBDA,
)
from deltarule.network.arrays import Floats
from deltarule.network.layers.periodic import TURN


def scores(graph: Graph, network: Network, parameters: Parameters, X: str) -> str:
    """Return the scores (n, l) of rows X (n, f): lines 6-11 of Algorithm 1."""
    h = X  # line 6: h(0) = X                                             (Eq. 3a)
    for k, layer in network:  # lines 7-11
        h = forward(graph, layer, parameters[k], h)
    return h


def forward(graph: Graph, layer: Layer, arrays: Mapping[str, Floats], h_prev: str) -> str:
    """Return what a layer makes of (n, n_in) values: (n, n_out)."""
    match layer:
        case Dense():
            return dense(graph, layer, arrays, h_prev)
        case Scale():
            return graph.add("Mul", h_prev, arrays["s"].T)
        case Periodic():
            return periodic(graph, layer, arrays, h_prev)
        case Embedding():
            return embedding(graph, layer, arrays, h_prev)


def dense(graph: Graph, layer: Dense, arrays: Mapping[str, Floats], h_prev: str) -> str:
    """Return h = f(W h_prev + b), or of a parametric layer a + alpha (f(a) - a)."""
    a = graph.add("Gemm", h_prev, arrays["W"], arrays["b"][:, 0], transB=1)  # line 8  (Eq. 3b)
    if layer.activation == "identity":
        return a
    f = ACTIVATIONS[layer.activation](Formula(graph, arrays["b"].dtype), a)  # line 9  (Eq. 3c)
    if not layer.is_parametric:
        return f
    bent = graph.add("Mul", graph.add("Sub", f, a), arrays["alpha"].T)
    return graph.add("Add", a, bent)


def periodic(graph: Graph, layer: Periodic, arrays: Mapping[str, Floats], h_prev: str) -> str:
    """Return h_prev, and beside it P_j = V_j cos(2 pi w_j x_j + c_j) + d_j."""
    w, c, V, d = (arrays[name] for name in "wcVd")
    x = graph.add("Transpose", graph.columns(h_prev, layer.columns), perm=[1, 0])  # (q, n)
    x = graph.add("Unsqueeze", x, np.array([2]))  # (q, n, 1)
    angles = graph.add("Add", graph.add("Mul", x, TURN * w[:, None]), c[:, None])  # (q, n, m)
    waves = graph.add("MatMul", graph.add("Cos", angles), V.transpose(0, 2, 1))
    P = graph.add("Transpose", graph.add("Add", waves, d[:, None]), perm=[1, 0, 2])  # (n, q, o)
    width = len(layer.columns) * layer.n_outputs
    return graph.beside([h_prev, graph.add("Reshape", P, np.array([-1, width]))])


def embedding(graph: Graph, layer: Embedding, arrays: Mapping[str, Floats], h_prev: str) -> str:
    """Return the inputs that are no places, and row i_j of each table E_j."""
    others = np.delete(np.arange(layer.n_in), list(layer.columns))
    begins = np.cumsum([0, *layer.sizes[:-1]])  # of each table, in E
    places = graph.cast(graph.columns(h_prev, layer.columns), np.int64)
    found = graph.add("Gather", arrays["E"], graph.add("Add", places, begins[None]), axis=0)
    width = len(layer.columns) * layer.width
    looked_up = graph.add("Reshape", found, np.array([-1, width]))
    return (
        graph.beside([graph.columns(h_prev, others.tolist()), looked_up])
        if len(others)
        else looked_up
    )


class Formula:
    """Operators that activations are made of, on values of one dtype.

    Made of these, and of no more of ONNX's own activations than Tanh and Relu, they are what the
    reader finds in :mod:`deltarule.network.activations`, and run in float64, too.
    """

    def __init__(self, graph: Graph, dtype: np.dtype[np.floating]) -> None:
        self._graph, self._dtype = graph, dtype

    def __call__(self, operator: str, *inputs: str | float) -> str:
        """Apply an operator to values and numbers."""
        return self._graph.add(
            operator, *(x if isinstance(x, str) else np.array(x, self._dtype) for x in inputs)
        )

    def below_zero(self, a: str, value: str) -> str:
        """Return a where it is positive, else another value."""
        return self("Where", self("Greater", a, 0.0), a, value)

    def logistic(self, a: str) -> str:
        """Return 1 / (1 + e^-a) without losing the digits of a small one, as ONNX's own does."""
        e = self("Exp", self("Neg", self("Abs", a)))
        numerator = self("Where", self("GreaterOrEqual", a, 0.0), 1.0, e)
        return self("Div", numerator, self("Add", e, 1.0))

    def exp_minus_1(self, a: str) -> str:
        """Return e^a - 1 of what is not positive, of anything a number."""
        return self("Sub", self("Exp", self("Min", a, 0.0)), 1.0)

    def softplus(self, a: str) -> str:
        """Return log(1 + e^a) without overflow."""
        small = self("Exp", self("Neg", self("Abs", a)))
        return self("Add", self("Max", a, 0.0), self("Log", self("Add", small, 1.0)))


def _leaky_relu(f: Formula, a: str) -> str:
    return f.below_zero(a, f("Mul", a, LEAK))


def _elu(f: Formula, a: str) -> str:
    return f.below_zero(a, f.exp_minus_1(a))


def _selu(f: Formula, a: str) -> str:
    return f("Mul", f.below_zero(a, f("Mul", f.exp_minus_1(a), SELU_ALPHA)), SELU_LAMBDA)


def _gelu(f: Formula, a: str) -> str:
    cubic = f("Mul", f("Mul", f("Mul", a, a), a), GELU_CUBIC)
    t = f("Tanh", f("Mul", f("Add", a, cubic), GELU_SCALE))
    return f("Mul", f("Mul", a, 0.5), f("Add", t, 1.0))


def _mish(f: Formula, a: str) -> str:
    return f("Mul", a, f("Tanh", f.softplus(a)))


ACTIVATIONS: dict[str, Callable[[Formula, str], str]] = {
    "tanh": lambda f, a: f("Tanh", a),  # Eq. 15
    "logistic": lambda f, a: f.logistic(a),
    "relu": lambda f, a: f("Relu", a),
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "selu": _selu,
    "gelu": _gelu,
    "silu": lambda f, a: f("Mul", a, f.logistic(a)),
    "mish": _mish,
    "softplus": lambda f, a: f.softplus(a),
}
