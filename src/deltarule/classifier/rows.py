"""Rows to train and to predict on, checked: scikit-learn's checks, and where the trouble is."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from deltarule.data import encode_labels, require_labels
from deltarule.errors import DataError

FLOATS = (np.dtype(np.float64), np.dtype(np.float32))
DENSE = (*FLOATS, np.dtype(np.uint8), np.dtype(np.float16))  # the engines gather from these as is
FEW = 100_000  # elements up to which validate_data takes longer than to look for ourselves
AT_ONCE = 1 << 20  # elements of a large X


def check_examples(
    estimator: BaseEstimator, X: Any, y: Any, dtype: str | None, *, reset: bool
) -> tuple[Any, NDArray[Any]]:
    """Return rows to train on and their labels: X (n, f), y (n,) or multi-label (n, l).

    Parameters
    ----------
    estimator : BaseEstimator
        Learns the columns if ``reset``; has learnt them otherwise.
    X, y : array-like
        uint8 and float16 stay what they are, and so does float32; all else becomes float64.
    dtype : "float32", "float64" or None
        What will be computed in; None: what X is.
    reset : bool

    Raises
    ------
    DataError
        For labels that are missing, mixed or in several columns, for cells that are not finite
        or would not be in ``dtype``, each with where it is.
    ValueError
        scikit-learn's, for all else.
    """
    y = _check_present(y)
    X, y = validate_data(
        estimator,
        X,
        y,
        accept_sparse="csr",
        multi_output=True,
        dtype=FLOATS if issparse(X) else DENSE,
        ensure_all_finite=False,
        reset=reset,
    )
    require_finite(X, compute_dtype(dtype, X), getattr(estimator, "feature_names_in_", None))
    check_classification_targets(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    if y.ndim == 2 and not type_of_target(y).startswith("multilabel"):
        raise DataError(
            f"y has {y.shape[1]} columns of classes (multi-output). Several columns must be 0 "
            "and 1 only (multi-label); otherwise fit one classifier a column."
        )
    return X, y


def _check_present(y: Any) -> Any:
    """Look for labels that are missing or of mixed types, before others crash on them."""
    if issparse(y):
        return y.toarray()
    if y is not None:
        labels = np.asarray(y)
        if labels.dtype == object:
            encode_labels(labels.ravel())
        else:
            require_labels(labels.ravel())
    return y


def compute_dtype(dtype: str | None, X: Any) -> np.dtype[np.floating]:
    """Return what to compute in: what is asked for, else what X is if it is float32."""
    if dtype is None:
        return X.dtype if X.dtype == np.float32 else np.dtype(np.float64)
    return np.dtype(dtype)


def check_rows(estimator: Any, X: Any) -> Any:
    """Return rows to predict on as ``validate_data`` does, with its errors and warnings.

    Where it is what that would return unchanged - a plain array of a few finite floats - it is
    returned at once: predicting one row takes less time than validating it.
    """
    if not _is_in_order(estimator, X):
        check_is_fitted(estimator)
        X = validate_data(
            estimator,
            X,
            accept_sparse="csr",
            dtype=FLOATS if issparse(X) else DENSE,
            ensure_all_finite=False,
            ensure_min_samples=0,
            reset=False,
        )
        names = getattr(estimator, "feature_names_in_", None)
        require_finite(X, estimator._parameters.dtype, names)
    return X


def _is_in_order(estimator: Any, X: Any) -> bool:
    known = vars(estimator)
    return (
        type(X) is np.ndarray
        and X.dtype in FLOATS
        and X.ndim == 2
        and 0 < X.size <= FEW
        and X.shape[1] == known.get("n_features_in_")
        and "feature_names_in_" not in known
        and X.dtype.itemsize <= known["_parameters"].dtype.itemsize
        and bool(np.isfinite(X).all())
    )


def require_finite(X: Any, dtype: np.dtype[np.floating], names: NDArray[Any] | None = None) -> None:
    """Refuse cells that are NaN or infinite, or would be in ``dtype``.

    Raises
    ------
    DataError
        With the first such cell's row and column, and their number.
    """
    first, count = None, 0
    for start, values in _pieces(X):
        with np.errstate(over="ignore"):
            bad = np.flatnonzero(~np.isfinite(values.astype(dtype, copy=False)))
        count += len(bad)
        if first is None and len(bad):
            first = start + int(bad[0]), float(values[bad[0]])
    if first is None:
        return
    (row, column), value = _place(X, first[0]), first[1]
    name = "" if names is None else f" ({names[column]!r})"
    more = "the only such cell" if count == 1 else f"the first of {count} such cells"
    what, remedy = _describe(value, dtype)
    raise DataError(
        f"Input X contains {what}: in row {row}, column {column}{name}, {more}. {remedy}"
    )


def _describe(value: float, dtype: np.dtype[np.floating]) -> tuple[str, str]:
    if np.isnan(value):
        return "NaN", "Impute what is missing, or use TabularClassifier, which takes gaps."
    if np.isinf(value):
        return "infinity", "Drop the row, or put a number there."
    return (
        f"a value too large for {dtype}, {value:g}, which would be infinity there",
        "Scale the column, or compute in float64.",
    )


def _pieces(X: Any) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the cells of X, in order, a part at a time: where it starts, and the part."""
    if issparse(X):
        for start in range(0, len(X.data), AT_ONCE):
            yield start, X.data[start : start + AT_ONCE]
    elif X.dtype.kind == "f":
        rows = max(1, AT_ONCE // max(1, X.shape[1]))
        for row in range(0, len(X), rows):
            yield row * X.shape[1], X[row : row + rows].ravel()


def _place(X: Any, index: int) -> tuple[int, int]:
    """Return the row and the column of the cell with this number in :func:`_pieces`."""
    if issparse(X):
        return int(np.searchsorted(X.indptr, index, side="right")) - 1, int(X.indices[index])
    return divmod(index, X.shape[1])
