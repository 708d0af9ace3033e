"""``deltarule inspect``: what is in a model file, and how it does on some rows."""

import json
from typing import TYPE_CHECKING, Any

import click

from deltarule.cli.options import json_option, model_argument
from deltarule.cli.reading import reading_options

if TYPE_CHECKING:
    from deltarule.data import ReadOptions
    from deltarule.insight import Symptom
    from deltarule.model_file import SavedModel


@click.command()
@model_argument
@click.argument("data", required=False)
@click.option("--target", metavar="COLUMN", help="The labels in DATA.  [default: as in training]")
@reading_options
@json_option
def inspect(
    model: str, data: str | None, target: str | None, reading: "ReadOptions", as_json: bool
) -> None:
    """Show what MODEL is: its layers, columns, classes and training.

    With DATA, rows with labels, it is also looked at at work: units that are dead or saturated,
    gradients that fade, labels and columns that look wrong, and what to do about it.
    """
    from deltarule.cli.console import Screen
    from deltarule.cli.looking import show_symptoms
    from deltarule.model_file import read_model
    from deltarule.tabular import load_model

    load_model(model)  # a file that this refuses is not worth describing
    saved = read_model(model)
    symptoms = None if data is None else find_symptoms(model, data, target, reading)
    if as_json:
        extra = {} if symptoms is None else {"symptoms": [one.to_json() for one in symptoms]}
        click.echo(json.dumps(describe(model, saved) | extra))
        return
    Screen(to_stdout=True).show_model(model, saved)
    if symptoms is not None:
        show_symptoms(symptoms, str(data))


def find_symptoms(
    model: str, data: str, target: str | None, reading: "ReadOptions"
) -> "list[Symptom]":
    """Return what looks wrong with a model on a table."""
    from deltarule.cli.tables import naming, read_for
    from deltarule.insight import diagnose

    loaded, (table, labels, source) = read_for(model, data, target, reading)
    with naming(source):
        return diagnose(loaded, table, labels)


def describe(path: str, saved: "SavedModel") -> dict[str, Any]:
    """Return what ``--json`` prints of a model file."""
    import msgspec

    return {
        "file": path,
        "estimator": saved.estimator,
        "written_by": saved.written_by,
        "dtype": saved.dtype.name,
        "parameters": saved.network.n_parameters,
        "loss": saved.loss.name,
        "layers": [{"kind": layer.kind, **vars(layer)} for layer in saved.network.layers],
        "classes": saved.classes.tolist(),
        "target": saved.target,
        "features": saved.features,
        "columns": None if saved.encoder is None else saved.encoder["columns"],
        "left_out": saved.left_out,
        "threshold": saved.threshold,
        "settings": saved.settings,
        "training": msgspec.to_builtins(saved.training),
    }
