"""``deltarule export``: a model for others to run."""

import json
from typing import TYPE_CHECKING, Any

import click

from deltarule.cli.options import json_option, model_argument
from deltarule.cli.reading import reading_options

if TYPE_CHECKING:
    from deltarule.data import ReadOptions
    from deltarule.export import Agreement
    from deltarule.tabular import TabularClassifier


@click.command()
@model_argument
@click.argument("data", required=False)
@click.option("--onnx", "out", metavar="FILE", required=True, help="The ONNX file to write.")
@reading_options
@json_option
def export(model: str, data: str | None, out: str, reading: "ReadOptions", as_json: bool) -> None:
    """Write MODEL as ONNX, which others run without deltarule, and without Python.

    All of it is in the file: cells go in as they are, one input a column, and the label and the
    probability of each class come out. Before it is written it is run beside the model, on the
    rows of DATA or else on made-up ones, and compared.
    """
    from deltarule.cli.console import Screen
    from deltarule.cli.outputs import check_output
    from deltarule.cli.tables import load_table_model
    from deltarule.export import check, convert
    from deltarule.model_file import write_durably
    from deltarule.tabular import load_model

    check_output(out, model, data)
    loaded = load_model(model) if data is None else load_table_model(model)
    proto = convert(loaded)
    agreement = check(loaded, proto, None if data is None else read_rows(loaded, data, reading))
    write_durably(out, proto.SerializeToString())
    if as_json:
        click.echo(json.dumps(summary(out, proto, agreement)))
        return
    rows = f"{agreement.rows:,} {'made-up rows' if data is None else f'rows of {data}'}"
    count = len(proto.graph.input)
    inputs = "1 input" if count == 1 else f"{count:,} inputs, one a column,"
    Screen().say(
        f"Saved {out}: {inputs} and 2 outputs. On {rows} {agreement.runtime} gives the model's "
        f"probabilities to {agreement.difference:.1e}."
    )


def read_rows(model: "TabularClassifier", data: str, reading: "ReadOptions") -> Any:
    """Return the rows of a table as the model reads it, without their labels."""
    from dataclasses import replace

    from deltarule.cli.tables import open_table, without

    source = open_table(data, replace(reading, types=model.column_types()))
    return without(source, [model.target_]).read()


def summary(out: str, proto: Any, agreement: "Agreement") -> dict[str, Any]:
    """Return what ``--json`` prints."""
    from onnx import TensorProto

    def described(value: Any) -> dict[str, str]:
        kind = TensorProto.DataType.Name(value.type.tensor_type.elem_type)
        return {"name": value.name, "type": kind.lower()}

    return {
        "file": out,
        "inputs": [described(value) for value in proto.graph.input],
        "outputs": [described(value) for value in proto.graph.output],
        "rows": agreement.rows,
        "difference": agreement.difference,
        "runtime": agreement.runtime,
    }
