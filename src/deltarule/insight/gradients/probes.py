"""Networks and batches to try a gradient on, and someone else's function behind one face."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import DataError
from deltarule.insight.gradients.slips import Gradients
from deltarule.network import LOSSES, Inputs, Network, Parameters
from deltarule.network.arrays import Floats

Function = Callable[..., Any]
"""``gradient(W, b, X, y)`` -> (gradients of W, gradients of b): see :func:`check_gradients`."""

UNITS, EXAMPLES = 4, 6
HUGE = 1000.0  # a score whose exponential overflows


def probe(sizes: Sequence[int], activation: str, seed: int, examples: int = EXAMPLES) -> Inputs:
    """Return a plain network in float64 with a batch, all drawn at random, biases too."""
    network = Network.dense(list(sizes), activation)
    rng = np.random.Generator(np.random.Philox(seed))
    parameters = Parameters(network.layout, np.float64)
    for entry in parameters.layout.entries:
        parameters.theta[entry.span] = rng.normal(0, 0.7, entry.span.stop - entry.span.start)
    X = rng.standard_normal((network.n_features, examples))
    y = rng.permutation(np.arange(examples) % network.n_outputs)
    return Inputs(network, parameters, LOSSES["softmax"], X, y)


def square(activation: str, depth: int, seed: int) -> Inputs:
    """Return a probe whose layers all have one size: there a wrong product has the right shape."""
    return probe([UNITS] * (depth + 1), activation, seed)


def uneven(activation: str, depth: int, seed: int) -> Inputs:
    """Return a probe whose layers are all of different sizes."""
    return probe([UNITS + 1 + k for k in range(depth + 1)], activation, seed)


def with_large_scores(inputs: Inputs, *, of_all: bool) -> Inputs:
    """Return a probe with scores that overflow an exponential: of all examples, or of one."""
    moved = copy.deepcopy(inputs)
    last = moved.network.depth
    if of_all:
        moved.parameters.b[last][:] += HUGE
        return moved
    h = moved.X
    for W in list(moved.parameters.W.values())[:-1]:
        W[:] = np.eye(*W.shape)
    for b in moved.parameters.b.values():
        b[:] = 0
    h[:, 1:] *= 1e-3  # the other examples have scores of moderate size ...
    moved.parameters.W[last][:] *= 100 * HUGE  # ... and the first one is far above them
    return moved


@dataclass(frozen=True)
class Told:
    """What someone's function gave.

    Attributes
    ----------
    gradients : Gradients
        By layer; arrays as they came.
    shapes_fit : bool
    changed : list of str
        Which of the arrays that it was given it has changed: "W", "b", "X", "y".
    """

    gradients: Gradients
    shapes_fit: bool
    changed: list[str]


def ask(function: Function, inputs: Inputs) -> Told:
    """Call someone's function with copies of what a probe has.

    Raises
    ------
    DataError
        If it does not return two series of arrays, one for each layer.
    """
    W, b = ({k: array.copy() for k, array in arrays.items()} for arrays in _arrays(inputs))
    X, y = inputs.X.copy(), inputs.y.copy()
    returned = function(dict(W), dict(b), X, y)
    changed = _changed(inputs, W, b, X, y)
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise DataError(
            "The function must return two things, the gradients of W and those of b; it returned "
            f"{type(returned).__name__}."
        )
    dW, db = returned
    depth = inputs.network.depth
    each = by_layer(dW, "W", depth), by_layer(db, "b", depth)
    fit = all(
        fits(given[k], right[k])
        for given, right in zip(each, _arrays(inputs), strict=True)
        for k in right
    )
    if fit:
        right_W, right_b = _arrays(inputs)
        each = _shaped_like(right_W, each[0]), _shaped_like(right_b, each[1])
    return Told(each, fit, changed)


def _changed(
    inputs: Inputs,
    W: Mapping[int, Floats],
    b: Mapping[int, Floats],
    X: Floats,
    y: NDArray[Any],
) -> list[str]:
    """Return the names of what is no longer as it was."""
    now = {"W": W, "b": b, "X": {0: X}, "y": {0: y}}
    before = (*_arrays(inputs), {0: inputs.X}, {0: inputs.y})
    return [
        name
        for (name, arrays), old in zip(now.items(), before, strict=True)
        if not all(np.array_equal(arrays[k], old[k]) for k in old)
    ]


def _shaped_like(right: Mapping[int, Floats], given: Mapping[int, Floats]) -> dict[int, Floats]:
    return {k: given[k].reshape(array.shape) for k, array in right.items()}


def fits(given: Floats, right: Floats) -> bool:
    """Return whether an array has the shape that it should; of biases (n,) will do for (n, 1)."""
    is_bias = right.ndim == 2 and right.shape[1] == 1
    return given.shape == right.shape or (is_bias and given.shape == right.shape[:1])


def _arrays(inputs: Inputs) -> tuple[Mapping[int, Floats], Mapping[int, Floats]]:
    return inputs.parameters.W, inputs.parameters.b


def by_layer(given: Any, name: str, depth: int) -> dict[int, Floats]:
    """Return arrays by layer from 1, of a mapping or a sequence.

    Raises
    ------
    DataError
    """
    if isinstance(given, Mapping):
        if set(given) != set(range(1, depth + 1)):
            raise DataError(
                f"The gradients of {name} must be those of the layers 1 to {depth}; the function "
                f"returned those of {', '.join(map(repr, given))}."
            )
        return {k: np.asarray(given[k], np.float64) for k in range(1, depth + 1)}
    try:
        arrays = [np.asarray(array, np.float64) for array in given]
    except (TypeError, ValueError):
        raise DataError(
            f"The gradients of {name} must be arrays of numbers, one for each layer; the function "
            f"returned {type(given).__name__}."
        ) from None
    if len(arrays) != depth:
        raise DataError(
            f"The gradients of {name} must be {depth} arrays, one for each layer from the first; "
            f"the function returned {len(arrays)}."
        )
    return dict(enumerate(arrays, start=1))
