"""Reading the tables that a command works on."""

import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from deltarule.data import ReadOptions, Source, Targets
    from deltarule.tabular import TabularClassifier

    Labels = NDArray[np.generic]


class Labelled(NamedTuple):
    """A table without its target, the labels, and where they are from."""

    table: "pa.Table"
    labels: "Labels"
    source: "Source"


def open_table(path: str, options: "ReadOptions") -> "Source":
    """Open a file, folder, glob or address, or standard input for ``-``."""
    from deltarule.data import open_source

    if path == "-" and sys.stdin is None:
        raise click.UsageError("Standard input is closed: there is nothing to read from it.")
    return open_source(sys.stdin.buffer if path == "-" else path, options)


def open_labelled(path: str, options: "ReadOptions", target: str) -> "Source":
    """Open a table that has a column of labels."""
    import pyarrow as pa

    from deltarule.data import require_columns
    from deltarule.errors import DataError

    source = open_table(path, options)
    names = source.schema.names
    if target not in names and names[:1] == ["column1"]:
        raise DataError(
            f"{path} has no column {target!r}: its first line was not taken for names, so that the "
            f"columns are column1 to column{len(names)}. --header says that it is one."
        )
    require_columns(source.schema, [target], path)
    kind = source.schema.field(target).type
    if pa.types.is_nested(kind):
        raise DataError(
            f"{path}: the target {target!r} holds {kind}. Labels are numbers, text or booleans."
        )
    return source


def split_target(source: "Source", target: str) -> Labelled:
    """Return a table without its target, and that; an empty label of text is None."""
    import numpy as np
    import pyarrow as pa

    table = source.read()
    column = table[target]
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    labels = column.to_numpy()
    if labels.dtype.kind == "O":
        labels = np.array([None if label == "" else label for label in labels], dtype=object)
    return Labelled(table.drop_columns([target]), labels, source)


def check_labels(source: "Source", known: "Targets", target: str, path: str) -> None:
    """Refuse a table to validate or test on that has no rows, or labels that training lacks.

    It is read to its end: what is damaged in it is to be known before training.
    """
    from deltarule.errors import DataError, ReadError

    try:
        found = classes_in(source, target, source.schema.names)
        if found is not None:
            known.encode(found.classes)
    except ReadError:
        raise
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    if found is None:
        raise DataError(f"{path} has no rows.")


def classes_in(source: "Source", target: str, columns: Sequence[str] = ()) -> "Targets | None":
    """Return the labels that occur in a table, by going through it; None for no rows."""
    from deltarule.tabular.labels import ColumnLabels

    labels, first = ColumnLabels(target, source), 0
    for batch in source.batches(columns or [target]):
        labels.note(batch, first)
        first += batch.num_rows
    return labels.learned().targets if first else None


def types_like(schema: "pa.Schema") -> "dict[str, pa.DataType]":
    """Return how to read other files of the same table: its text as text, its numbers as numbers.

    Where a column is empty, or of another type, it is found out again.
    """
    import pyarrow as pa

    alike = {pa.string(): pa.string(), pa.int64(): pa.float64(), pa.float64(): pa.float64()}
    return {field.name: alike[field.type] for field in schema if field.type in alike}


def without(source: "Source", names: Collection[str | None]) -> "Source":
    """Return a table without some columns, as far as it has them."""
    from deltarule.data import Selected

    return Selected(source, [name for name in source.schema.names if name not in names])


@contextmanager
def naming(source: "Source", valid: "Source | None" = None) -> Iterator[None]:
    """Say in errors about a table, or that to validate on, which file it is, and which line."""
    from deltarule.errors import DataError
    from deltarule.tabular.given import ValidationRowsError

    try:
        yield
    except DataError as error:
        if isinstance(error, ValidationRowsError) and valid is not None:
            raise valid.locate(error.of_rows) from error
        raise source.locate(error) from error


def load_table_model(path: str, strict: bool = False) -> "TabularClassifier":
    """Load a model that works on tables; strict, if it was trained so or is to be.

    Raises
    ------
    click.UsageError
        For a model that works on arrays only.
    """
    from deltarule.tabular import TabularClassifier, load_model

    model = load_model(path)
    if not isinstance(model, TabularClassifier):
        raise click.UsageError(
            f"{path} holds a {type(model).__name__}, which reads arrays of numbers, not tables. "
            "Use it from Python: deltarule.load_model(...)."
        )
    model.strict = model.strict or strict
    return model


def open_for(
    model: str, data: str, target: str | None, reading: "ReadOptions", strict: bool = False
) -> "tuple[TabularClassifier, Source, str]":
    """Return a model, a table with labels, as the model would read it, and their column.

    Parameters
    ----------
    model, data : str
        Where they are.
    target : str, optional
        The labels' column; as in training, if nothing is said.
    reading : ReadOptions
    strict : bool
    """
    import pyarrow as pa

    loaded = load_table_model(model, strict)
    target = target or loaded.target_
    if target is None:
        raise click.UsageError(f"{model} does not say which column holds the labels: use --target.")
    types = loaded.column_types()
    if loaded.classes_.dtype.kind in "OU":
        types[target] = pa.string()
    return loaded, open_labelled(data, replace(reading, types=types), target), target


def read_for(
    model: str, data: str, target: str | None, reading: "ReadOptions"
) -> "tuple[TabularClassifier, Labelled]":
    """Return a model, and a whole table with labels: see :func:`open_for`."""
    loaded, source, target = open_for(model, data, target, reading)
    return loaded, split_target(source, target)


def first_rows(labelled: Labelled, count: int, path: str) -> "tuple[pa.Table, Labels]":
    """Return the first rows of a table, and their labels."""
    if not len(labelled.labels):
        raise click.UsageError(f"{path} has no rows.")
    return labelled.table.slice(0, count), labelled.labels[:count]
