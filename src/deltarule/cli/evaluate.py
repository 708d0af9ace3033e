"""``deltarule evaluate``: how good a model is on a table with labels."""

import json
from typing import TYPE_CHECKING

import click

from deltarule.cli.options import (
    data_argument,
    json_option,
    model_argument,
    report_option,
    setting_option,
)
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
@report_option
@setting_option("strict")
@reading_options
@json_option
def evaluate(
    model: str,
    data: str,
    target: str | None,
    importances: bool,
    report: str | None,
    strict: bool,
    reading: "ReadOptions",
    as_json: bool,
) -> None:
    """Compare MODEL's predictions for the rows of DATA with their labels.

    DATA may be of any size: a batch of rows is in memory at a time; with --importances or --report
    all of them.
    """
    from deltarule import tabular
    from deltarule.cli.console import Screen
    from deltarule.cli.reporting import check_report, material_of_rows, write_report
    from deltarule.cli.tables import naming, open_for, split_target

    if report is not None:
        check_report(report, model, data)
    loaded, source, target = open_for(model, data, target, reading, strict)
    evaluation = tabular.evaluate(loaded, source, target)
    found = None
    if importances or report is not None:
        with naming(source):
            table, labels, _ = split_target(source, target)
            found = importances_of(loaded, table, labels) if importances else None
            if report is not None:
                write_report(report, material_of_rows(loaded, table, labels, data))
    if as_json:
        extra = {} if found is None else {"importances": found.to_json()}
        click.echo(json.dumps(evaluation.to_json() | extra))
        return
    screen = Screen(to_stdout=True)
    screen.show_evaluation(data, evaluation)
    if found is not None:
        screen.show_importances(found)
    if report is not None:
        Screen().say(f"Saved {report}")


def importances_of(
    model: "TabularClassifier", table: "pa.Table", labels: "Labels"
) -> "Importances":
    """Return the importances of a model's columns; always the same ones for the same rows."""
    from deltarule.insight import permutation_importances

    metric = "error" if model.metric == "error" else "log_loss"
    return permutation_importances(model, table, labels, metric=metric, random_state=0)
