"""``deltarule evaluate``: how good a model is on a table with labels."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from deltarule.cli.options import data_argument, json_option, model_argument, setting_option
from deltarule.cli.reading import reading_options

if TYPE_CHECKING:
    import pyarrow as pa

    from deltarule.cli.tables import Labels
    from deltarule.data import ReadOptions
    from deltarule.insight import Importances
    from deltarule.tabular import TabularClassifier


@click.command()
@model_argument
@data_argument
@click.option("--target", metavar="COLUMN", help="The labels.  [default: as in training]")
@click.option(
    "--importances", is_flag=True, help="Also show how much the predictions hang on each column."
)
@setting_option("strict")
@reading_options
@json_option
def evaluate(
    model: str,
    data: str,
    target: str | None,
    importances: bool,
    strict: bool,
    reading: "ReadOptions",
    as_json: bool,
) -> None:
    """Compare MODEL's predictions for the rows of DATA with their labels."""
    import pyarrow as pa

    from deltarule import tabular
    from deltarule.cli.console import Screen
    from deltarule.cli.tables import load_table_model, naming, read_labelled

    loaded = load_table_model(model, strict)
    target = target or loaded.target_
    if target is None:
        raise click.UsageError(f"{model} does not say which column holds the labels: use --target.")
    types = loaded.column_types()
    if loaded.classes_.dtype.kind in "OU":
        types[target] = pa.string()
    table, labels, source = read_labelled(data, replace(reading, types=types), target)
    with naming(source):
        evaluation = tabular.evaluate(loaded, table, labels)
        found = importances_of(loaded, table, labels) if importances else None
    if as_json:
        extra = {} if found is None else {"importances": found.to_json()}
        click.echo(json.dumps(evaluation.to_json() | extra))
        return
    screen = Screen(to_stdout=True)
    screen.show_evaluation(data, evaluation)
    if found is not None:
        screen.show_importances(found)


def importances_of(
    model: "TabularClassifier", table: "pa.Table", labels: "Labels"
) -> "Importances":
    """Return the importances of a model's columns; always the same ones for the same rows."""
    from deltarule.insight import permutation_importances

    metric = "error" if model.metric == "error" else "log_loss"
    return permutation_importances(model, table, labels, metric=metric, random_state=0)
