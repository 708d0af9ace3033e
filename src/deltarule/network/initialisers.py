"""Initial parameters, from NumPy's Generator over the counter-based stream.

What the W and b of Dense layers start as is an initialiser's choice; every other array has one
way, which its layer knows.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from deltarule.network.architecture import Network
from deltarule.network.arrays import Floats
from deltarule.network.layers import Dense
from deltarule.network.parameters import Parameters
from deltarule.network.randomness import INITIAL_WEIGHTS, philox


class Place(NamedTuple):
    """Where in its network a layer stands.

    Attributes
    ----------
    hidden : str
        The layer's activation; of the last layer, that of the hidden layer before it.
    is_last : bool
    h_prev : array (n_in, n)
        What the layer before makes of the n examples, which are none but for
        :func:`data_driven`.
    """

    hidden: str
    is_last: bool
    h_prev: Floats


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


MIXED_EXAMPLES = 5
CONSTANT = 1e-10  # a spread below this part of the largest value is rounding
LEAST_SPREAD = 1 / 4  # of the spread that half of a layer's units do not reach


def data_driven(rng: np.random.Generator, layer: Dense, place: Place) -> tuple[Floats, Floats]:
    """Units that vary alike, and bend amid the examples.

    RealMLP-TD's (Holzmüller, Grinsztajn & Steinwart 2024, arXiv 2407.04491, section 3 and Table
    A.1). W ~ N(0, 1), and each row of it divided by the standard deviation of its unit's W h_prev
    over the examples. Then, after Steinwart 2019 (arXiv 1903.11482), each unit's zero is put where
    data are::

        b_i = - sum_j p_j (W h_prev)[i, k_j]

    with 5 examples k_j drawn for the unit, and p uniform on the simplex: exponentials, divided by
    their sum (Devroye 1986, section XI.4). A unit that is constant on the examples, or beyond
    float64, is not divided by its deviation but by sqrt(n_in); one that varies less than a quarter
    as much as the median unit, by a quarter of that one's. Without this, examples of few kinds, as
    of a single column that is true or false, would make some units hundreds of times as steep as
    others, and the first step would throw them out of all proportion.
    """
    W = rng.standard_normal((layer.n_out, layer.n_in))
    a = W @ place.h_prev
    deviation = a.std(axis=1, keepdims=True)
    varies = np.isfinite(deviation) & (deviation > CONSTANT * np.abs(a).max(axis=1, keepdims=True))
    if varies.any():
        deviation = np.maximum(deviation, LEAST_SPREAD * np.median(deviation[varies]))
    divisor = np.where(varies, deviation, np.sqrt(layer.n_in))
    k = rng.integers(a.shape[1], size=(layer.n_out, MIXED_EXAMPLES))
    p = rng.standard_exponential(k.shape)
    mixed = (p * np.take_along_axis(a, k, axis=1)).sum(axis=1) / p.sum(axis=1)
    b = -mixed[:, np.newaxis] / divisor
    return W / divisor, np.where(np.isfinite(b), b, 0)


INITIALISERS: dict[str, Initialiser] = {
    "glorot": glorot,
    "he": he,
    "lecun": lecun,
    "neural_tangent": neural_tangent,
    "data_driven": data_driven,
}
READS_EXAMPLES = frozenset({"data_driven"})


@np.errstate(over="ignore", invalid="ignore")
def initialise(
    network: Network,
    seed: int,
    dtype: DTypeLike = np.float64,
    initialiser: str = "glorot",
    X: Floats | None = None,
) -> Parameters:
    """Return fresh parameters: the same seed gives the same numbers, rounded to ``dtype``.

    Parameters
    ----------
    network : Network
    seed : int
        Layer k draws from its own stream of this seed.
    dtype : float32 or float64
    initialiser : str
        A name in :data:`INITIALISERS`: what the W and b of Dense layers start as.
    X : array (f, n), optional
        Examples of the training data, which "data_driven" needs, and no other initialiser reads.
        It multiplies with them, so the caller holds the BLAS to one thread where the bits are to
        be the same for any number.

    Raises
    ------
    ValueError
        For an unknown initialiser, or one that needs examples where there are none.

    Examples
    --------
    >>> from deltarule.network import Network
    >>> parameters = initialise(Network.dense([2, 3, 4]), seed=0)
    >>> bool(abs(parameters.W[1]).max() <= (6 / 5) ** 0.5)
    True
    """
    h = _examples(network, initialiser, X)
    parameters = Parameters(network.layout, dtype)
    hidden = "identity"
    for k, layer in network:
        rng = np.random.Generator(philox(seed, INITIAL_WEIGHTS, k))
        arrays = dict(layer.initial(rng))
        if isinstance(layer, Dense):
            is_last = k == network.depth
            hidden = hidden if is_last else layer.activation  # the last goes by the one before
            place = Place(hidden, is_last, h)
            arrays["W"], arrays["b"] = INITIALISERS[initialiser](rng, layer, place)
        for name, array in arrays.items():
            parameters[k][name][:] = array
        h = layer.forward(arrays, h).h  # lines 8-9 of Algorithm 1, in float64
    return parameters


def _examples(network: Network, initialiser: str, X: Floats | None) -> Floats:
    """Return the X (f, n) that the initialiser goes by, in float64: n = 0 where it needs none."""
    if initialiser not in INITIALISERS:
        raise ValueError(f"initialiser must be one of {list(INITIALISERS)}, got {initialiser!r}.")
    if initialiser not in READS_EXAMPLES:
        return np.empty((network.n_features, 0))
    if X is None or X.shape[0] != network.n_features or not X.shape[1]:
        got = "none" if X is None else f"an X of shape {X.shape}"
        raise ValueError(
            f"The initialiser {initialiser!r} goes by examples: X must be ({network.n_features}, "
            f"n) with n >= 1, got {got}."
        )
    return X.astype(np.float64)
