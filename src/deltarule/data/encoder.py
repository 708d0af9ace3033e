"""A table's columns to numbers: standardise, impute, one-hot.

An encoder is learned from training rows, never sees labels, and is plain data: it goes into the
model file as JSON.
"""

from typing import Annotated, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Meta
from numpy.typing import NDArray

from deltarule.data.sources import NUMBER, TEXT
from deltarule.errors import DataError

MOST_CATEGORIES = 256
LIKE_AN_ID = 0.5  # distinct values per row from which a text column tells rows apart, not kinds
FEW = 20  # distinct values up to which that is not asked
HUGE = 1e300  # a spread from which a difference of two numbers may overflow float64


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON object with exactly these members."""


class NumericColumn(Strict, tag_field="kind", tag="numeric", frozen=True):
    """(x - mean) / scale; a missing number becomes the mean, 0."""

    name: str
    mean: float
    scale: Annotated[float, Meta(gt=0)]

    @property
    def width(self) -> int:
        """How many numbers it becomes."""
        return 1

    def encode(self, column: pa.ChunkedArray, out: NDArray[np.float32]) -> int:
        """Fill ``out`` (n, 1); return how many cells are unknown: none."""
        x = _numbers(self.name, column)
        unit = 0.5 if self.scale > HUGE else 1.0  # halves: exact, and their difference is finite
        with np.errstate(over="ignore"):
            centred = unit * np.where(np.isnan(x), self.mean, x) - unit * self.mean
            out[:, 0] = centred / (unit * self.scale)
        if not np.isfinite(out).all():
            row = int(np.flatnonzero(~np.isfinite(out[:, 0]))[0])
            raise DataError(
                f"Column {self.name!r}, row {row + 1}: {x[row]:g} is too far from the training "
                f"data (mean {self.mean:g}, spread {self.scale:g}) to compute with."
            )
        return 0


class CategoricalColumn(Strict, tag_field="kind", tag="categorical", frozen=True):
    """One-hot: a place for each category, and one for a missing cell where training had any.

    The code of an unknown category is zeros in every place: it pulls no way.
    """

    name: str
    categories: list[str]
    has_missing: bool

    @property
    def width(self) -> int:
        """How many numbers it becomes."""
        return len(self.categories) + self.has_missing

    def encode(self, column: pa.ChunkedArray, out: NDArray[np.float32]) -> int:
        """Fill ``out`` (n, width), zeros before; return how many cells are unknown."""
        texts = _texts(self.name, column)
        places = pc.index_in(texts, value_set=pa.array(self.categories, pa.string()))
        places = _to_numpy(pc.fill_null(places, -1), np.int64)
        is_missing = _to_numpy(pc.is_null(texts), np.bool_)
        if self.has_missing:
            places[is_missing] = len(self.categories)
        rows = np.flatnonzero(places >= 0)
        out[rows, places[rows]] = 1
        return int(((places < 0) & ~is_missing).sum())


Column = NumericColumn | CategoricalColumn


class Encoder(Strict, frozen=True):
    """Turns tables with these columns, found by name, into arrays of numbers."""

    columns: list[Column]

    @classmethod
    def learn(cls, table: pa.Table) -> tuple["Encoder", dict[str, str]]:
        """Learn from a table of training rows.

        Numbers and booleans are standardised, text is one-hot. Left out, and reported: columns
        with one value only, and text that differs in most rows or has more than 256 values.

        Returns
        -------
        encoder : Encoder
        left_out : dict from column name to the reason why it is not used

        Raises
        ------
        DataError
            For columns of another type, infinite numbers, or where nothing is left.
        """
        columns: list[Column] = []
        left_out: dict[str, str] = {}
        for name, data in zip(table.column_names, table.columns, strict=True):
            learned = _learn_column(name, data)
            if isinstance(learned, str):
                left_out[name] = learned
            else:
                columns.append(learned)
        if not columns:
            reasons = "; ".join(f"{name!r} {reason}" for name, reason in left_out.items())
            raise DataError(f"No column is left to learn from: {reasons or 'the table has none'}.")
        return cls(columns), left_out

    @classmethod
    def from_json(cls, members: dict[str, Any]) -> "Encoder":
        """Return the encoder that :meth:`to_json` wrote.

        Raises
        ------
        ValueError
            If it is not exactly that.
        """
        encoder = msgspec.convert(members, cls)
        names = [column.name for column in encoder.columns]
        if len(set(names)) < len(names):
            raise ValueError("the encoder has a column twice")
        for column in encoder.columns:
            if isinstance(column, CategoricalColumn):
                if column.width == 0:
                    raise ValueError(f"the encoder's column {column.name!r} has no category")
                if len(set(column.categories)) < len(column.categories):
                    raise ValueError(f"the encoder's column {column.name!r} has a category twice")
        return encoder

    def to_json(self) -> dict[str, Any]:
        """Return the encoder as JSON-able data."""
        return msgspec.to_builtins(self)

    @property
    def n_features(self) -> int:
        """How many numbers a row becomes."""
        return sum(column.width for column in self.columns)

    def kinds(self) -> dict[str, str]:
        """Return how to read each column from a file of text: as a number or as text."""
        return {
            column.name: NUMBER if isinstance(column, NumericColumn) else TEXT
            for column in self.columns
        }

    def encode(self, table: pa.Table, unknown: dict[str, int] | None = None) -> NDArray[np.float32]:
        """Return the rows as numbers (n, n_features); columns are found by name.

        Parameters
        ----------
        table : pyarrow.Table
        unknown : dict, optional
            Filled with the number of cells, by column, whose category training never saw.

        Raises
        ------
        DataError
            For missing columns, and cells that are not numbers where numbers belong.
        """
        missing = [c.name for c in self.columns if c.name not in table.column_names]
        if missing:
            raise DataError(
                f"The table lacks {', '.join(map(repr, missing))}, which the model was trained "
                f"with. It has {', '.join(map(repr, table.column_names))}."
            )
        out = np.zeros((table.num_rows, self.n_features), dtype=np.float32)
        start = 0
        for column in self.columns:
            count = column.encode(table[column.name], out[:, start : start + column.width])
            start += column.width
            if count and unknown is not None:
                unknown[column.name] = count
        return out


def _learn_column(name: str, data: pa.ChunkedArray) -> Column | str:
    """Return the column learned, or the reason why it is left out."""
    if _is_number(data.type):
        return _learn_numeric(name, data)
    if _is_text(data.type):
        return _learn_categorical(name, data)
    raise DataError(
        f"Column {name!r} holds {data.type}, which this version cannot encode. Turn it into "
        "numbers or text first, or drop it (--drop on the command line)."
    )


def _learn_numeric(name: str, data: pa.ChunkedArray) -> NumericColumn | str:
    x = _numbers(name, data)
    x = x[~np.isnan(x)]
    if len(x) == 0:
        return "is empty in every row"
    # Scaled by the largest number first, so that squares neither overflow nor vanish.
    largest = float(np.abs(x).max()) or 1.0
    mean, scale = float(np.mean(x / largest) * largest), float(np.std(x / largest) * largest)
    if x.min() == x.max() or scale == 0:
        return f"has the same value in every row, {x[0]:g}"
    return NumericColumn(name, mean, scale)


def _learn_categorical(name: str, data: pa.ChunkedArray) -> CategoricalColumn | str:
    texts = _texts(name, data)
    categories = sorted(pc.unique(texts.drop_null()).to_pylist())
    n_distinct = len(categories)
    if n_distinct > MOST_CATEGORIES or (n_distinct > FEW and n_distinct > LIKE_AN_ID * len(texts)):
        return f"has {n_distinct} different texts in {len(texts)} rows, like a name or an ID"
    has_missing = texts.null_count > 0
    if n_distinct + has_missing < 2:
        return "has the same value in every row" if categories else "is empty in every row"
    return CategoricalColumn(name, categories, has_missing)


def _is_number(kind: pa.DataType) -> bool:
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return numeric or pa.types.is_boolean(kind) or pa.types.is_null(kind)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _numbers(name: str, data: pa.ChunkedArray) -> NDArray[np.float64]:
    """Return a column as float64, NaN where a cell is missing."""
    if not _is_number(data.type):
        raise DataError(
            f"Column {name!r} held numbers in training, but here it holds {data.type}: "
            f"{_first_text(data)!r} for example."
        )
    x = _to_numpy(data.cast(pa.float64(), safe=False), np.float64)  # long IDs may be rounded
    if np.isinf(x).any():
        row = int(np.flatnonzero(np.isinf(x))[0])
        raise DataError(f"Column {name!r}, row {row + 1}: infinity is not a number to learn from.")
    return x


def _first_text(data: pa.ChunkedArray) -> str:
    present = data.drop_null()
    return str(present[0])[:40] if len(present) else ""


def _texts(name: str, data: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as text, null where a cell is missing or empty.

    Numbers are written as Arrow writes them, so that 3 meets the category "3".
    """
    if not (_is_text(data.type) or _is_number(data.type)):
        raise DataError(f"Column {name!r} held text in training, but here it holds {data.type}.")
    texts = data.cast(pa.string())
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _to_numpy(data: pa.ChunkedArray, dtype: Any) -> NDArray[Any]:
    """Return a fresh, writable array; a missing number is NaN."""
    return np.array(data.to_numpy(), dtype=dtype)
