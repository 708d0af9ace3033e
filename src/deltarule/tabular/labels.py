"""The labels of a table: an array beside it, or one of its columns."""

# ruff: noqa: D102 - what the methods do is documented once, on Labels

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from deltarule.data import MOST_LISTED, Source, Targets, require_columns
from deltarule.data.encoded import EncodedRows
from deltarule.data.labels import refuse_missing
from deltarule.errors import DataError
from deltarule.network.arrays import Integers

Codes = NDArray[np.int64]

MOST_SHOWN = 8  # classes in a message
MOST_CLASSES = 2**20  # that a column is looked through for


@dataclass(frozen=True)
class LearnedLabels:
    """What is known of the labels of all rows.

    Attributes
    ----------
    targets : Targets
    counts : array (n_classes,)
        Rows of each class.
    firsts : array (n_classes,)
        The number of each class's first row.
    codes : array (n,) or None
        Each row's class index, where the rows are not too many to be listed.
    """

    targets: Targets
    counts: Integers
    firsts: Integers
    codes: Codes | None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.counts.sum())

    def listed(self, name: str) -> str:
        """Return the classes for a message, in the order of their appearance."""
        classes = self.targets.classes[np.argsort(self.firsts, kind="stable")].tolist()
        more = f" and {len(classes) - MOST_SHOWN} more" if len(classes) > MOST_SHOWN else ""
        return f"{name}: {', '.join(map(str, classes[:MOST_SHOWN]))}{more}"

    def with_codes_of(self, rows: EncodedRows) -> "LearnedLabels":
        """Return the same with each row's class, where they are not too many to be listed."""
        if rows.n_rows > MOST_LISTED:
            return self
        codes = np.concatenate([block.targets for _, block in rows.blocks()])
        return replace(self, codes=codes)


class Labels(ABC):
    """Where the labels of a table's rows are."""

    @abstractmethod
    def note(self, batch: pa.RecordBatch, first: int) -> None:
        """Take note of the labels of the next rows, the first of which has this number."""

    @abstractmethod
    def require(self, n_rows: int) -> None:
        """See that there are rows, so many, and a label for each.

        Raises
        ------
        DataError
        """

    @abstractmethod
    def learned(self) -> LearnedLabels:
        """Return what is known when all rows have gone by.

        Raises
        ------
        DataError
            For labels that are missing or cannot be labels, and for no rows.
        """

    @abstractmethod
    def codes(self, targets: Targets, batch: pa.RecordBatch, first: int) -> Codes:
        """Return the class indices of some rows."""


class ArrayLabels(Labels):
    """Labels in an array, one a row."""

    def __init__(self, labels: NDArray[Any]) -> None:
        self._labels, self._n_rows = labels, 0
        self._own: Targets | None = None
        self._codes: Codes | None = None

    def note(self, batch: pa.RecordBatch, first: int) -> None:
        self._n_rows = first + batch.num_rows

    def learned(self) -> LearnedLabels:
        self.require(self._n_rows)
        targets = self._own or Targets.learn(self._labels)
        codes = self._all_codes(targets)
        _, firsts = np.unique(codes, return_index=True)
        counts = np.bincount(codes, minlength=len(targets.classes))
        return LearnedLabels(targets, counts, firsts, codes if len(codes) <= MOST_LISTED else None)

    def require(self, n_rows: int) -> None:
        if self._labels.shape != (n_rows,):
            raise DataError(
                f"The table has {n_rows} rows, but the labels have shape {self._labels.shape}: one "
                "label a row is needed."
            )
        refuse_no_rows(n_rows)
        self._own = self._own or Targets.learn(self._labels)

    def codes(self, targets: Targets, batch: pa.RecordBatch, first: int) -> Codes:
        last = first + batch.num_rows
        if last > len(self._labels):
            self.require(last)
        return self._all_codes(targets)[first:last]

    def _all_codes(self, targets: Targets) -> Codes:
        if self._codes is None:
            self._codes = targets.encode(self._labels)
        return self._codes


class ColumnLabels(Labels):
    """Labels in a column of the table. A cell of text without a character is a missing one.

    Raises
    ------
    DataError
        If there is no such column, or it cannot hold labels.
    """

    def __init__(self, name: str, source: Source) -> None:
        require_columns(source.schema, [name], source.name)
        self._name, self._type = name, source.schema.field(name).type
        if pa.types.is_dictionary(self._type):
            self._type = self._type.value_type
        if pa.types.is_nested(self._type):
            raise DataError(
                f"The target {name!r} holds {self._type}. Labels are numbers, text or booleans."
            )
        self._places: dict[Any, int] = {}
        self._counts, self._firsts = list[int](), list[int]()
        self._codes: list[NDArray[np.int32]] | None = []
        self._n_rows = self._n_missing = 0

    def note(self, batch: pa.RecordBatch, first: int) -> None:
        values, codes = self._coded(batch)
        present = codes[codes >= 0]
        self._n_rows += len(codes)
        self._n_missing += len(codes) - len(present)
        found, firsts, counts = np.unique(codes, return_index=True, return_counts=True)
        places = np.zeros(len(values), np.int32)
        for code, row, count in zip(found.tolist(), firsts.tolist(), counts.tolist(), strict=True):
            if code >= 0:
                places[code] = self._note_one(values[code], first + row, count)
        if self._codes is not None:
            self._codes.append(places[present])
        if self._n_rows > MOST_LISTED:
            self._codes = None

    def _note_one(self, value: Any, row: int, count: int) -> int:
        """Count a label; return its place."""
        if len(self._places) > MOST_CLASSES:
            raise DataError(
                f"The target {self._name!r} has more than {MOST_CLASSES:,} different labels. Is it "
                "an ID, or a quantity? To predict quantities use a regressor such as "
                "scikit-learn's MLPRegressor, or turn it into classes."
            )
        place = self._places.setdefault(value, len(self._places))
        if place == len(self._counts):
            self._counts.append(0)
            self._firsts.append(row)
        self._counts[place] += count
        return place

    def require(self, n_rows: int) -> None:
        refuse_no_rows(n_rows)

    def learned(self) -> LearnedLabels:
        self.require(self._n_rows)
        refuse_missing(self._n_missing, self._n_rows)
        labels = self._array(list(self._places))
        targets = Targets.learn(labels)
        order: Codes = targets.encode(labels)  # of each place its class
        counts, firsts = np.zeros(len(order), np.int64), np.zeros(len(order), np.int64)
        counts[order], firsts[order] = self._counts, self._firsts
        codes = None if self._codes is None else order[np.concatenate(self._codes)]
        return LearnedLabels(targets, counts, firsts, codes)

    def codes(self, targets: Targets, batch: pa.RecordBatch, first: int) -> Codes:
        values, codes = self._coded(batch)
        if (codes < 0).any():  # of a table to validate or to evaluate on
            refuse_missing(int((codes < 0).sum()), len(codes))
        return targets.encode(self._array(values))[codes] if len(codes) else np.zeros(0, np.int64)

    def _coded(self, batch: pa.RecordBatch) -> tuple[list[Any], Codes]:
        """Return the values that occur, and of each row which one it has; -1 for missing ones."""
        column = batch[self._name]
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        encoded = column.dictionary_encode()
        values = encoded.dictionary.to_pylist()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        unusable = [i for i, value in enumerate(values) if _is_none(value)]
        codes[np.isin(codes, unusable)] = -1
        return values, codes

    def _array(self, values: list[Any]) -> NDArray[Any]:
        """Return labels as the array that the whole column would be."""
        present = [value for value in values if not _is_none(value)]
        return pa.array(present, self._type).to_numpy(zero_copy_only=False)


def _is_none(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and not isfinite(value))


def refuse_no_rows(n_rows: int) -> None:
    """Raise a DataError if there are none."""
    if not n_rows:
        raise DataError("Found array with 0 sample(s): the table has no rows.")
