"""``deltarule predict``: a model and a table in, predictions out."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from shutil import copyfileobj
from tempfile import TemporaryFile, gettempdir
from typing import TYPE_CHECKING

import click

from deltarule.cli.options import data_argument, model_argument, names_option, setting_option
from deltarule.cli.reading import reading_options

if TYPE_CHECKING:
    import pyarrow as pa

    from deltarule.data import ReadOptions
    from deltarule.model_file.durable import Write


@click.command()
@model_argument
@data_argument
@click.option("--out", metavar="FILE", default="-", help="Where to write.  [default: stdout]")
@click.option("--proba", is_flag=True, help="Add the probability of each class.")
@names_option("--id", "Columns of DATA to write beside the predictions.")
@click.option(
    "--excel-safe",
    is_flag=True,
    help="Put an apostrophe before text that a spreadsheet would take for a formula.",
)
@setting_option("strict")
@reading_options
def predict(
    model: str,
    data: str,
    out: str,
    proba: bool,
    excel_safe: bool,
    strict: bool,
    id: list[str],  # noqa: A002 - the option's name
    reading: "ReadOptions",
) -> None:
    """Predict the label of each row of DATA with MODEL; write them as CSV.

    The target is ignored, and other columns that training did not have with a warning. DATA may be
    of any size: a batch of rows is in memory at a time. Text is written as it is, also where it
    begins with = + - or @, unless --excel-safe is given.
    """
    import pyarrow as pa

    from deltarule.cli.outputs import check_output
    from deltarule.cli.tables import load_table_model, open_table
    from deltarule.model_file import writing_durably

    if out != "-":
        check_output(out, model, data)
    loaded = load_table_model(model, strict)
    as_text = {n: pa.string() for n in id if n not in loaded.column_kinds_}  # 007 stays 007
    source = open_table(data, replace(reading, types=loaded.column_types() | as_text))
    stream = loaded.predict_batches(source, proba=proba, beside=id)
    with writing_to_stdout() if out == "-" else writing_durably(out) as write:
        for piece in as_csv(without_formulas(stream) if excel_safe else stream):
            write(piece)


@contextmanager
def writing_to_stdout() -> "Iterator[Write]":
    """Write to a file without a name, which goes to standard output when the block ends.

    So that nothing has come of a table whose last row cannot be read.

    Raises
    ------
    SaveError
        If there is no room for that file.
    """
    from deltarule.errors import SaveError

    with TemporaryFile(buffering=0) as file:

        def write(piece: bytes | memoryview) -> None:
            rest = memoryview(piece)
            try:
                while rest:
                    rest = rest[file.write(rest) :]
            except OSError as error:
                raise SaveError(
                    f"Cannot write to the folder for temporary files, {gettempdir()}: "
                    f"{error.strerror}. Free some space there, set TMPDIR to another folder, or "
                    "name a file with --out."
                ) from error

        yield write
        file.seek(0)
        copyfileobj(file, sys.stdout.buffer)


def without_formulas(stream: "pa.RecordBatchReader") -> "pa.RecordBatchReader":
    """Return rows and names of columns in which no text begins like a formula.

    One that begins with = + - @, a tab or a line's end has an apostrophe before it: spreadsheets
    show it, or hide it, and compute nothing (OWASP, "CSV Injection"). Numbers stay what they are.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    def is_text(kind: pa.DataType) -> bool:
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        return pa.types.is_string(kind) or pa.types.is_large_string(kind)

    def defused(texts: pa.Array) -> pa.Array:
        return pc.replace_substring_regex(
            texts.cast(pa.large_string()), r"\A([=+\-@\t\r\n])", r"'\1"
        )

    text = [is_text(field.type) for field in stream.schema]
    names = defused(pa.array(stream.schema.names, pa.large_string())).to_pylist()
    types = [
        pa.large_string() if is_of_text else field.type
        for field, is_of_text in zip(stream.schema, text, strict=True)
    ]
    schema = pa.schema(list(zip(names, types, strict=True)))
    batches = (
        pa.record_batch(
            [defused(c) if is_of_text else c for c, is_of_text in zip(batch, text, strict=True)],
            schema=schema,
        )
        for batch in stream
    )
    return pa.RecordBatchReader.from_batches(schema, batches)


def as_csv(stream: "pa.RecordBatchReader") -> Iterator[bytes]:
    """Yield an Arrow stream as CSV, a batch at a time; the first one with the header."""
    import pyarrow.csv as pa_csv

    buffer = BytesIO()
    with pa_csv.CSVWriter(
        buffer, stream.schema, write_options=pa_csv.WriteOptions(quoting_style="needed")
    ) as writer:
        for batch in stream:
            writer.write_batch(batch)
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
