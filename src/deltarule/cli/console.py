"""What a person sees: descriptions, progress, tables of results."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from deltarule.callbacks import Progress

if TYPE_CHECKING:
    from deltarule.insight import Importances
    from deltarule.model_file import SavedModel
    from deltarule.tabular import Evaluation, TabularClassifier

WIDEST_CONFUSION = 12  # classes up to which the whole matrix is shown
MOST_CONFUSIONS = 10
MOST_NAMES = 8
ROUNDING = 5e-5  # of an area that is shown
MOST_COLUMNS, MOST_LEFT_OUT = 30, 10


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
        sizes = _networks(model.n_models_, model.layer_sizes_)
        why = model.stopped_ or "all that were asked for"
        kept = f"; kept the weights of epoch {model.best_epoch_}" if model.best_epoch_ else ""
        self.say(f"Trained {sizes} for {model.n_iter_} epochs ({why}){kept}.")
        if model.threshold_ is not None:
            second = model.classes_[1]
            self.say(f"Predicts {second} from a probability of {model.threshold_:.3f} on.")

    def show_plan(self, plan: dict[str, Any]) -> None:
        """Print what training would be: see :func:`deltarule.cli.dry_run.survey`."""
        self._console.print(_columns(plan["columns"]))
        for name, reason in list(plan["left_out"].items())[:MOST_LEFT_OUT]:
            self.say(f"Left out {name!r}: it {reason}.")
        if len(plan["left_out"]) > MOST_LEFT_OUT:
            more = len(plan["left_out"]) - MOST_LEFT_OUT
            self.say(f"Left out {more} more, too: --json names them all.")
        twins = plan["duplicate_rows"]
        self.say(
            f"rows       {plan['rows_to_train_on']:,} to train on, "
            f"{plan['rows_to_validate_on']:,} to validate on"
            + ("" if twins is None else f"; {twins:,} repeat another one")
        )
        if plan["window"] < plan["rows"]:
            self.say(f"window     {plan['window']:,} rows are shuffled, and in memory, at a time")
        n_networks = plan["n_models"] + plan["n_refit"]
        sizes = _networks(n_networks, plan["layers"])
        each = " each" if n_networks > 1 else ""
        self.say(f"network    {sizes}, {plan['parameters']:,} parameters{each}")
        count = plan["workers"]
        together, of_each = (f" by {count} workers", ", for each worker") if count > 1 else ("", "")
        time = f"about {duration(plan['seconds'])} for {plan['epochs']} epochs"
        self.say(f"time       {time}{together}")
        beside = " beside the table" if plan["in_memory"] else ", and the rest in a file"
        self.say(f"memory     about {plan['bytes'] / 1e6:,.0f} MB{beside}{of_each}")

    def show_importances(self, importances: "Importances") -> None:
        """Print how much the predictions hang on each column."""
        table = Table("column", *_right(f"{importances.metric} without it", "95 % interval"))
        for row in importances.to_json():
            is_known = row["low"] is not None
            interval = f"{row['low']:+.4f} to {row['high']:+.4f}" if is_known else "unknown"
            table.add_row(_plain(row["column"]), f"{row['mean']:+.4f}", interval)
        self._console.print(table)

    def show_evaluation(self, where: str, evaluation: "Evaluation") -> None:
        """Print accuracy, each class's precision, recall and F1, and the confusions."""
        rows = int(evaluation.support.sum())
        self.say(f"\nOn {rows:,} rows of {where}:")
        area = "" if evaluation.roc_auc is None else f", ROC AUC {evaluation.roc_auc:.4f}"
        if evaluation.roc_auc_error > ROUNDING:
            area += f" (to {evaluation.roc_auc_error:.0e})"
        self.say(f"accuracy {evaluation.accuracy:.4f}, log loss {evaluation.log_loss:.4f}{area}\n")
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
        if saved.encoder is not None:
            kinds = Counter(column["kind"] for column in saved.encoder["columns"])
            self.say(f"kinds      {', '.join(f'{n} {kind}' for kind, n in kinds.most_common())}")
        for name, reason in list(saved.left_out.items())[:MOST_LEFT_OUT]:
            self.say(f"left out   {name!r}: it {reason}")
        if saved.threshold is not None:
            self.say(f"threshold  {saved.classes.tolist()[1]} from {saved.threshold:.3f} on")
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
        self.say(f"network    {saved.network.n_parameters:,} parameters, {saved.dtype}")
        table = Table("layer", "kind", "inputs", "outputs", "activation")
        for k, layer in saved.network:
            sizes = str(layer.n_in), str(layer.n_out)
            table.add_row(str(k), layer.kind, *sizes, layer.activation)
        self._console.print(table)


def _columns(columns: Sequence[dict[str, Any]]) -> Table:
    """Return what each column is; of many, how many there are of each kind."""
    if len(columns) <= MOST_COLUMNS:
        table = Table("column", "is", *_right("numbers"))
        for column in columns:
            table.add_row(_plain(column["name"]), column["kind"], f"{column['numbers']:,}")
        return table
    table = Table("columns that are", *_right("how many", "numbers"))
    for kind in dict.fromkeys(column["kind"] for column in columns):
        widths = [column["numbers"] for column in columns if column["kind"] == kind]
        table.add_row(kind, f"{len(widths):,}", f"{sum(widths):,}")
    return table


def duration(seconds: float) -> str:
    """Return a time as a person says it.

    Examples
    --------
    >>> duration(0.2), duration(65), duration(7300)
    ('1 s', '1 min 5 s', '2 h 1 min')
    """
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _plain(text: str) -> Text:
    """Return text that is shown as it is: brackets are no markup, escape codes no commands."""
    return Text("".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text))


def _networks(count: int, sizes: Sequence[int]) -> str:
    """Say how many networks there are, and of how many units."""
    units = "-".join(map(str, sizes))
    return units if count == 1 else f"{count} networks of {units}"


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
