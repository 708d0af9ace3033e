"""Tables in memory: read, labelled, and matched with the columns of training."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.utils.validation import column_or_1d

from deltarule.data import in_memory, is_missing
from deltarule.data.sources import listed
from deltarule.errors import DataError
from deltarule.warn import warn


@dataclass(frozen=True)
class Rows:
    """A table.

    Attributes
    ----------
    table : pyarrow.Table
    is_named : bool
        Whether its columns have names of their own; those of an array are x0, x1, ...
    """

    table: pa.Table
    is_named: bool

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return self.table.column_names


def require_present(values: NDArray[Any], what: str) -> NDArray[Any]:
    """Return an array of which no entry is missing, and all are of one type.

    Raises
    ------
    DataError
    """
    unknown = np.isnan(values) if values.dtype.kind == "f" else is_missing(values)
    missing = int(unknown.sum())
    if missing:
        raise DataError(
            f"{what} needs a value in every row, and lacks one in {missing}. Fill those cells, or "
            "drop the rows."
        )
    kinds = sorted({type(value).__name__ for value in values}) if values.dtype == object else []
    if len(kinds) > 1:
        raise DataError(f"{what} mixes {' and '.join(kinds)}. Make all its cells one type.")
    return values


def read_rows(X: Any, is_used: Callable[[str], bool] = lambda name: True) -> Rows:
    """Return a table from whatever holds one in memory.

    Parameters
    ----------
    X : table
    is_used : callable, optional
        Of the name of a column: one that is not used need not be readable.

    Raises
    ------
    DataError
        For anything else, also for paths, and for a table without columns.
    """
    source = in_memory(X, is_used)
    if not source.schema.names:
        raise DataError(
            f"The table has 0 feature(s) (shape=({source.n_rows}, 0)) while a minimum of 1 is "
            "required."
        )
    return Rows(source.read(), source.is_named)


def read_labels(y: Any) -> NDArray[Any]:
    """Return labels as an array (n,); a list of several types keeps them, to be refused later."""
    labels = np.asarray(y)
    is_list = isinstance(y, list | tuple)
    if is_list and labels.dtype.kind in "US" and not all(isinstance(label, str) for label in y):
        labels = np.array(y, dtype=object)
    if labels.ndim == 2 and labels.shape[1] == 1:
        return column_or_1d(labels, warn=True)
    return labels


def read_labelled(X: Any, y: Any) -> tuple[Rows, NDArray[Any]]:
    """Return a table and its labels, one a row and at least one row; see :func:`read_rows`.

    Raises
    ------
    DataError
    """
    if y is None:
        raise DataError(
            "This classifier requires y to be passed, but the target y is None: the labels."
        )
    rows, labels = read_rows(X), read_labels(y)
    n = rows.table.num_rows
    if labels.shape != (n,):
        raise DataError(
            f"The table has {n} rows, but the labels have shape {labels.shape}: one label a row is "
            "needed."
        )
    if not n:
        raise DataError("Found array with 0 sample(s): the table has no rows.")
    return rows, labels


def match_columns(rows: Rows, names: list[str], was_named: bool, strict: bool = False) -> pa.Table:
    """Return the table with training's names for its columns.

    They are found by name, in any order. Columns of an array have their place instead, and where
    only one of the two tables has names, the place counts as well.

    Parameters
    ----------
    rows : Rows
    names : list of str
        Of training's columns.
    was_named : bool
        Whether they were training's own.
    strict : bool
        Whether columns that training did not have are an error.

    Raises
    ------
    DataError
        If there are not as many columns, where their place counts.

    Warns
    -----
    UserWarning
        If only one of the two has names; or if there are columns that training did not have.
    """
    if rows.is_named and (was_named or set(names) <= set(rows.names)):
        _tell_of_extra(rows.names, names, strict)
        return rows.table
    if len(rows.names) != len(names):
        raise DataError(
            f"X has {len(rows.names)} features, but TabularClassifier is expecting {len(names)} "
            "features as input."
        )
    if rows.is_named:
        warn("X has feature names, but TabularClassifier was fitted without feature names")
    elif was_named:
        warn(
            "X does not have valid feature names, but TabularClassifier was fitted with feature "
            "names"
        )
    return rows.table.rename_columns(names)


def _tell_of_extra(names: list[str], known: list[str], strict: bool) -> None:
    extra = sorted(set(names) - set(known), key=names.index)
    if extra:
        if strict:
            raise DataError(
                f"Training had no such column: {listed(extra)}. Leave it out, or set strict=False."
            )
        warn(f"Not used, as training had no such column: {listed(extra)}.")
