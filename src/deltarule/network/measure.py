"""Measurements of a network at work: norms, saturated and dead units, sizes of steps."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deltarule.network.algorithms import Forward
from deltarule.network.architecture import Network
from deltarule.network.arrays import Floats
from deltarule.network.layers import Dense, Layer, Trace
from deltarule.network.parameters import Parameters

FLAT = 0.01  # a slope below this passes less than a hundredth of the gradient on


@dataclass(frozen=True)
class Measurement:
    """One layer, on one batch.

    Attributes
    ----------
    layer : int
        k.
    weight_norm : float
        ``|W(k)|`` (Frobenius); of layers of another kind, of the first of their arrays.
    gradient_norm : float
        Of the gradient of all arrays of the layer.
    update_ratio : float
        ``|change of W(k)| / |W(k)|``; around 1e-3 is healthy, above 1e-1 is a rate too high.
    saturated : float in [0, 1]
        The share of all slopes dh/da, which are f'(a) without a mix, whose size is below 0.01.
    dead : float in [0, 1]
        The share of units for which that holds on every example of the batch.
    """

    layer: int
    weight_norm: float
    gradient_norm: float
    update_ratio: float
    saturated: float
    dead: float


def measure(
    network: Network,
    parameters: Parameters,
    done: Forward,
    gradient: Parameters,
    previous: Parameters,
) -> list[Measurement]:
    """Measure each layer after a step.

    Parameters
    ----------
    network : Network
    parameters, previous : Parameters
        After the step, and before it.
    done : Forward
        The step's forward pass.
    gradient : Parameters
        The step's gradient.
    """
    measurements = []
    for k, layer in network:
        W, before = parameters.weights[k], previous.weights[k]
        norm = float(np.linalg.norm(before))
        change = float(np.linalg.norm(W - before))
        flat = flatness(layer, parameters[k], done.traces[k])
        measurements.append(
            Measurement(
                layer=k,
                weight_norm=float(np.linalg.norm(W)),
                gradient_norm=float(np.sqrt(_layer_squares(gradient, k))),
                update_ratio=change / norm if norm else float("inf"),
                saturated=float(flat.mean()),
                dead=float((flat == 1).mean()),
            )
        )
    return measurements


def flatness(layer: Layer, arrays: Mapping[str, Floats], trace: Trace) -> NDArray[np.float64]:
    """Return on which share of the examples each unit's slope is flat: below 0.01, (n_k,).

    There next to no gradient passes. A unit where it is 1 learns nothing from this batch.
    """
    flat: NDArray[np.float64] = (np.abs(_slope(layer, arrays, trace)) < FLAT).mean(axis=1)
    return flat


def typical_sizes(parameters: Parameters) -> dict[int, float]:
    """Return the root of the mean square of each W(k), by layer.

    Of a gradient it tells how much of it arrives where, whatever the layers' sizes; of weights,
    what a layer does to the size of what goes through. Of layers of another kind, their first
    array's.
    """
    return {k: float(np.sqrt(_squares(W) / W.size)) for k, W in parameters.weights.items()}


def first_overflow(done: Forward) -> int | None:
    """Return the first layer k whose a(k) or h(k) is not finite on some example; None if none."""
    for k, trace in done.traces.items():
        if not (np.isfinite(trace.a).all() and np.isfinite(trace.h).all()):
            return k
    return None


def step_squares(
    before: Parameters, after: Parameters, gradient: Parameters
) -> NDArray[np.float64]:
    """Return what a step did to each layer, as sums of squares.

    Parameters
    ----------
    before, after : Parameters
        The weights before the step, and after it.
    gradient : Parameters
        What the update rule was given: the mean over the batch, penalty included.

    Returns
    -------
    array (depth, 3)
        Of each layer: the gradient of all its arrays, the change of W, and W before the step; in
        layers of another kind, the first of their arrays is what W is in a Dense.
        Their roots are the norms, and the second by the third the update-to-weight ratio.
    """
    rows = [
        (_layer_squares(gradient, k), _squares(after.weights[k] - W), _squares(W))
        for k, W in before.weights.items()
    ]
    return np.array(rows)


def _slope(layer: Layer, arrays: Mapping[str, Floats], trace: Trace) -> Floats:
    """Return dh/da; layers other than Dense pass on what comes, in the sense of this module."""
    return layer.slope(arrays, trace) if isinstance(layer, Dense) else np.ones_like(trace.a)


def _layer_squares(gradient: Parameters, k: int) -> float:
    return sum(_squares(array) for array in gradient[k].values())


def _squares(values: Floats) -> float:
    return float(np.square(values, dtype=np.float64).sum())
