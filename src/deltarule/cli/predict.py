"""``deltarule predict``: a model and a table in, predictions out."""

import sys
from io import BytesIO
from typing import TYPE_CHECKING

import click

from deltarule.cli.options import data_argument, model_argument

if TYPE_CHECKING:
    import pyarrow as pa

    from deltarule.tabular import TabularClassifier


@click.command()
@model_argument
@data_argument
@click.option("--out", metavar="FILE", default="-", help="Where to write.  [default: stdout]")
@click.option("--proba", is_flag=True, help="Add the probability of each class.")
def predict(model: str, data: str, out: str, proba: bool) -> None:
    """Predict the label of each row of DATA with MODEL; write them as CSV.

    Other columns of DATA, also the target, are ignored.
    """
    import pyarrow.csv as pa_csv

    from deltarule.cli.tables import load_table_model, read_table
    from deltarule.model_file import check_writable, write_durably

    if out != "-":
        check_writable(out)
    loaded = load_table_model(model)
    table = read_table(data, loaded.column_kinds())
    if loaded.target_ in table.column_names:
        table = table.drop_columns([loaded.target_])
    buffer = BytesIO()
    pa_csv.write_csv(
        predictions(loaded, table, proba), buffer, pa_csv.WriteOptions(quoting_style="needed")
    )
    if out == "-":
        sys.stdout.buffer.write(buffer.getvalue())
    else:
        write_durably(out, buffer.getvalue())


def predictions(model: "TabularClassifier", table: "pa.Table", proba: bool) -> "pa.Table":
    """Return a table with one row a row: the label and, if wanted, a column for each class."""
    import pyarrow as pa

    columns = {model.target_ or "prediction": pa.array(model.predict(table).tolist())}
    if proba:
        for label, p in zip(model.classes_.tolist(), model.predict_proba(table).T, strict=True):
            columns[f"probability of {label}"] = pa.array(p)
    return pa.table(columns)
