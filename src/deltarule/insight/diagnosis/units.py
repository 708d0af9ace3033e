"""A network at work on some rows: units that are stuck, gradients that fade or grow, weights."""

from collections.abc import Iterator, Mapping

import numpy as np

from deltarule.insight.diagnosis.symptom import Symptom
from deltarule.network import (
    Dense,
    Forward,
    Inputs,
    Objective,
    Parameters,
    flatness,
    forward,
    typical_sizes,
)

FLAT_SHARE = 0.8  # of all slopes of a layer: of relu's, half are flat as they should be
DEAD_SHARE = 0.2  # of a layer's units
FADED, GROWN = 1e-3, 1e3  # the first layer's gradient by the last one's
LARGE, LARGEST = 10.0, 30.0  # norm of a unit's weights: of the typical one, and of any
MOST_NAMED = 8
FEWEST_ROWS = 30  # on a few, healthy units of relu are off as well


def of_units(inputs: Inputs) -> Iterator[Symptom]:
    """Yield what is wrong in the layers, on this batch."""
    done = forward(inputs.network, inputs.parameters, inputs.X)
    yield from _stuck(inputs, done)
    gradient = Parameters(inputs.parameters.layout, inputs.parameters.dtype)
    objective = Objective(inputs.network, inputs.loss)
    objective.examples_loss(inputs.parameters, inputs.X, inputs.y, gradient)
    yield from _uneven_gradients(_arriving(inputs, done, gradient))
    yield from _large_weights(inputs)


def _stuck(inputs: Inputs, done: Forward) -> Iterator[Symptom]:
    """Units whose slope is flat: on every row (dead), or on most (saturated)."""
    for k, layer in inputs.network:
        if not isinstance(layer, Dense) or layer.activation == "identity":
            continue
        flat = flatness(layer, inputs.parameters[k], done.traces[k])
        dead = np.flatnonzero(flat == 1)
        if len(dead) > DEAD_SHARE * layer.n_out and inputs.X.shape[1] >= FEWEST_ROWS:
            named = ", ".join(str(unit + 1) for unit in dead[:MOST_NAMED])
            more = f" and {len(dead) - MOST_NAMED} more" if len(dead) > MOST_NAMED else ""
            yield Symptom(
                "dead units",
                f"layer {k}",
                f"{len(dead)} of {layer.n_out} units pass no gradient on for any of the "
                f"{inputs.X.shape[1]} rows: {named}{more}.",
                "They learn nothing from these. Lower the learning rate, start with smaller "
                "weights, or take leaky_relu, which is flat nowhere.",
            )
        elif flat.mean() > FLAT_SHARE:
            yield Symptom(
                "saturated units",
                f"layer {k}",
                f"{flat.mean():.0%} of all slopes of {layer.activation} are below 0.01.",
                "Little gradient passes. Scale the inputs to about -1 to 1, lower the learning "
                "rate, or add weight decay.",
            )


def _arriving(inputs: Inputs, done: Forward, gradient: Parameters) -> dict[int, float]:
    """Return how much gradient arrives at each Dense layer.

    That of W is g h^T (Eq. 8): large inputs alone make it large, and it is taken by their size.
    """
    sizes = typical_sizes(gradient)
    read = {k: float(np.sqrt(np.square(done.h[k - 1], dtype=np.float64).mean())) for k in sizes}
    return {
        k: sizes[k] / (read[k] or 1.0) for k, layer in inputs.network if isinstance(layer, Dense)
    }


def _uneven_gradients(sizes: Mapping[int, float]) -> Iterator[Symptom]:
    """Yield where the first layer's gradient is much smaller or larger than the last one's."""
    first, last = min(sizes), max(sizes)
    if first == last or not sizes[last]:
        return
    ratio = sizes[first] / sizes[last]
    told = (
        f"By the size of what is read, a weight of layer {first} has on average {ratio:.2g} times "
        f"the gradient of one of layer {last}: "
        f"{', '.join(f'{size:.2g}' for size in sizes.values())} by layer."
    )
    if ratio < FADED:
        yield Symptom(
            "vanishing gradients",
            f"layers {last} to {first}",
            told,
            "The first layers hardly learn. Take fewer layers, or relu or silu for tanh; start "
            "with larger weights.",
        )
    elif ratio > GROWN:
        yield Symptom(
            "exploding gradients",
            f"layers {last} to {first}",
            told,
            "Steps are made for the first layers alone. Start with smaller weights, or set "
            "clip_norm.",
        )


def _large_weights(inputs: Inputs) -> Iterator[Symptom]:
    for k, layer in inputs.network:
        if not isinstance(layer, Dense):
            continue
        norms = np.linalg.norm(inputs.parameters.W[k], axis=1)
        typical, largest = float(np.sqrt(np.square(norms).mean())), float(norms.max())
        if typical > LARGE or largest > LARGEST:
            yield Symptom(
                "large weights",
                f"layer {k}",
                f"A unit's weights have the norm {typical:.3g} on average (root of the mean "
                f"square), and {largest:.3g} those of unit {int(norms.argmax()) + 1}.",
                "Small changes of a row change the scores much. Add weight_decay or alpha, or stop "
                "earlier.",
            )
