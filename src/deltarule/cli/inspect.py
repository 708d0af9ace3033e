"""``deltarule inspect``: what is in a model file."""

import click

from deltarule.cli.options import json_option, model_argument


@click.command()
@model_argument
@json_option
def inspect(model: str, as_json: bool) -> None:
    """Show what MODEL is: its layers, columns, classes and training."""
    import json

    import msgspec

    from deltarule.cli.console import Screen
    from deltarule.model_file import read_model
    from deltarule.tabular import load_model

    load_model(model)  # a file that this refuses is not worth describing
    saved = read_model(model)
    if not as_json:
        Screen(to_stdout=True).show_model(model, saved)
        return
    members = {
        "file": model,
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
    click.echo(json.dumps(members))
