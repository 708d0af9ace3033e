"""A line that moves while training goes on: on a terminal, and in a notebook."""

import os
import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from deltarule.callbacks.base import Callback, training_of
from deltarule.training import TrainingState

WIDTH_BESIDE_BAR = 66  # of the progress line: all but the bar
NARROWEST_BAR, WIDEST_BAR = 4, 30
NARROW = 72  # columns, below which only what matters most is shown
NARROWEST_TIME = 48  # columns, below which that is not the time
NAMES_OF_SCORES = {"error": "accuracy", "log_loss": "neg_log_loss"}  # the higher, the better
NOTEBOOK_SECONDS = 0.2  # between two pictures in a notebook, which are sent to a browser


class Progress(Callback):
    """Shows epoch, loss, score and the time left, live, on a terminal or in a notebook.

    It moves within an epoch, too. Where neither is there (a file, a pipe) it is silent. In a
    notebook it needs nothing but IPython, which is there.

    Parameters
    ----------
    console : rich.console.Console, optional
        Where to show it; standard error if it is not given.

    Examples
    --------
    >>> from deltarule import MLPClassifier
    >>> model = MLPClassifier().set_callbacks(Progress())
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console, self._process = console, os.getpid()

    def __getstate__(self) -> dict[str, Any]:
        return {"console": None, "_process": self._process}

    def setup(self, estimator: Any, context: Any) -> None:
        """Begin with an empty line."""
        is_elsewhere = os.getpid() != self._process  # several workers would draw over each other
        console = self.console or Console(stderr=True, quiet=is_elsewhere)
        self._score = _name_of_score(estimator)
        self._is_narrow = console.width < NARROW
        self._task: TaskID | None = None
        self._bars = Bars(*_columns(console), console=console)
        self._view = _view(console, self._bars)
        self._view.open()

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Start from where training starts: a run that is resumed has come some way already."""
        state = training_of(context)
        if state is not None and self._task is None:
            self._epochs = state.epoch + context.parent.max_subtasks
            self._task = self._bars.add_task("", **self._standing(state))

    def on_burst(self, state: TrainingState) -> None:
        """Move on within the epoch."""
        if self._task is not None:
            self._bars.update(self._task, **self._standing(state))
            self._view.refresh()

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Show the epoch's figures."""
        state = training_of(context)
        if state is not None:
            self.on_burst(state)

    def teardown(self, estimator: Any, context: Any) -> None:
        """Leave the last line standing, with the time that it took."""
        if self._task is not None:
            self._bars.update(self._task, left="in all")
            task = self._bars.tasks[0]
            task.finished_time = task.elapsed  # also where it ended before its last epoch
        self._view.close()

    def _standing(self, state: TrainingState) -> dict[str, Any]:
        return {
            "total": self._epochs * state.n_rows,
            "completed": state.epoch * state.n_rows + state.position,
            "epoch": state.epoch,
            "epochs": self._epochs,
            "numbers": _numbers(state, self._score, self._is_narrow),
            "left": "left",
        }


def _columns(console: Console) -> list[ProgressColumn]:
    """Return what the line shows; a bar only where there is room for one."""
    columns: list[ProgressColumn] = [
        TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
        TextColumn("{task.fields[numbers]}"),
    ]
    if console.width >= NARROWEST_TIME:
        columns.append(TimeRemainingColumn(elapsed_when_finished=True))
    if console.width >= NARROW:
        columns.append(TextColumn("{task.fields[left]}"))
    room = console.width - WIDTH_BESIDE_BAR
    if room > NARROWEST_BAR:
        columns.insert(1, BarColumn(min(room, WIDEST_BAR)))
    return columns


def _name_of_score(estimator: Any) -> str:
    """Return what an estimator scores its validation rows by."""
    metric = getattr(estimator, "metric", "error")
    scoring = getattr(estimator, "scoring", None) or NAMES_OF_SCORES.get(metric, metric)
    return scoring if isinstance(scoring, str) else "score"


def _numbers(state: TrainingState, score: str, is_narrow: bool) -> str:
    """Return the last epoch's figures."""
    if not state.history:
        return ""
    epoch = state.history[-1]
    loss = f"loss {epoch.loss:.3f}"
    if epoch.score is None:
        return loss
    if is_narrow:
        return f"{loss} score {epoch.score:.3f}"
    return f"{loss} {score} {epoch.score:.3f} (best {state.best_score:.3f})"


class _Silent:
    """Shows nothing: nobody is looking."""

    def open(self) -> None:
        """Begin."""

    def refresh(self) -> None:
        """Show how it stands."""

    def close(self) -> None:
        """Leave the last picture standing."""


class _Terminal(_Silent):
    """rich draws by itself, some times a second."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars

    def open(self) -> None:
        self._bars.start()

    def close(self) -> None:
        self._bars.stop()


class _Notebook(_Silent):
    """One output of the cell, drawn anew. rich itself would need ipywidgets for that."""

    def __init__(self, bars: Bars) -> None:
        self._bars, self._drawn = bars, 0.0

    def open(self) -> None:
        from IPython.display import display

        self._handle: Any = display(self._picture(), display_id=True)  # type: ignore[no-untyped-call]

    def refresh(self) -> None:
        if time.monotonic() - self._drawn > NOTEBOOK_SECONDS:
            self._draw()

    def close(self) -> None:
        self._draw()

    def _draw(self) -> None:
        self._handle.update(self._picture())
        self._drawn = time.monotonic()

    def _picture(self) -> Any:
        return self._bars.make_tasks_table(self._bars.tasks)


def _view(console: Console, bars: Bars) -> _Silent:
    if console.quiet:
        return _Silent()
    if console.is_jupyter:
        return _Notebook(bars)
    return _Terminal(bars) if console.is_terminal else _Silent()
