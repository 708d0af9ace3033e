"""What a person sees: descriptions, progress, tables of results."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from deltarule.callbacks import Progress

if TYPE_CHECKING:
    from deltarule.cli.tables import Labelled
    from deltarule.model_file import SavedModel
    from deltarule.tabular import Evaluation, TabularClassifier

WIDEST_CONFUSION = 12  # classes up to which the whole matrix is shown
MOST_CONFUSIONS = 10
MOST_NAMES = 8


class Screen:
    """Everything that the commands show to a person.

    Parameters
    ----------
    to_stdout : bool
        Where what is shown is the command's result, and not a word beside it.
    quiet : bool
        Show nothing: a machine is reading.
    """

    def __init__(self, to_stdout: bool = False, quiet: bool = False) -> None:
        self._console = Console(stderr=not to_stdout, highlight=False, quiet=quiet)

    def say(self, line: str) -> None:
        """Print one line as it is: brackets are no markup, and only a terminal breaks it."""
        self._console.print(_plain(line), soft_wrap=not self._console.is_terminal)

    def describe_table(self, path: str, rows: "Labelled", target: str) -> None:
        """Say what was read."""
        table, labels = rows
        classes = list(dict.fromkeys(labels.tolist()))
        self.say(
            f"{path}: {table.num_rows:,} rows, {table.num_columns} columns; "
            f"{target}: {_listed(classes)}"
        )

    @contextmanager
    def logged(self, logger: logging.Logger) -> Iterator[None]:
        """Show what a logger tells during the block."""
        handler = logging.Handler(logging.INFO)
        handler.emit = lambda record: self.say(record.getMessage())  # type: ignore[method-assign]
        before = logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            yield
        finally:
            logger.setLevel(before)
            logger.removeHandler(handler)

    def progress(self) -> Progress:
        """Return what shows a live line while training."""
        return Progress(self._console)

    def describe_training(self, model: "TabularClassifier") -> None:
        """Say what training did."""
        for name, reason in model.left_out_.items():
            self.say(f"Left out {name!r}: it {reason}.")
        sizes = "-".join(map(str, model.layer_sizes_))
        kept = f"; kept epoch {model.best_epoch_}" if model.best_epoch_ else ""
        why = model.stopped_ or "the last epoch asked for was done"
        self.say(f"Trained {sizes} for {model.n_iter_} epochs{kept}: {why}.")

    def show_evaluation(self, where: str, evaluation: "Evaluation") -> None:
        """Print accuracy, each class's precision, recall and F1, and the confusions."""
        rows = int(evaluation.support.sum())
        self.say(f"\nOn {rows:,} rows of {where}:")
        self.say(f"accuracy {evaluation.accuracy:.4f}, log loss {evaluation.log_loss:.4f}\n")
        self._console.print(_per_class(evaluation))
        if len(evaluation.classes) <= WIDEST_CONFUSION:
            self._console.print(_confusion(evaluation))
        else:
            self._console.print(_worst_confusions(evaluation))

    def show_model(self, path: str, saved: "SavedModel") -> None:
        """Describe a model file."""
        training = saved.training
        self.say(f"{path}: {saved.estimator}, written by deltarule {saved.written_by}")
        self.say(f"classes    {_listed(saved.classes.tolist())}")
        if saved.target is not None:
            self.say(f"target     {saved.target}")
        if saved.features is not None:
            self.say(f"columns    {_listed(saved.features)}")
        kept = f", epoch {training.best_epoch} kept" if training.best_epoch else ""
        self.say(f"training   {training.epochs} epochs{kept}, loss {training.loss_curve[-1]:.4f}")
        scores = [score for score in training.validation_scores if score is not None]
        if scores:
            self.say(f"           best validation score {max(scores):.4f}")
        if saved.snapshot is not None:
            state = saved.snapshot.state
            self.say(
                f"checkpoint at step {state.step:,}, row {state.position:,} of {state.n_rows:,} of "
                f"epoch {training.epochs + 1}"
            )
        self.say(f"network    {saved.network.n_parameters:,} parameters, {saved.parameters.dtype}")
        table = Table("layer", "inputs", "outputs", "activation")
        for k, layer in saved.network:
            table.add_row(str(k), str(layer.n_in), str(layer.n_out), layer.activation)
        self._console.print(table)


def _plain(text: str) -> Text:
    """Return text that is shown as it is: brackets are no markup, escape codes no commands."""
    return Text("".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text))


def _listed(names: Sequence[object]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(map(str, names[:MOST_NAMES])) + more


def _per_class(evaluation: "Evaluation") -> Table:
    table = Table("class", *_right("precision", "recall", "F1", "rows"))
    columns = (evaluation.precision, evaluation.recall, evaluation.f1)
    for i, label in enumerate(evaluation.classes):
        rates = [f"{column[i]:.3f}" for column in columns]
        table.add_row(_plain(str(label)), *rates, f"{evaluation.support[i]:,}")
    return table


def _confusion(evaluation: "Evaluation") -> Table:
    labels = [str(label) for label in evaluation.classes]
    table = Table("true \\ predicted", *_right(*labels))
    for i, label in enumerate(labels):
        cells = [
            Text(f"{count:,}", style="bold" if i == j else "")
            for j, count in enumerate(evaluation.confusion[i])
        ]
        table.add_row(_plain(label), *cells)
    return table


def _worst_confusions(evaluation: "Evaluation") -> Table:
    """Return the most frequent mistakes: a matrix this wide would not fit a screen."""
    n = len(evaluation.classes)
    mistakes = [
        (int(evaluation.confusion[i, j]), i, j) for i in range(n) for j in range(n) if i != j
    ]
    mistakes.sort(key=lambda mistake: -mistake[0])
    table = Table("true", "predicted", *_right("rows"))
    for count, i, j in mistakes[:MOST_CONFUSIONS]:
        if count:
            true, predicted = (_plain(str(evaluation.classes[c])) for c in (i, j))
            table.add_row(true, predicted, f"{count:,}")
    return table


def _right(*headers: str) -> list[Column]:
    return [Column(_plain(header), justify="right") for header in headers]
