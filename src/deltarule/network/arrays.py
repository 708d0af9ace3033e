"""Names for the array types that the whole package speaks of."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
"""float32 or float64, whichever the network computes in."""

Integers = NDArray[np.integer[Any]]
"""Class indices, row numbers."""

Targets = NDArray[Any]
"""``(b,)`` class indices, or an ``(l, b)`` indicator of zeros and ones."""
