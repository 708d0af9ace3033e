"""Labels to class indices, with a clear word about labels that are none."""

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import DataError


def encode_labels(y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the sorted distinct labels and, for each row, the index of its label.

    Parameters
    ----------
    y : array (n,)
        Labels of one type: ints, strings, booleans or floats that are whole numbers.

    Raises
    ------
    DataError
        For missing labels (with their count), labels of mixed types, and fractions.

    Examples
    --------
    >>> classes, indices = encode_labels(np.array(["no", "yes", "no"]))
    >>> classes.tolist(), indices.tolist()
    (['no', 'yes'], [0, 1, 0])
    """
    y = _check(y)
    classes, indices = np.unique(y, return_inverse=True)
    return classes, indices.astype(np.int64, copy=False)


def locate_labels(y: NDArray[Any], classes: NDArray[Any]) -> NDArray[np.int64]:
    """Return each label's index in ``classes``.

    Raises
    ------
    DataError
        For what :func:`encode_labels` refuses, and for labels that are not in ``classes``.
    """
    found, indices = encode_labels(y)
    place = {label: i for i, label in enumerate(classes.tolist())}
    new = [label for label in found.tolist() if label not in place]
    if new:
        raise DataError(
            f"{_some(new)} not among the labels that the model was trained on, which are "
            f"{_some(list(place), noun=None)}. Drop those rows, or train on data that has them."
        )
    return np.array([place[label] for label in found.tolist()], dtype=np.int64)[indices]


def require_labels(y: NDArray[Any]) -> None:
    """Refuse missing labels: None, NaN, infinity, NaT.

    Raises
    ------
    DataError
        With their count.
    """
    refuse_missing(int(is_missing(y).sum()), len(y))


def refuse_missing(missing: int, n_rows: int) -> None:
    """Raise a DataError if any labels are missing, of so many."""
    if missing:
        raise DataError(
            f"{missing} of {n_rows} labels are missing (None, NaN or infinity). Rows without a "
            "label cannot be learned from or scored: drop them first."
        )


def _check(y: NDArray[Any]) -> NDArray[Any]:
    """Refuse what cannot be labels; return them, floats among objects as floats."""
    if y.dtype.kind == "T":  # NumPy's text of variable width
        require_labels(np.array(y.tolist(), dtype=object))
        y = y.astype(str)
    require_labels(y)
    if y.dtype.kind == "O":
        names = Counter(type(label).__name__ for label in y.tolist())
        if len(names) > 1:
            mixed = " and ".join(f"{name} ({count} rows)" for name, count in names.most_common())
            raise DataError(f"The labels mix {mixed}. Make them all of one type.")
        if "float" in names:
            y = y.astype(np.float64)
        elif len(y) and not isinstance(y[0], int | str | np.generic):
            raise DataError(
                f"The labels are {type(y[0]).__name__}: only whole numbers, text and booleans can "
                "be labels. Turn them into one of these."
            )
    if y.dtype.kind == "f":
        fractions = y[y != np.floor(y)]
        if len(fractions):
            raise DataError(
                f"{len(fractions)} of {len(y)} labels are fractions (a continuous target), the "
                f"first is {fractions[0]:g}. deltarule tells classes apart; to predict quantities "
                "use a regressor such as scikit-learn's MLPRegressor, or turn the target into "
                "classes."
            )
    if y.dtype.kind not in "biufUO":
        raise DataError(f"The labels are {y.dtype}: only numbers, text and booleans can be labels.")
    return y


def is_missing(y: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each entry is None, NaN, infinite or NaT."""
    if y.dtype.kind == "f":
        return ~np.isfinite(y)
    if y.dtype.kind == "O":
        return np.array([_is_nothing(label) for label in y.tolist()], dtype=bool)
    if y.dtype.kind in "mM":
        return np.isnat(y)
    return np.zeros(len(y), dtype=bool)


def _is_nothing(label: object) -> bool:
    """Whether a label is None, pandas' NA, or differs from itself, as NaN and NaT do."""
    return label is None or type(label).__name__ == "NAType" or bool(label != label)


def _some(labels: list[Any], noun: str | None = "label", most: int = 5) -> str:
    shown = [text if len(text) <= 60 else text[:56] + " ..." for text in map(repr, labels[:most])]
    listed = ", ".join(shown)
    more = f" and {len(labels) - most} more" if len(labels) > most else ""
    if noun is None:
        return listed + more
    plural, verb = ("", "is") if len(labels) == 1 else ("s", "are")
    return f"The {noun}{plural} {listed}{more} {verb}"
