"""Sample weights, checked, and the weights of classes."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_class_weight

from deltarule.data.targets import Targets
from deltarule.engines import Examples
from deltarule.errors import DataError, SettingError


def check_weights(sample_weight: Any, n_rows: int) -> NDArray[np.float64] | None:
    """Return the weights as an array (n_rows,), or None where there are none.

    Raises
    ------
    DataError
        For what are no numbers, for another shape, for negative, NaN or infinite weights, and
        where all are zero.
    """
    if sample_weight is None:
        return None
    try:
        weights = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"sample_weight must be numbers, one a row: {error}.") from error
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


def class_totals(examples: Examples, n_classes: int) -> NDArray[np.float64]:
    """Return the total weight of each class's rows, (n_classes,); of several labels a row, too."""
    rows = slice(None) if examples.rows is None else examples.rows
    weights = None if examples.weights is None else examples.weights[rows]
    y = examples.y[rows]
    if y.ndim == 2 and y.shape[1] > 1:
        return np.average(y, axis=0, weights=weights) * len(y)
    return np.bincount(y.reshape(-1).astype(int), weights, n_classes).astype(np.float64)


def weigh_classes(
    class_weight: Any, targets: Targets, totals: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Return the weight of each class, (n_classes,), or None where there are none.

    "balanced" gives every class the same total weight (King & Zeng 2001, section 4.2).

    Parameters
    ----------
    class_weight : dict, "balanced" or None
    targets : Targets
    totals : array (n_classes,)
        Of :func:`class_totals`.

    Raises
    ------
    SettingError
        For multi-label targets, and for weights of labels that are not there.
    """
    if class_weight is None:
        return None
    if targets.is_multilabel:
        raise SettingError(
            f"class_weight={class_weight!r} needs one label a row; y has several columns "
            "(multi-label). Weigh the rows instead: fit(X, y, sample_weight=...)."
        )
    if not isinstance(class_weight, str):
        labels = targets.classes.tolist()
        unknown = [label for label in class_weight if label not in labels]
        if unknown:
            raise SettingError(
                f"class_weight has {unknown!r}, which are not among the classes {labels}."
            )
        return np.array([class_weight.get(label, 1.0) for label in labels], np.float64)
    of_class, there = np.ones(len(targets.classes)), np.flatnonzero(totals)
    of_class[there] = compute_class_weight(
        class_weight, classes=there, y=there, sample_weight=totals[there]
    )
    return of_class


def weighted(examples: Examples, of_class: NDArray[np.float64] | None) -> Examples:
    """Return examples whose weights are multiplied by their classes'."""
    if of_class is None:
        return examples
    weights = of_class[examples.y.reshape(-1).astype(int)]
    if examples.weights is not None:
        weights = weights * examples.weights
    return replace(examples, weights=check_weights(weights, len(weights)))
