"""What every format has to be able to do."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

import pyarrow as pa

from deltarule.data.sources.files import File


class Reader(ABC):
    """One file in one format: its columns, its rows, and where a row stands.

    A constructor takes a :class:`~deltarule.data.sources.content.Content` and
    :class:`~deltarule.data.sources.options.ReadOptions`. It looks at as much as it must to know
    the columns' types; what cannot be read at all is refused there.

    Attributes
    ----------
    name : str
        What messages call the file.
    schema : pyarrow.Schema
        The names and types that hold for all rows.
    n_rows : int or None
        None where only going through the rows would tell.
    beside : sequence of File
        Other files that it reads.
    cells_are_text : bool
        Whether any column can be read as text, whatever it looks like.
    """

    name: str
    schema: pa.Schema
    n_rows: int | None = None
    beside: Sequence[File] = ()
    cells_are_text: ClassVar[bool] = False

    @abstractmethod
    def batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """Go through the rows, as often as one likes, in these columns and of these types."""

    @abstractmethod
    def origin(self, row: int) -> str:
        """Return where a row, counted from 0, stands: ``data.csv, line 18``."""
