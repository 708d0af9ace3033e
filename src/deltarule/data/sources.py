"""Opening what people have as an Arrow table."""

import os
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.csv as pa_csv

from deltarule.errors import DataError

NUMBER, TEXT = "number", "text"
ARROW_TYPES = {NUMBER: pa.float64(), TEXT: pa.string()}


def as_table(X: Any) -> pa.Table:
    """Return a table: from Arrow, or anything that speaks its C stream (pandas, polars, ...).

    Raises
    ------
    DataError
        For anything else, and for columns that share a name.
    """
    if not isinstance(X, pa.Table):
        if not (hasattr(X, "__arrow_c_stream__") or isinstance(X, Mapping)):
            raise DataError(
                f"Cannot read a table from {type(X).__name__}. Pass a pyarrow.Table, a pandas or "
                "polars DataFrame or a dict of columns; for plain arrays of numbers there is "
                "MLPClassifier."
            )
        if hasattr(X, "reset_index"):  # pandas: its index is no column
            X = X.reset_index(drop=True)
        try:
            X = pa.table(X)
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise DataError(f"Cannot read a table from {type(X).__name__}: {error}.") from error
    return _without_duplicates(X)


def read_csv(
    source: str | os.PathLike[str] | BinaryIO,
    *,
    kinds: Mapping[str, str] | None = None,
) -> pa.Table:
    """Read a CSV file: commas, a header line, UTF-8 with or without a byte order mark.

    An empty cell is missing; in a column of numbers so is NA, NaN, null and their like. In a
    column of text they are text: NA may be Namibia.

    Parameters
    ----------
    source : path-like or binary file
    kinds : mapping from column to :data:`NUMBER` or :data:`TEXT`, optional
        How to read some columns; the others are numbers where every cell is one, else text.
        Columns named here that the file lacks are ignored.

    Raises
    ------
    DataError
        Naming the file and, where there is one, the line.
    OSError
        If the file cannot be opened.
    """
    types = {name: ARROW_TYPES[kind] for name, kind in (kinds or {}).items()}
    if isinstance(source, str | os.PathLike):
        name, opened = os.fspath(source), cast(BinaryIO, open(source, "rb"))  # noqa: SIM115
    else:
        name, opened = "Standard input", source
    try:
        with opened as file:
            table = pa_csv.read_csv(
                file,
                # pyarrow's own threads, where any are left at exit, end one process in a hundred
                # with SIGABRT.
                read_options=pa_csv.ReadOptions(use_threads=False),
                convert_options=_conversions(types),
            )
            _check_text(table)
    except pa.ArrowInvalid as error:
        raise DataError(f"{name} cannot be read as CSV: {error}.") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name} cannot be read as CSV: it is not UTF-8 text ({error}). Save it as UTF-8."
        ) from error
    return _without_duplicates(table, name)


def _check_text(table: pa.Table) -> None:
    """Raise UnicodeDecodeError where pyarrow would pass on bytes that are no UTF-8."""
    for _, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_binary(column.type):
            for cell in column:
                (cell.as_py() or b"").decode()


def require_columns(table: pa.Table, names: Collection[str], where: str) -> None:
    """See that a table has columns with these names.

    Raises
    ------
    DataError
        Naming those that it lacks, and the name that was probably meant.
    """
    for name in names:
        if name not in table.column_names:
            close = get_close_matches(name, table.column_names, n=1)
            hint = (
                f"Did you mean {close[0]!r}?" if close else f"It has {_names(table.column_names)}."
            )
            raise DataError(f"{where} has no column {name!r}. {hint}")


def column_kinds(table: pa.Table) -> dict[str, str]:
    """Return how each column was read: as :data:`NUMBER` or :data:`TEXT`.

    Other files of the same table are read alike with it; where a column was empty, any text will
    do. Other types are left to be found out.
    """
    kinds = {pa.int64(): NUMBER, pa.float64(): NUMBER, pa.null(): TEXT, pa.string(): TEXT}
    return {field.name: kinds[field.type] for field in table.schema if field.type in kinds}


def _conversions(types: Mapping[str, pa.DataType]) -> pa_csv.ConvertOptions:
    return pa_csv.ConvertOptions(
        column_types=types,
        # No word is a boolean: "true" stays the text that it is, in every file alike.
        true_values=[],
        false_values=[],
        strings_can_be_null=False,
    )


def _without_duplicates(table: pa.Table, where: str = "The table") -> pa.Table:
    names = table.column_names
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"{where} has more than one column named {_names(twice)}. Rename them.")
    return table


def _names(names: Iterable[str], most: int = 10) -> str:
    """Return column names for a message, shortened."""
    listed = [name if len(name) <= 40 else name[:37] + "..." for name in names]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(map(repr, listed[:most])) + more
