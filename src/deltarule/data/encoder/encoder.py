"""All columns together: from a table to an array of numbers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from deltarule.data.encoder.cells import Cells
from deltarule.data.encoder.choice import finish, nothing_left
from deltarule.data.encoder.columns import (
    CategoricalColumn,
    Column,
    DatetimeColumn,
    NumericColumn,
    Strict,
)
from deltarule.data.encoder.learning import IGNORED, learner_for
from deltarule.data.encoder.sample import RowSample
from deltarule.data.sources import BATCH_ROWS, listed, require_columns
from deltarule.errors import DataError


class Encoder(Strict, frozen=True):
    """Turns tables with these columns, found by name, into arrays of numbers."""

    columns: list[Column]

    @classmethod
    def learn(
        cls,
        batches: Iterable[pa.RecordBatch],
        schema: pa.Schema,
        kinds: Mapping[str, str] | None = None,
    ) -> "Learned":
        """Learn from a table of training rows, in one pass and bounded memory.

        What is exact: categories, the least and the greatest number, what is missing. Medians and
        quartiles are those of at most 65,536 rows, fewer where there are more than 256 columns.

        Parameters
        ----------
        batches : iterable of pyarrow.RecordBatch
        schema : pyarrow.Schema
            Of all of them.
        kinds : mapping from column name to a name in :data:`KINDS`, or :data:`IGNORED`
            For columns whose kind is not to be found out.

        Returns
        -------
        Learned

        Raises
        ------
        DataError
            For columns of another type, cells that cannot be computed with, names in ``kinds``
            that the table lacks, or where nothing is left.
        """
        kinds = kinds or {}
        require_columns(schema, list(kinds), "The table")
        learners = [
            learner_for(field, kinds.get(field.name))
            for field in schema
            if kinds.get(field.name) != IGNORED
        ]
        sample = RowSample(pa.schema([schema.field(learner.name) for learner in learners]))
        n_rows = 0
        for batch in batches:
            for learner in learners:
                learner.update(Cells(learner.name, batch[learner.name], n_rows))
            sample.update(batch.select([learner.name for learner in learners]))
            n_rows += batch.num_rows
        left_out = {name: "is to be ignored" for name, kind in kinds.items() if kind == IGNORED}
        columns = finish(learners, sample.finish(), left_out)
        order = {name: i for i, name in enumerate(schema.names)}
        left_out = dict(sorted(left_out.items(), key=lambda item: order[item[0]]))
        if not columns:
            raise DataError(nothing_left(left_out, n_rows))
        used = {column.name for column in columns}
        notes = {x.name: x.note for x in learners if x.name in used and x.note is not None}
        return Learned(cls(columns), left_out, notes, n_rows)

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
            if isinstance(column, CategoricalColumn) and len(set(column.categories)) < len(
                column.categories
            ):
                raise ValueError(f"the encoder's column {column.name!r} has a category twice")
        return encoder

    def to_json(self) -> dict[str, Any]:
        """Return the encoder as JSON-able data."""
        return msgspec.to_builtins(self)

    @property
    def n_features(self) -> int:
        """How many numbers a row becomes."""
        return sum(column.width for column in self.columns)

    @property
    def has_places(self) -> bool:
        """Whether there is a column with places, of which some cells are masked in training."""
        return any(True for _ in self.placed())

    def spans(self) -> dict[str, slice]:
        """Return which of the numbers that a row becomes are each column's."""
        ends = np.cumsum([column.width for column in self.columns]).tolist()
        return {
            column.name: slice(end - column.width, end)
            for column, end in zip(self.columns, ends, strict=True)
        }

    def embedded(self) -> dict[int, int]:
        """Return which numbers are those of places, and how many places there are."""
        return {
            span.stop - 1: column.places for _, column, span in self.placed() if column.is_embedded
        }

    def scaled(self) -> list[int]:
        """Return which numbers are amounts, robustly scaled."""
        found = []
        for column, span in zip(self.columns, self.spans().values(), strict=True):
            if isinstance(column, NumericColumn):
                found.append(span.start)
            elif isinstance(column, DatetimeColumn):
                found.append(span.stop - 1 - column.has_missing)
        return found

    def kinds(self) -> dict[str, str]:
        """Return the kind of each column."""
        return {column.name: str(column.__struct_config__.tag) for column in self.columns}

    def types(self) -> dict[str, pa.DataType]:
        """Return the types to read columns of text files in, where they are not to be found out."""
        types = {NumericColumn: pa.float64(), CategoricalColumn: pa.string()}
        return {c.name: types[type(c)] for c in self.columns if type(c) in types}

    def require_columns(self, names: Iterable[str]) -> None:
        """See that a table has all the columns that are read.

        Raises
        ------
        DataError
            Naming those that it lacks.
        """
        names = list(names)
        known = set(names)
        missing = [column.name for column in self.columns if column.name not in known]
        if missing:
            raise DataError(
                f"The table lacks {listed(missing)}, which the model was trained with. It has "
                f"{listed(names)}."
            )

    def encode(
        self, table: pa.Table, unknown: dict[str, int] | None = None, first: int = 0
    ) -> NDArray[np.float32]:
        """Return the rows as numbers (n, n_features); columns are found by name.

        Parameters
        ----------
        table : pyarrow.Table
        unknown : dict, optional
            Filled with the number of cells, by column, whose category training never saw.
        first : int
            Number of the first row, where the table is a part of one: for messages.

        Raises
        ------
        DataError
            For missing columns, and cells that are not numbers where numbers belong.
        """
        self.require_columns(table.column_names)
        out = np.zeros((table.num_rows, self.n_features), dtype=np.float32)
        counts = dict.fromkeys((column.name for column in self.columns), 0)
        start = 0
        spans = self.spans()
        for batch in table.to_batches(max_chunksize=BATCH_ROWS):
            rows = out[start : start + batch.num_rows]
            for column in self.columns:
                cells = Cells(column.name, batch[column.name], first + start)
                counts[column.name] += column.encode(cells, rows[:, spans[column.name]])
            start += batch.num_rows
        if unknown is not None:
            unknown.update({name: count for name, count in counts.items() if count})
        return out

    def places_in(self, inputs: NDArray[np.float32]) -> dict[int, set[int]]:
        """Return which places of each column with places occur in encoded rows (n, n_features)."""
        return {k: set(column.found(inputs[:, span]).tolist()) for k, column, span in self.placed()}

    def only(self, places: Mapping[int, set[int]]) -> "Encoder":
        """Return the encoder with no other categories and values than these places.

        Those that no row has that is trained on would count as known, and have the weights that
        they were given at random.

        Parameters
        ----------
        places : mapping from the number of a column to places
            As :meth:`places_in` returns it.
        """
        columns = list(self.columns)
        for k, column, _ in self.placed():
            columns[k] = column.only(places[k])
        return self if columns == self.columns else Encoder(columns)

    def embedding(self, most: float, values: bool) -> "Encoder":
        """Return the encoder that gives the numbers of places, for a layer that looks them up.

        Parameters
        ----------
        most : float
            Categories that a column may have and still be one-hot.
        values : bool
            Whether numeric columns with ``values`` give their places, too.
        """
        return Encoder([_embedding(column, most, values) for column in self.columns])

    def placed(self) -> Iterator[tuple[int, CategoricalColumn | NumericColumn, slice]]:
        """Yield each column with places: which one it is, itself, and which numbers are its own."""
        for k, (column, span) in enumerate(zip(self.columns, self.spans().values(), strict=True)):
            if isinstance(column, CategoricalColumn) or (
                isinstance(column, NumericColumn) and column.is_embedded
            ):
                yield k, column, span


def _embedding(column: Column, most: float, values: bool) -> Column:
    if isinstance(column, CategoricalColumn) and len(column.categories) > most:
        return msgspec.structs.replace(column, is_embedded=True)
    if isinstance(column, NumericColumn) and column.values and values:
        return msgspec.structs.replace(column, is_embedded=True)
    return column


@dataclass(frozen=True)
class Learned:
    """What :meth:`Encoder.learn` found.

    Attributes
    ----------
    encoder : Encoder
    left_out : dict from column name to the reason why it is not used
    notes : dict from the name of a column that is used to what is odd about it
    n_rows : int
    """

    encoder: Encoder
    left_out: dict[str, str]
    notes: dict[str, str]
    n_rows: int
