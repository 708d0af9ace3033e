"""Giving columns that have a type already the types that are asked for."""

# ruff: noqa: D102 - what the methods do is documented once, on Source

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from deltarule.data.sources.base import Source, select, sliced
from deltarule.data.sources.common import cast, is_text
from deltarule.data.sources.failures import as_data_errors, shortened


def conformed(
    batch: pa.RecordBatch, schema: pa.Schema, missing: Sequence[str], where: str
) -> Iterator[pa.RecordBatch]:
    """Return a batch's columns in the order and of the types of a schema.

    Parameters
    ----------
    missing : sequence of str
        Cells of text that are missing.

    Raises
    ------
    DataError
        Where a value does not fit its type.
    """
    columns = [conformed_column(batch[field.name], field, missing, where) for field in schema]
    yield from sliced(pa.RecordBatch.from_arrays(columns, schema=schema))


def conformed_column(
    values: pa.Array, field: pa.Field, missing: Sequence[str], where: str
) -> pa.Array:
    """Return one column as values of the field's type."""
    problem = (
        f"has a column {shortened(field.name)!r} of type {values.type} that cannot be read as "
        f"{field.type}: {{reason}}. Give the column the type that it has elsewhere."
    )
    with as_data_errors(where, problem):
        if missing and is_text(values.type):
            values = values.cast(pa.string())
            words = pa.array(list(missing), pa.string())
            values = pc.if_else(pc.is_in(values, words), pa.scalar(None, pa.string()), values)
        return values if values.type == field.type else cast(values, field.type)


def known_types(
    schema: pa.Schema, types: Mapping[str, pa.DataType], missing: Sequence[str] = ()
) -> pa.Schema:
    """Return a schema in which the columns whose type is known have it.

    Views, which Arrow can do little with, become plain text and bytes.
    """
    fields = []
    for field in schema:
        type_ = types.get(field.name, plain(field.type))
        if missing and is_text(type_) and field.name not in types:
            type_ = pa.string()
        fields.append(pa.field(field.name, type_))
    return pa.schema(fields)


def plain(type_: pa.DataType) -> pa.DataType:
    """Return the type without views."""
    if pa.types.is_dictionary(type_):
        values = plain(type_.value_type)
        return type_ if values == type_.value_type else values
    return {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}.get(type_, type_)


class Conformed(Source):
    """A source of which some columns are of a known type, or have cells that mean missing."""

    def __init__(
        self, source: Source, types: Mapping[str, pa.DataType], missing: Sequence[str]
    ) -> None:
        self.name, self.is_named, self.is_stored = source.name, source.is_named, source.is_stored
        self._source, self._missing = source, missing
        self._schema = known_types(source.schema, types, missing)

    @property
    def schema(self) -> pa.Schema:
        return self._schema

    @property
    def n_rows(self) -> int | None:
        return self._source.n_rows

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        schema = select(self._schema, columns, self.name)
        for batch in self._source.batches(columns):
            yield from conformed(batch, schema, self._missing, self.name)

    def origin(self, row: int) -> str:
        return self._source.origin(row)
