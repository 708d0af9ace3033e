"""Whether a gradient is right: directional derivatives, array by array."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from deltarule.network.parameters import Parameters

SMALLEST = 1e-8  # norm of a gradient that errors are relative to


@dataclass(frozen=True)
class DirectionalCheck:
    """One array's gradient against finite differences.

    Attributes
    ----------
    layer, name : int, str
        Which array: W or b of layer k, say.
    numeric : float
        (J(theta + e d) - J(theta - e d)) / 2e, for a random direction d of length 1.
    analytic : float
        d . grad J.
    norm : float
        ``|grad J|`` of the array: a direction across the gradient makes both numbers small, and
        their difference is rounding.
    """

    layer: int
    name: str
    numeric: float
    analytic: float
    norm: float

    @property
    def relative_error(self) -> float:
        """``|numeric - analytic|``, relative to the gradient's norm or 1e-8, if that is larger."""
        return abs(self.numeric - self.analytic) / max(self.norm, SMALLEST)


def check_gradient(
    loss: Callable[[Parameters], float],
    parameters: Parameters,
    gradient: Parameters,
    rng: np.random.Generator,
    step: float = 1e-5,
) -> list[DirectionalCheck]:
    """Check a gradient by one random direction through each array.

    Two evaluations of the loss an array, however many numbers are in it: a wrong gradient has
    the right length along a random direction with probability zero.

    Parameters
    ----------
    loss : callable
        J as a function of the parameters; it must be the same function each time (fixed
        dropout masks).
    parameters : Parameters of float64
        Where to check. Moved during the call and put back.
    gradient : Parameters
        The gradient to check.
    rng : numpy.random.Generator
        Draws the directions.
    step : float
        e: about the cube root of float64's precision balances rounding and curvature.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.network import LOSSES, Network, Objective, Parameters, initialise
    >>> objective = Objective(Network.dense([2, 3, 2], "tanh"), LOSSES["softmax"])
    >>> parameters = initialise(objective.network, seed=0)
    >>> gradient, scratch = Parameters(parameters.layout), Parameters(parameters.layout)
    >>> X, y = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([0, 1])
    >>> _ = objective.loss_and_gradient(parameters, X, y, gradient)
    >>> checks = check_gradient(
    ...     lambda p: objective.loss_and_gradient(p, X, y, scratch),
    ...     parameters, gradient, np.random.default_rng(0),
    ... )
    >>> max(check.relative_error for check in checks) < 1e-6
    True
    """
    checks = []
    for entry in parameters.layout.entries:
        here = parameters.theta[entry.span].copy()
        direction = rng.standard_normal(here.shape)
        direction /= np.linalg.norm(direction)
        values = []
        for sign in (+1, -1):
            parameters.theta[entry.span] = here + sign * step * direction
            values.append(loss(parameters))
        parameters.theta[entry.span] = here
        numeric = (values[0] - values[1]) / (2 * step)
        own = gradient.theta[entry.span]
        analytic, norm = float(direction @ own), float(np.linalg.norm(own))
        checks.append(DirectionalCheck(entry.layer, entry.name, numeric, analytic, norm))
    return checks
