"""``deltarule train``: a table in, a model out."""

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deltarule.cli.errors import Stopped
from deltarule.cli.options import (
    data_argument,
    json_option,
    names_option,
    refuse_without,
    setting_option,
)

if TYPE_CHECKING:
    from deltarule.cli.console import Screen
    from deltarule.cli.signals import LeftBySignal
    from deltarule.cli.tables import Labelled, Labels
    from deltarule.tabular import Evaluation, TabularClassifier


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
@names_option("--drop", "Columns to leave out.")
@setting_option("max_iter")
@setting_option("random_state")
@setting_option("n_threads")
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
    "--checkpoint-epochs", type=click.IntRange(1), help="Write one every so many epochs, too."
)
@click.option(
    "--checkpoint-keep",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="How many to keep.",
)
@json_option
def train(
    data: str,
    target: str,
    out: str | None,
    valid: str | None,
    test: str | None,
    categorical: list[str],
    drop: list[str],
    checkpoint: str | None,
    checkpoint_seconds: float,
    checkpoint_epochs: int | None,
    checkpoint_keep: int,
    as_json: bool,
    **settings: Any,
) -> None:
    """Train a classifier on DATA, a CSV file with a header line ("-": standard input).

    The model is saved first, then evaluated: on --test, or else on the rows it was validated on.

    With --checkpoint, Ctrl-C and SIGTERM write where the run has got to and end; the same command
    with --resume goes on from there, or from the last one written before the machine went down.
    """
    from deltarule.checkpoints import Checkpoint
    from deltarule.cli.console import Screen
    from deltarule.model_file import check_writable
    from deltarule.tabular import TabularClassifier

    if [data, valid, test].count("-") > 1:
        raise click.UsageError("Standard input can be read only once, as one of the tables.")
    if checkpoint is not None:
        every = (checkpoint_seconds, checkpoint_epochs, checkpoint_keep)
        settings["checkpoint"] = Checkpoint(checkpoint, *every)
    else:
        refuse_without("--checkpoint", "checkpoint_seconds", "checkpoint_epochs", "checkpoint_keep")
    out = out or f"{'model' if data == '-' else Path(data).stem}.deltarule"
    check_writable(out)
    rows, others = read_tables(data, [valid, test], target, categorical, drop)
    screen = Screen(quiet=as_json)
    screen.describe_table(data, rows, target)
    model = TabularClassifier(**settings)
    fit(model, rows, others[0], screen)
    model.save(out, target=target)
    evaluated_on, evaluation = evaluate_fit(model, rows, others, [valid, test])
    if as_json:
        click.echo(json.dumps(summary(model, out, evaluated_on, evaluation)))
    elif evaluation is not None:
        screen.show_evaluation(evaluated_on, evaluation)
    screen.say(f"Saved {out}")


def read_tables(
    data: str, others: list[str | None], target: str, categorical: list[str], drop: list[str]
) -> tuple["Labelled", list["Labelled | None"]]:
    """Read every table before training starts, the others like the first."""
    from deltarule.cli.tables import read_table, split_target
    from deltarule.data import TEXT, column_kinds, require_columns

    first = read_table(data, dict.fromkeys(categorical, TEXT))
    require_columns(first, [*categorical, *drop], data)
    first = first.drop_columns(list(dict.fromkeys(drop)))
    rows = split_target(first, target, data)
    tables: list[Labelled | None] = []
    for path in others:
        if path is None:
            tables.append(None)
            continue
        table = read_table(path, column_kinds(first))
        require_columns(table, first.column_names, path)
        other = split_target(table.select(first.column_names), target, path)
        check_labels(other[1], rows[1], path)
        tables.append(other)
    return rows, tables


def check_labels(labels: "Labels", known: "Labels", path: str) -> None:
    """Refuse a table to validate or test on that has no rows, or labels that training lacks."""
    from deltarule.data import Targets
    from deltarule.errors import DataError

    targets = Targets.learn(known)
    if not len(labels):
        raise DataError(f"{path} has no rows.")
    try:
        targets.encode(labels)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def fit(
    model: "TabularClassifier", rows: "Labelled", valid: "Labelled | None", screen: "Screen"
) -> None:
    """Train, with a progress line where there is a terminal, until done or told to leave."""
    from deltarule.checkpoints.run import LOG
    from deltarule.cli.signals import WORDS, LeftBySignal, SignalWatch
    from deltarule.errors import SaveError

    X_val, y_val = valid or (None, None)
    signals = SignalWatch()
    model.set_callbacks(screen.progress(), signals)
    try:
        with warnings.catch_warnings(), screen.logged(LOG), signals.watching():
            warnings.filterwarnings("ignore", "Column .* is left out")  # the screen says so
            model.fit(*rows, X_val=X_val, y_val=y_val)
    except LeftBySignal as left:
        raise Stopped(describe_leaving(left, model), left.number) from None
    except SaveError as error:
        reason: BaseException | None = error
        while reason is not None and not isinstance(reason, LeftBySignal):
            reason = reason.__context__  # the disk's own error may stand between
        if reason is None:
            raise
        raise SaveError(
            f"{WORDS[reason.number]}, but no checkpoint could be written of then. {error} Earlier "
            "ones stand: the same command with --resume goes on from them."
        ) from error.__cause__
    screen.describe_training(model)


def describe_leaving(left: "LeftBySignal", model: "TabularClassifier") -> str:
    """Say how a run was left, and how to go on."""
    from deltarule.cli.signals import WORDS

    word = WORDS[left.number]
    if model.checkpoint is None:
        return f"{word}."
    if left.epoch:
        when, what = f" in epoch {left.epoch}", "the run as it was"
    else:
        when, what = "", "the run's last checkpoint"
    return (
        f"{word}{when}. {model.checkpoint.folder} has {what}: the same command with --resume goes "
        "on from there."
    )


def evaluate_fit(
    model: "TabularClassifier",
    rows: "Labelled",
    others: list["Labelled | None"],
    paths: list[str | None],
) -> tuple[str, "Evaluation | None"]:
    """Evaluate on the test rows, else on those validated on; say which."""
    from deltarule.tabular import evaluate

    (valid, test), (valid_path, test_path) = others, paths
    if test is not None:
        return str(test_path), evaluate(model, *test)
    note = "the epoch was chosen on these rows, so expect a little less on new ones"
    if valid is not None:
        return f"{valid_path} ({note})", evaluate(model, *valid)
    held_out = model.validation_rows_
    if not len(held_out):
        return "nothing", None
    table, labels = rows
    evaluation = evaluate(model, table.take(held_out), labels[held_out])
    return f"the rows held out from training ({note})", evaluation


def summary(
    model: "TabularClassifier", out: str, evaluated_on: str, evaluation: "Evaluation | None"
) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    return {
        "model": out,
        "epochs": model.n_iter_,
        "best_epoch": model.best_epoch_,
        "left_out": model.left_out_,
        "evaluated_on": evaluated_on,
        "evaluation": None if evaluation is None else evaluation.to_json(),
    }
