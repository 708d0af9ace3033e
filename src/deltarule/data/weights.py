"""Sample weights, checked."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import DataError


def check_weights(sample_weight: Any, n_rows: int) -> NDArray[np.float64] | None:
    """Return the weights as an array (n_rows,), or None where there are none.

    Raises
    ------
    DataError
        For another shape, for negative, NaN or infinite weights, and where all are zero.
    """
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.ndim == 0:
        weights = np.full(n_rows, float(weights))
    if weights.shape != (n_rows,):
        raise DataError(f"sample_weight has shape {weights.shape}, but there are {n_rows} rows.")
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(bad):
        raise DataError(
            f"sample_weight must be finite and not negative; row {bad[0]} has {weights[bad[0]]:g} "
            f"({len(bad)} such rows)."
        )
    if not weights.any():
        raise DataError("sample_weight is zero in every row: there is nothing to learn from.")
    return weights
