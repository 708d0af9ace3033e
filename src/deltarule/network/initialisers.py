"""Initial weights and biases, from NumPy's Generator over the counter-based stream."""

from collections.abc import Callable

import numpy as np
from numpy.typing import DTypeLike

from deltarule.network.architecture import Network
from deltarule.network.arrays import Floats
from deltarule.network.layers import Dense
from deltarule.network.parameters import Parameters
from deltarule.network.randomness import INITIAL_WEIGHTS, philox

Initialiser = Callable[[np.random.Generator, Dense, str], tuple[Floats, Floats]]


def glorot(rng: np.random.Generator, layer: Dense, hidden: str) -> tuple[Floats, Floats]:
    """W, b ~ U[-r, r] with r = sqrt(6 / (n_in + n_out)).

    Glorot & Bengio 2010, Eq. 16, as scikit-learn has it: biases are drawn too, and networks
    with logistic *hidden* units have a 2 in place of the 6, also in the last layer.
    """
    factor = 2.0 if hidden == "logistic" else 6.0
    r = np.sqrt(factor / (layer.n_in + layer.n_out))
    return rng.uniform(-r, r, (layer.n_out, layer.n_in)), rng.uniform(-r, r, (layer.n_out, 1))


def he(rng: np.random.Generator, layer: Dense, hidden: str) -> tuple[Floats, Floats]:
    """W ~ N(0, 2 / n_in), b = 0 (He et al. 2015, Eq. 10): for relu and its kin."""
    W = rng.normal(0, np.sqrt(2 / layer.n_in), (layer.n_out, layer.n_in))
    return W, np.zeros((layer.n_out, 1))


def lecun(rng: np.random.Generator, layer: Dense, hidden: str) -> tuple[Floats, Floats]:
    """W ~ N(0, 1 / n_in), b = 0 (LeCun et al. 1998, section 4.6): for selu and tanh."""
    W = rng.normal(0, np.sqrt(1 / layer.n_in), (layer.n_out, layer.n_in))
    return W, np.zeros((layer.n_out, 1))


INITIALISERS: dict[str, Initialiser] = {"glorot": glorot, "he": he, "lecun": lecun}


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
        A name in :data:`INITIALISERS`.

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
        if k < network.depth or k == 1:
            hidden = layer.activation  # the last layer goes by the hidden layer before it
        rng = np.random.Generator(philox(seed, INITIAL_WEIGHTS, k))
        parameters.W[k][:], parameters.b[k][:] = INITIALISERS[initialiser](rng, layer, hidden)
    return parameters
