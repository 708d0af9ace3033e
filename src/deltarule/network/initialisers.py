"""Initial parameters, from NumPy's Generator over the counter-based stream."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from deltarule.network.architecture import Network
from deltarule.network.arrays import Floats
from deltarule.network.layers import Dense, Scale
from deltarule.network.parameters import Parameters
from deltarule.network.randomness import INITIAL_WEIGHTS, philox


class Place(NamedTuple):
    """Where in its network a layer stands.

    Attributes
    ----------
    hidden : str
        The layer's activation; of the last layer, that of the hidden layer before it.
    is_last : bool
    """

    hidden: str
    is_last: bool


Initialiser = Callable[[np.random.Generator, Dense, Place], tuple[Floats, Floats]]


def glorot(rng: np.random.Generator, layer: Dense, place: Place) -> tuple[Floats, Floats]:
    """W, b ~ U[-r, r] with r = sqrt(6 / (n_in + n_out)).

    Glorot & Bengio 2010, Eq. 16, as scikit-learn has it: biases are drawn too, and networks
    with logistic *hidden* units have a 2 in place of the 6, also in the last layer.
    """
    factor = 2.0 if place.hidden == "logistic" else 6.0
    r = np.sqrt(factor / (layer.n_in + layer.n_out))
    return rng.uniform(-r, r, (layer.n_out, layer.n_in)), rng.uniform(-r, r, (layer.n_out, 1))


def he(rng: np.random.Generator, layer: Dense, place: Place) -> tuple[Floats, Floats]:
    """W ~ N(0, 2 / n_in), b = 0 (He et al. 2015, Eq. 10): for relu and its kin."""
    W = rng.normal(0, np.sqrt(2 / layer.n_in), (layer.n_out, layer.n_in))
    return W, np.zeros((layer.n_out, 1))


def lecun(rng: np.random.Generator, layer: Dense, place: Place) -> tuple[Floats, Floats]:
    """W ~ N(0, 1 / n_in), b = 0 (LeCun et al. 1998, section 4.6): for selu and tanh."""
    W = rng.normal(0, np.sqrt(1 / layer.n_in), (layer.n_out, layer.n_in))
    return W, np.zeros((layer.n_out, 1))


def neural_tangent(rng: np.random.Generator, layer: Dense, place: Place) -> tuple[Floats, Floats]:
    """W ~ N(0, 1 / n_in), b ~ N(0, 1), and zeros in the last layer.

    Holzmüller, Grinsztajn & Steinwart 2024 (arXiv 2407.04491), section 3, start with W, b ~
    N(0, 1) in the "neural tangent" parametrisation (Jacot et al. 2018, section 2), z = W x /
    sqrt(n_in) + b. Here the root is part of W. That is the same network, and it takes the same
    steps where W's rate has a factor of 1 / sqrt(n_in) and the rule is Adam, whose steps do not
    grow with the gradient (but for its epsilon); under gradient descent the factor is 1 / n_in.
    """
    if place.is_last:
        return np.zeros((layer.n_out, layer.n_in)), np.zeros((layer.n_out, 1))
    W = rng.normal(0, np.sqrt(1 / layer.n_in), (layer.n_out, layer.n_in))
    return W, rng.normal(0, 1, (layer.n_out, 1))


INITIALISERS: dict[str, Initialiser] = {
    "glorot": glorot,
    "he": he,
    "lecun": lecun,
    "neural_tangent": neural_tangent,
}


def initialise(
    network: Network, seed: int, dtype: DTypeLike = np.float64, initialiser: str = "glorot"
) -> Parameters:
    """Return fresh parameters: the same seed gives the same numbers, rounded to ``dtype``.

    Parameters
    ----------
    network : Network
    seed : int
        Layer k draws from its own stream of this seed.
    dtype : float32 or float64
    initialiser : str
        A name in :data:`INITIALISERS`: what W and b start as. The factors of a Scale are 1.

    Raises
    ------
    ValueError
        For an unknown initialiser.

    Examples
    --------
    >>> from deltarule.network import Network
    >>> parameters = initialise(Network.dense([2, 3, 4]), seed=0)
    >>> bool(abs(parameters.W[1]).max() <= (6 / 5) ** 0.5)
    True
    """
    parameters = Parameters(network.layout, dtype)
    if initialiser not in INITIALISERS:
        raise ValueError(f"initialiser must be one of {list(INITIALISERS)}, got {initialiser!r}.")
    hidden = "identity"
    for k, layer in network:
        if isinstance(layer, Scale):
            parameters[k]["s"][:] = 1
            continue
        is_last = k == network.depth
        if not is_last:
            hidden = layer.activation  # the last layer goes by the hidden layer before it
        rng = np.random.Generator(philox(seed, INITIAL_WEIGHTS, k))
        W, b = INITIALISERS[initialiser](rng, layer, Place(hidden, is_last))
        parameters.W[k][:], parameters.b[k][:] = W, b
    return parameters
