"""``deltarule train``: a table in, a model out."""

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from deltarule.cli.config import config_option
from deltarule.cli.inputs import Inputs, Opened
from deltarule.cli.options import (
    Units,
    data_argument,
    json_option,
    names_option,
    refuse_without,
    report_option,
    setting_option,
)
from deltarule.cli.reading import reading_options
from deltarule.cli.workers import with_workers, worker_options

if TYPE_CHECKING:
    from deltarule.cli.console import Screen
    from deltarule.cli.launching import Launch
    from deltarule.tabular import TabularClassifier

CHECKPOINT_OPTIONS = ("checkpoint_seconds", "checkpoint_epochs", "checkpoint_keep")


@click.command()
@data_argument
@click.option("--target", required=True, metavar="COLUMN", help="The column to predict.")
@click.option(
    "--out",
    metavar="FILE",
    help="Where to save the model.  [default: DATA's name with .deltarule, in this folder]",
)
@click.option("--valid", metavar="DATA", help="Rows to validate on, instead of a fifth of DATA.")
@click.option("--test", metavar="DATA", help="Rows to evaluate on, touched only at the end.")
@names_option("--categorical", "Columns of numbers that name kinds instead of amounts.")
@names_option("--numeric", "Columns of numbers that look like IDs, and are amounts.")
@names_option("--datetime", "Columns of text that are dates in ISO 8601.")
@names_option("--drop", "Columns to leave out.")
@names_option("--id", "Columns that name rows: left out, too.")
@click.option("--weights", metavar="COLUMN", help="The column with the rows' weights.")
@click.option("--groups", metavar="COLUMN", help="Rows alike in it are validated on together.")
@click.option("--order", metavar="COLUMN", help="Validate on the rows where it is greatest.")
@setting_option("metric")
@setting_option("preset")
@setting_option("n_models")
@setting_option("n_refit")
@setting_option("calibrate")
@setting_option("class_weight")
@setting_option("threshold", str, metavar="P|SCORER")
@setting_option("strict")
@setting_option("max_iter")
@setting_option("schedule_epochs")
@setting_option("time_limit", float, metavar="SECONDS")
@setting_option("memory_limit", str, metavar="SIZE")
@setting_option("window")
@setting_option("cache", str, metavar="FOLDER")
@setting_option("hidden_layer_sizes", Units(), metavar="N,N,...")
@setting_option("learning_rate_init", float)
@setting_option("batch_size")
@setting_option("dropout", float)
@setting_option("weight_decay", float)
@setting_option("label_smoothing", float)
@setting_option("scaling_layer")
@setting_option("numeric_embedding")
@setting_option("category_embedding")
@setting_option("parametric_activation")
@setting_option("initialiser")
@setting_option("random_state")
@setting_option("n_threads")
@setting_option("shards")
@setting_option("checkpoint", str, metavar="FOLDER")
@setting_option("resume")
@click.option(
    "--checkpoint-seconds",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    show_default=True,
    help="Time between two checkpoints.",
)
@click.option(
    "--checkpoint-epochs",
    type=click.IntRange(1),
    help="Write one every so many epochs, too.",
)
@click.option(
    "--checkpoint-keep",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="How many to keep.",
)
@worker_options
@reading_options
@config_option
@report_option
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do not train.")
@json_option
def train(
    out: str | None,
    report: str | None,
    dry_run: bool,
    as_json: bool,
    launch: "Launch | None",
    worker_timeout: float,
    **options: Any,
) -> None:
    """Train a classifier on DATA: CSV, Parquet, Arrow or JSON lines; a file, folder or glob.

    How a file is written is found out, and so is what kind each column is. "-" is standard input.
    The model is saved first, then evaluated: on --test, or else on the rows it was validated on.

    With --checkpoint, Ctrl-C and SIGTERM write where the run has got to and end; the same command
    with --resume goes on from there, or from the last one written before the machine went down.

    With --workers several processes train one model, on this machine or on --hosts: with the same
    bits for any number of them, also where one is lost on the way. Under mpiexec or srun the
    processes that those have started do.
    """
    from deltarule.cli.console import Screen
    from deltarule.cli.dry_run import show_plan
    from deltarule.cli.job import is_started, joined
    from deltarule.cli.leaving import fit

    inputs = Inputs(**{field: options.pop(field) for field in Inputs._fields})
    model = make_model(options)
    inputs.check(model.columns or {})
    of_slices = with_workers(model, launch)
    outputs = Outputs(out or f"{inputs.name}.deltarule", report, as_json)
    if not is_started():
        outputs.check(*inputs.tables)
        if launch is not None and launch.workers > 1:
            inputs.require_files()
            raise click.exceptions.Exit(launch.run(sys.argv[1:]))
    screen = Screen(quiet=as_json)
    with joined(worker_timeout) as workers:
        with workers.failing_together():
            if is_started() and workers.is_root:
                outputs.check(*inputs.tables)
            opened = inputs.open(model.columns or {})
        with opened.naming():
            if dry_run:
                show_plan(model, opened.given(), screen, as_json, workers)
                return
            if of_slices is not None and workers.is_root:
                screen.say(of_slices)
            fit(model, opened.given(), screen, workers)
        workers.broadcast(lambda: outputs.write(model, opened, screen))


@dataclass(frozen=True)
class Outputs:
    """Where what comes of training goes.

    Attributes
    ----------
    model : str
        The file to save the model to.
    report : str or None
        The page to write.
    as_json : bool
        Whether it is a program that reads what is printed.
    """

    model: str
    report: str | None
    as_json: bool

    def check(self, *read: str | None) -> None:
        """Refuse files that cannot be written to, or are read, before anything is trained for them.

        Raises
        ------
        SaveError, MissingExtraError, click.UsageError
        """
        from deltarule.cli.outputs import check_output
        from deltarule.cli.reporting import check_report

        check_output(self.model, *read)
        if self.report is not None:
            check_report(self.report, *read)

    def write(self, model: "TabularClassifier", opened: Opened, screen: "Screen") -> None:
        """Save the model, then evaluate it and tell of it."""
        from dataclasses import replace

        from deltarule.cli.outcome import evaluate_fit, summary
        from deltarule.cli.reporting import material_of_fit, write_report

        target = opened.inputs.target
        model.save(self.model, target=target)
        if self.report is not None:
            material = material_of_fit(model, opened)
            write_report(self.report, replace(material, target=target))
        evaluated_on, evaluation = evaluate_fit(model, opened)
        if self.as_json:
            click.echo(json.dumps(summary(model, self.model, evaluated_on, evaluation)))
        elif evaluation is not None:
            screen.show_evaluation(evaluated_on, evaluation)
        files = [self.model] if self.report is None else [self.model, self.report]
        screen.say(f"Saved {' and '.join(files)}")


def make_model(options: dict[str, Any]) -> "TabularClassifier":
    """Return the model that the options describe.

    Raises
    ------
    click.UsageError, SettingError
    """
    from deltarule.checkpoints import Checkpoint
    from deltarule.settings import check_settings
    from deltarule.tabular import TabularClassifier

    options = dict(options)
    named = {
        kind: options.pop(flag)
        for flag, kind in (
            ("categorical", "categorical"),
            ("numeric", "numeric"),
            ("datetime", "datetime"),
            ("drop", "ignored"),
        )
    }
    named["ignored"] = [*named["ignored"], *options.pop("id")]
    columns: dict[str, str] = {}
    for kind, names in named.items():
        for name in names:
            if columns.setdefault(name, kind) != kind:
                raise click.UsageError(f"Column {name!r} cannot be {columns[name]} and {kind}.")
    every = [options.pop(name) for name in CHECKPOINT_OPTIONS]
    if options["checkpoint"] is None:
        refuse_without("--checkpoint", *CHECKPOINT_OPTIONS)
    else:
        options["checkpoint"] = Checkpoint(options["checkpoint"], *every)
    if options["threshold"] is not None:
        options["threshold"] = _number_or_name(options["threshold"])
    model = TabularClassifier(columns=columns or None, **options)
    check_settings("TabularClassifier", model.get_params(deep=False))
    return model


def _number_or_name(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
