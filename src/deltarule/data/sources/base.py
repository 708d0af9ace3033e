"""What a source of rows is, and what holds for the columns of each."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any

import pyarrow as pa

from deltarule.errors import CellError, DataError

BATCH_ROWS = 65_536  # of one batch, at most
BATCH_CELLS = 2**23  # of one batch, at most, unless one row has more: 64 MB as float64


class Source(ABC):
    """A table that can be gone through more than once, in batches of bounded size.

    A batch has at most ``BATCH_ROWS`` rows, and fewer where these would be more than
    ``BATCH_CELLS`` cells.

    Attributes
    ----------
    name : str
        What messages call it.
    is_named : bool
        False for arrays: their columns x0, x1, ... are made up.
    is_stored : bool
        Whether it is in files, which messages are to name.
    """

    name: str
    is_named: bool = True
    is_stored: bool = False

    @property
    @abstractmethod
    def schema(self) -> pa.Schema:
        """The names and types that all batches have, known before the first."""

    @property
    @abstractmethod
    def n_rows(self) -> int | None:
        """How many rows there are, or None where only going through them would tell."""

    @abstractmethod
    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Go through the rows, in these columns or in all; as often as one likes."""

    @property
    def identity(self) -> dict[str, Any] | None:
        """What tells its content from any other, now and later; None where nothing does.

        JSON-able; ``"files"`` are those that it is made of, as they are now.
        """
        return None

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return all rows at once."""
        schema = select(self.schema, columns, self.name)
        return pa.Table.from_batches(self.batches(schema.names), schema)

    def origin(self, row: int) -> str:
        """Return where a row, counted from 0, stands: ``data.csv, line 18``. For messages."""
        return f"{self.name}, row {row + 1}"

    def locate(self, error: Exception) -> DataError:
        """Return an error about the rows that says where they are, for whoever reads it."""
        if isinstance(error, DataError) and error.is_located:
            return error
        if isinstance(error, CellError):
            located: DataError = CellError(f"{self.origin(error.row)}: {error}", error.row)
        else:
            located = DataError(f"{self.name}: {error}")
        located.is_located = True
        return located


def batch_rows(n_columns: int) -> int:
    """Return how many rows a batch of so many columns may have."""
    return max(1, min(BATCH_ROWS, BATCH_CELLS // max(1, n_columns)))


def sliced(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Cut a batch, without a copy, into batches that are no larger than they may be."""
    rows = batch_rows(batch.num_columns)
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def select(schema: pa.Schema, columns: Sequence[str] | None, where: str) -> pa.Schema:
    """Return the part of a schema that has these columns, in this order.

    Raises
    ------
    DataError
        Where a column is lacking.
    """
    if columns is None:
        return schema
    require_columns(schema, columns, where)
    return pa.schema([schema.field(name) for name in columns])


def require_columns(table: Any, names: Collection[str], where: str) -> None:
    """See that a table, a schema or a batch has columns with these names.

    Raises
    ------
    DataError
        Naming the one that it lacks, and the name that was probably meant.
    """
    present = table.names if isinstance(table, pa.Schema) else table.schema.names
    known = set(present)
    for name in names:
        if name not in known:
            close = get_close_matches(name, present, n=1)
            hint = f"Did you mean {listed(close)}?" if close else f"It has {listed(present)}."
            raise DataError(f"{where} has no column {listed([name])}. {hint}")


def require_distinct(names: Sequence[str], where: str) -> None:
    """See that no two columns share a name.

    Raises
    ------
    DataError
        Naming those that do.
    """
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise DataError(f"{where} has more than one column named {listed(twice)}. Rename them.")


def listed(names: Iterable[str], most: int = 10) -> str:
    """Return column names for a message, shortened."""
    shown = [name if len(name) <= 40 else name[:37] + "..." for name in names]
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return ", ".join(map(repr, shown[:most])) + more
