"""Dropout masks as a function of (seed, step, layer, example, unit).

Example i of a batch owns ``ceil(n_k / 8)`` whole blocks of layer k's stream (see
:mod:`deltarule.network.randomness`), so any rows of a batch can be masked on their own, by any
thread or worker, with the same bits.
"""

import numpy as np
from numpy.typing import DTypeLike

from deltarule.network.architecture import Network
from deltarule.network.arrays import Floats
from deltarule.network.randomness import DROPOUT, raw_words32

UNITS_A_BLOCK = 8
UINT32 = 2**32


def mask(
    seed: int,
    step: int,
    k: int,
    shape: tuple[int, int],
    rate: float,
    first_example: int = 0,
    dtype: DTypeLike = np.float64,
) -> Floats:
    """Return the mask of layer k in one step: 0 for a dropped unit, else 1 / (1 - rate).

    Parameters
    ----------
    seed, step, k : int
        Whose mask: of this run, this step (from 0), this layer (from 1).
    shape : (n_k, b)
    rate : float in [0, 1)
        The probability of being dropped; kept to within 2^-32.
    first_example : int
        The place in the whole batch of the first of the b examples.
    dtype : float32 or float64

    Returns
    -------
    array (n_k, b)
    """
    n_units, n_examples = shape
    blocks = -(-n_units // UNITS_A_BLOCK)
    words = raw_words32(seed, DROPOUT, k, step, first_example * blocks, n_examples * blocks)
    words = words.reshape(n_examples, blocks * UNITS_A_BLOCK)[:, :n_units]
    kept = words >= round(rate * UINT32)
    return kept.T.astype(dtype) / (1 - rate)


def masks(
    network: Network,
    seed: int,
    step: int,
    n_examples: int,
    first_example: int = 0,
    dtype: DTypeLike = np.float64,
    dropout: float = 1.0,
) -> dict[int, Floats]:
    """Return the masks of all layers that drop something, for ``b = n_examples`` examples.

    ``dropout`` in [0, 1] is this step's factor on the rates of all layers.
    """
    rates = {k: (layer.n_out, layer.dropout * dropout) for k, layer in network}
    return {
        k: mask(seed, step, k, (n_out, n_examples), rate, first_example, dtype)
        for k, (n_out, rate) in rates.items()
        if rate
    }
