"""Algorithm 1 up and Algorithm 2 down a network, with a note of every line.

The numbers are those of :mod:`deltarule.network`: each layer's own ``forward`` and ``backward``
makes them, and nothing is derived a second time.
"""

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from deltarule.insight.tracing.formulas import BACKWARD, FORWARD, Formula, of_layer
from deltarule.insight.tracing.lines import Line, Question, Value
from deltarule.insight.tracing.questions import ask
from deltarule.network import (
    ACTIVATIONS,
    Dense,
    Embedding,
    Forward,
    Inputs,
    Layer,
    Loss,
    Network,
    Parameters,
    Periodic,
    Scale,
    forward,
)
from deltarule.network.arrays import Floats

GREEK = {"alpha": "α"}
OWN = {Periodic: ("d", "V", "c", "w"), Embedding: ("E",), Scale: ("s",)}
"""The arrays of layers that the document does not have, in the order of their gradients."""


def walk(inputs: Inputs) -> Iterator[Line]:
    """Yield every line of both algorithms, for one batch."""
    network, parameters, loss = inputs.network, inputs.parameters, inputs.loss
    X, y = inputs.X, inputs.y
    done = forward(network, parameters, X)
    yield from _inputs(network, parameters, X, y)
    yield from _forward(network, parameters, done)
    losses, g = loss.value_and_gradient(done.scores, y)
    yield from _loss(loss, done.scores, y, losses)
    yield from _backward(network, parameters, done, loss, y, g)


def _inputs(network: Network, parameters: Parameters, X: Floats, y: NDArray[Any]) -> Iterator[Line]:
    """Algorithm 1, lines 1-5."""
    depth = Value("l", np.array(network.depth))
    yield Line(1, 1, None, FORWARD["depth"], result=depth)
    for number, name in ((2, "W"), (3, "b")):
        for k, layer in network:
            if isinstance(layer, Dense):
                array = Value(of_layer(name, k), parameters[k][name])
                yield Line(1, number, k, FORWARD[name].of_layer(k), result=array)
        if number == 3:
            yield from _own_arrays(network, parameters)
    f, b = X.shape
    yield Line(
        1,
        4,
        None,
        FORWARD["X"],
        result=Value("X", X),
        note=f"{f} features, {b} examples: a column each.",
    )
    yield Line(1, 5, None, FORWARD["Y"], result=Value("Y", y))


def _own_arrays(network: Network, parameters: Parameters) -> Iterator[Line]:
    """Arrays that the document's layers do not have."""
    for k, layer in network:
        for name, array in parameters[k].items():
            if isinstance(layer, Dense) and name in ("W", "b"):
                continue
            symbol = of_layer(GREEK.get(name, name), k)
            formula = Formula(f"{symbol}, of a layer that is not in the document", _latex(name, k))
            yield Line(1, None, k, formula, result=Value(symbol, array))


def _latex(name: str, k: int) -> str:
    letter = r"\boldsymbol{\alpha}" if name == "alpha" else rf"\mathbf{{{name}}}"
    return f"{letter}^{{({k})}}"


def _forward(network: Network, parameters: Parameters, done: Forward) -> Iterator[Line]:
    """Algorithm 1, lines 6-11."""
    h = Value(of_layer("h", 0), done.h[0])
    yield Line(1, 6, None, FORWARD["h(0)"], (Value("X", done.h[0]),), h)
    if network.depth > 1:
        yield Line(1, 7, None, FORWARD["for"])
    first = next(k for k, layer in network if isinstance(layer, Dense))
    for k, layer in network:
        is_last = k == network.depth
        if not isinstance(layer, Dense):
            own = tuple(Value(of_layer(n, k), a) for n, a in parameters[k].items())
            out = Value(of_layer("h", k), done.h[k])
            yield Line(1, None, k, FORWARD[layer.kind].of_layer(k), (*own, h), out)
            h = out
            continue
        W, b = (Value(of_layer(name, k), parameters[k][name]) for name in ("W", "b"))
        a = Value(of_layer("a", k), done.traces[k].a)
        formula = FORWARD["a"].of_layer(k).as_in("3f" if is_last else "3b" if k == first else "3d")
        note = "Eq. 3 has no biases; Algorithm 1 adds them." if k == first else ""
        yield Line(1, 10 if is_last else 8, k, formula, (W, h, b), a, note)
        if is_last:
            yield Line(1, 11, k, FORWARD["scores"].of_layer(k), (a,), Value("Ŷ", done.scores))
        else:
            h = Value(of_layer("h", k), done.h[k])
            yield _activated(k, layer, parameters, a, h, "3c" if k == first else "3e")


def _activated(
    k: int, layer: Dense, parameters: Parameters, a: Value, h: Value, equation: str
) -> Line:
    """Algorithm 1, line 9."""
    note = f"f is {layer.activation}: f(a) = {ACTIVATIONS[layer.activation].equation}."
    if layer.activation == "tanh":
        note = "f is tanh, (exp(a) - exp(-a)) / (exp(a) + exp(-a)) (Eq. 15)."
    if not layer.is_parametric:
        formula = FORWARD["h"].of_layer(k).as_in(equation)
        return Line(1, 9, k, formula, (a,), h, note)
    alpha = Value(of_layer("α", k), parameters[k]["alpha"])
    return Line(1, 9, k, FORWARD["h, mixed"].of_layer(k), (a, alpha), h, note)


def _loss(loss: Loss, scores: Floats, y: NDArray[Any], losses: Floats) -> Iterator[Line]:
    """Algorithm 1, lines 12-13."""
    Y_hat, Y, each = Value("Ŷ", scores), Value("Y", y), Value("J_k", losses)
    yield Line(1, 12, None, FORWARD[f"losses, {loss.name}"], (Y_hat, Y), each)
    J = Value("J", np.array(losses.sum(dtype=np.float64)))
    note = (
        f"The sum over the batch. Training divides by the {len(losses)} examples: "
        f"the mean is {float(J.array) / len(losses):.6g}."
    )
    yield Line(1, 13, None, FORWARD["J"], (each,), J, note)


def _backward(
    network: Network,
    parameters: Parameters,
    done: Forward,
    loss: Loss,
    y: NDArray[Any],
    g: Floats,
) -> Iterator[Line]:
    """Algorithm 2."""
    operands = Value("Ŷ", done.scores), Value("Y", y)
    yield Line(2, 1, None, BACKWARD[f"g, {loss.name}"], operands, Value("g", g))
    gradients = Parameters(parameters.layout, parameters.dtype)
    last = network.depth
    unit, example = np.unravel_index(int(np.abs(g).argmax()), g.shape)  # where most is to be learnt
    questions = ask(
        last,
        cast(Dense, network.layers[-1]),  # a network ends with one, always
        parameters[last],
        done.h[last - 1],
        done.traces[last],
        int(unit),
        int(example),
    )
    for k, layer in reversed(list(network)):
        if k == network.depth - 1:
            yield Line(2, 6, None, BACKWARD["for"])
        out = layer.backward(parameters[k], done.h[k - 1], done.traces[k], g, gradients[k])
        if isinstance(layer, Dense):
            asked = questions if k == last else (None, None)
            yield from _back_through(k, layer, parameters, done, gradients, g, out, asked)
        else:
            yield from _back_through_other(k, layer, parameters, done, gradients, g, out)
        g = out


def _back_through(
    k: int,
    layer: Dense,
    parameters: Parameters,
    done: Forward,
    gradients: Parameters,
    g: Floats,
    out: Floats,
    asked: tuple[Question | None, Question | None],
) -> Iterator[Line]:
    """Algorithm 2, lines 2-5 of the last layer, 7-11 of any other."""
    is_last = k == len(done.traces)
    before, trace = Value("g", g), done.traces[k]
    h_prev = Value(of_layer("h", k - 1), done.h[k - 1])
    W = Value(of_layer("W", k), parameters[k]["W"])
    if not is_last:
        after = Value("g", g * layer.slope(parameters[k], trace))
        yield from _through_f(k, layer, parameters, done, gradients, before, after)
        before = after
    O = Value("O", np.ones((g.shape[1], 1), g.dtype))
    yield Line(2, 2 if is_last else 8, k, BACKWARD["O"], (), O, "As many as g has columns.")
    b = Value(f"∇{of_layer('b', k)} J", gradients[k]["b"])
    yield Line(2, 3 if is_last else 9, k, BACKWARD["b"].of_layer(k), (before, O), b)
    dW = Value(f"∇{of_layer('W', k)} J", gradients[k]["W"])
    number = 4 if is_last else 10
    yield Line(2, number, k, BACKWARD["W"].of_layer(k), (before, h_prev), dW, question=asked[0])
    note = "" if k > 1 else "No update needs it: it tells which inputs these losses hang on."
    after = Value("g", out)
    number = 5 if is_last else 11
    yield Line(2, number, k, BACKWARD["back"].of_layer(k), (W, before), after, note, asked[1])


def _through_f(
    k: int,
    layer: Dense,
    parameters: Parameters,
    done: Forward,
    gradients: Parameters,
    g: Value,
    after: Value,
) -> Iterator[Line]:
    """Algorithm 2, line 7."""
    a = Value(of_layer("a", k), done.traces[k].a)
    note = f"f is {layer.activation}." if layer.activation != "tanh" else "f' = 1 - tanh² (Eq. 16)."
    if not layer.is_parametric:
        yield Line(2, 7, k, BACKWARD["through f"].of_layer(k), (g, a), after, note)
        return
    alpha = Value(of_layer("α", k), parameters[k]["alpha"])
    d_alpha = Value(f"∇{alpha.name} J", gradients[k]["alpha"])
    yield Line(2, None, k, BACKWARD["alpha"].of_layer(k), (g, a), d_alpha)
    yield Line(2, 7, k, BACKWARD["through f, mixed"].of_layer(k), (g, a, alpha), after, note)


def _back_through_other(
    k: int,
    layer: Layer,
    parameters: Parameters,
    done: Forward,
    gradients: Parameters,
    g: Floats,
    out: Floats,
) -> Iterator[Line]:
    """Yield the lines of a layer that the document does not have."""
    before, h_prev = Value("g", g), Value(of_layer("h", k - 1), done.h[k - 1])
    for name in OWN[type(layer)]:
        gradient = Value(f"∇{of_layer(name, k)} J", gradients[k][name])
        yield Line(2, None, k, BACKWARD[name].of_layer(k), (before, h_prev), gradient)
    own = tuple(Value(of_layer(name, k), array) for name, array in parameters[k].items())
    yield Line(2, None, k, BACKWARD[layer.kind].of_layer(k), (before, *own), Value("g", out))
