"""``deltarule predict``: a model and a table in, predictions out."""

import sys
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import click

from deltarule.cli.options import data_argument, model_argument, names_option, setting_option
from deltarule.cli.reading import reading_options

if TYPE_CHECKING:
    import pyarrow as pa

    from deltarule.data import ReadOptions
    from deltarule.tabular import TabularClassifier


@click.command()
@model_argument
@data_argument
@click.option("--out", metavar="FILE", default="-", help="Where to write.  [default: stdout]")
@click.option("--proba", is_flag=True, help="Add the probability of each class.")
@names_option("--id", "Columns of DATA to write beside the predictions.")
@setting_option("strict")
@reading_options
def predict(
    model: str,
    data: str,
    out: str,
    proba: bool,
    strict: bool,
    id: list[str],  # noqa: A002 - the option's name
    reading: "ReadOptions",
) -> None:
    """Predict the label of each row of DATA with MODEL; write them as CSV.

    The target is ignored, and other columns that training did not have with a warning.
    """
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    from deltarule.cli.tables import load_table_model, naming, open_table, without
    from deltarule.data import require_columns
    from deltarule.model_file import check_writable, write_durably

    if out != "-":
        check_writable(out)
    loaded = load_table_model(model, strict)
    known, ids = set(getattr(loaded, "feature_names_in_", ())), list(dict.fromkeys(id))
    as_text = {n: pa.string() for n in ids if n not in loaded.column_kinds_}  # 007 stays 007
    source = open_table(data, replace(reading, types=loaded.column_types() | as_text))
    require_columns(source.schema, ids, data)
    table = source.read()
    with naming(source):
        result = predictions(loaded, without(table, {*ids, loaded.target_} - known), proba)
    if loaded.target_ in ids:
        result = result.rename_columns({loaded.target_: f"predicted {loaded.target_}"})
    for name in reversed(ids):
        result = result.add_column(0, name, table[name])
    buffer = BytesIO()
    pa_csv.write_csv(result, buffer, pa_csv.WriteOptions(quoting_style="needed"))
    if out == "-":
        sys.stdout.buffer.write(buffer.getvalue())
    else:
        write_durably(out, buffer.getvalue())


def predictions(model: "TabularClassifier", table: "pa.Table", proba: bool) -> "pa.Table":
    """Return a table with one row a row: the label and, if wanted, a column for each class."""
    import pyarrow as pa

    said = model.predictions_of(model.encode(table))
    columns = {model.target_ or "prediction": pa.array(said.labels.tolist())}
    if proba:
        for label, p in zip(model.classes_.tolist(), said.probabilities.T, strict=True):
            columns[f"probability of {label}"] = pa.array(p)
    return pa.table(columns)
