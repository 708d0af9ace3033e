"""``deltarule evaluate``: how good a model is on a table with labels."""

import json

import click

from deltarule.cli.options import data_argument, json_option, model_argument


@click.command()
@model_argument
@data_argument
@click.option("--target", metavar="COLUMN", help="The labels.  [default: as in training]")
@json_option
def evaluate(model: str, data: str, target: str | None, as_json: bool) -> None:
    """Compare MODEL's predictions for the rows of DATA with their labels."""
    from deltarule import tabular
    from deltarule.cli.console import Screen
    from deltarule.cli.tables import load_table_model, read_table, split_target
    from deltarule.data import TEXT

    loaded = load_table_model(model)
    target = target or loaded.target_
    if target is None:
        raise click.UsageError(f"{model} does not say which column holds the labels: use --target.")
    kinds = loaded.column_kinds()
    if loaded.classes_.dtype.kind in "OU":
        kinds[target] = TEXT
    rows = split_target(read_table(data, kinds), target, data)
    evaluation = tabular.evaluate(loaded, *rows)
    if as_json:
        click.echo(json.dumps(evaluation.to_json()))
    else:
        Screen(to_stdout=True).show_evaluation(data, evaluation)
