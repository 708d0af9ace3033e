"""From scikit-learn's ``random_state`` to the one seed that everything random is a function of."""

from typing import Any

import numpy as np
from sklearn.utils import check_random_state


def draw_seed(random_state: Any) -> int:
    """Return a seed in [0, 2^64): the same for the same int, a fresh one for None.

    Parameters
    ----------
    random_state : None, int or numpy.random.RandomState
        A generator is advanced by two draws.
    """
    high, low = check_random_state(random_state).randint(0, 2**32, size=2, dtype=np.uint64)
    return (int(high) << 32) | int(low)
