"""One table in one file or in several, and what these have to agree on."""

# ruff: noqa: D102 - what the methods do is documented once, on Source

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from deltarule.data.sources.base import Source, listed, select
from deltarule.data.sources.common import common, is_text
from deltarule.data.sources.content import content_of
from deltarule.data.sources.delimited import like
from deltarule.data.sources.failures import shortened
from deltarule.data.sources.files import File
from deltarule.data.sources.formats import reader_of
from deltarule.data.sources.options import ReadOptions
from deltarule.data.sources.reader import Reader
from deltarule.errors import DataError, ReadError


class FileSource(Source):
    """The rows of one file after those of another.

    All of them have the columns of the first, in any order. Where a column has different types,
    it is read as one that holds both: integers as floats, dates as timestamps, and in CSV and
    JSON lines anything as text.

    Raises
    ------
    DataError
        Naming the files that disagree.
    """

    is_stored = True

    def __init__(self, files: Sequence[File], options: ReadOptions) -> None:
        self._files, self._options = files, options
        first = reader_of(content_of(files[0], options.compression), options)
        options = like(first, options)
        others = [reader_of(content_of(file, options.compression), options) for file in files[1:]]
        self._readers = [first, *others]
        self._schema = agreed(self._readers)
        self.name = first.name if not others else f"{first.name} and {len(others)} more"

    @property
    def schema(self) -> pa.Schema:
        return self._schema

    @property
    def n_rows(self) -> int | None:
        counts = [reader.n_rows for reader in self._readers]
        return None if None in counts else sum(count for count in counts if count is not None)

    @property
    def identity(self) -> dict[str, Any] | None:
        files = [*self._files, *(file for reader in self._readers for file in reader.beside)]
        each = [file.identity for file in files]
        return None if None in each else {"files": each, "read as": repr(self._options)}

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        schema = select(self._schema, columns, self.name)
        for reader in self._readers:
            try:
                yield from reader.batches(schema)
            except DataError as error:
                raise ReadError(str(error)) from error

    def origin(self, row: int) -> str:
        for reader in self._readers[:-1]:
            if reader.n_rows is None:
                return super().origin(row)
            if row < reader.n_rows:
                return reader.origin(row)
            row -= reader.n_rows
        return self._readers[-1].origin(row)


def agreed(readers: Sequence[Reader]) -> pa.Schema:
    """Return the columns that files have in common, with types that hold for all of them.

    Raises
    ------
    DataError
        Where one lacks a column or has another, or types that do not go together.
    """
    first = readers[0]
    types = {field.name: field.type for field in first.schema}
    givers = dict.fromkeys(types, first)  # the file that each type comes from
    for reader in readers[1:]:
        _require_same_columns(first, reader)
        for field in reader.schema:
            one, other = types[field.name], field.type
            type_ = common(one, other)
            if type_ is None:
                type_ = pa.string()
                _require_text(field.name, (givers[field.name], one), (reader, other))
            if type_ != one:
                types[field.name], givers[field.name] = type_, reader
    return pa.schema(list(types.items()))


def _require_same_columns(first: Reader, reader: Reader) -> None:
    expected, found = first.schema.names, reader.schema.names
    for problem, names in (
        ("lacks the column", [name for name in expected if name not in set(found)]),
        ("has another column", [name for name in found if name not in set(expected)]),
    ):
        if names:
            raise DataError(
                f"{reader.name} {problem} {shortened(names[0])!r}; {first.name} has "
                f"{listed(expected)}. Files of one table have the same columns, in any order."
            )


def _require_text(
    column: str, one: tuple[Reader, pa.DataType], other: tuple[Reader, pa.DataType]
) -> None:
    for reader, type_ in (one, other):
        if not (reader.cells_are_text or is_text(type_)):
            raise DataError(
                f"Column {shortened(column)!r} is {one[1]} in {one[0].name} and {other[1]} in "
                f"{other[0].name}. Files of one table have the same types: write one of them anew."
            )
