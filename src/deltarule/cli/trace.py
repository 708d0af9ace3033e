"""``deltarule trace``: every line of Algorithms 1 and 2, with its numbers."""

import json
from typing import TYPE_CHECKING

import click

from deltarule.cli.options import batch_options, drawn_options, json_option
from deltarule.cli.reading import reading_options

if TYPE_CHECKING:
    from deltarule.data import ReadOptions

ROWS = 4


@click.command()
@click.argument("model", required=False)
@click.argument("data", required=False)
@drawn_options
@batch_options(ROWS)
@click.option(
    "--network", type=click.IntRange(1), default=1, show_default=True, help="Of several, which one."
)
@click.option("--html", metavar="FILE", help="Write a page for a browser, too.")
@reading_options
@json_option
def trace(
    model: str | None,
    data: str | None,
    sizes: tuple[int, ...] | None,
    activation: str,
    seed: int,
    target: str | None,
    rows: int,
    network: int,
    html: str | None,
    reading: "ReadOptions",
    as_json: bool,
) -> None:
    """Run some rows of DATA through MODEL, forward and back, and show every line.

    The lines are those of the founding document's Algorithm 1 and Algorithm 2. Instead of MODEL and
    DATA, --sizes 2,3,2 draws a small network and a batch: features, units of each hidden layer,
    classes.
    """
    from deltarule import insight
    from deltarule.cli.looking import show_trace
    from deltarule.cli.reporting import check_report
    from deltarule.cli.tables import first_rows, read_for
    from deltarule.model_file import write_durably

    if (model is None) != (data is None) or (sizes is None) == (model is None):
        raise click.UsageError("Give MODEL and DATA, or --sizes 2,3,2.")
    if html is not None:
        check_report(html, model, data)
    if sizes is not None:
        told = insight.trace(sizes, activation=activation, random_state=seed)
    else:
        loaded, labelled = read_for(str(model), str(data), target, reading)
        if network > loaded.n_models_:
            raise click.BadParameter(
                f"{model} has {loaded.n_models_}; they are counted from 1.",
                param_hint="'--network'",
            )
        table, labels = first_rows(labelled, rows, str(data))
        told = insight.trace(loaded, table, labels, network=network - 1)
    if html is not None:
        write_durably(html, told.to_html().encode())
    if as_json:
        click.echo(json.dumps(told.to_json()))
    elif html is None:
        show_trace(told)
