"""The command line: the only place that parses arguments and prints.

Data goes to standard output, everything meant for a person to standard error. What a command
needs is imported inside it, so that ``deltarule --help`` answers at once.
"""

import click

from deltarule.cli.check_gradients import check_gradients
from deltarule.cli.errors import run_guarded
from deltarule.cli.evaluate import evaluate
from deltarule.cli.example import example
from deltarule.cli.export import export
from deltarule.cli.inspect import inspect
from deltarule.cli.predict import predict
from deltarule.cli.trace import trace
from deltarule.cli.train import train
from deltarule.cli.version import version


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@version
def cli() -> None:
    """Train, use and look into fully connected neural networks that classify tables."""


for command in (train, predict, evaluate, export, inspect, trace, check_gradients, example):
    cli.add_command(command)


def main() -> None:
    """Run the command line; the process ends with one of the exit codes of ``cli/errors.py``."""
    run_guarded(cli)
