"""The history of a run in a file, a row an epoch, while it is being made."""

import csv
import io
import json
import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from deltarule.callbacks.base import Callback, training_of
from deltarule.errors import SaveError
from deltarule.model_file import check_writable, write_durably
from deltarule.training import Epoch, TrainingState

NUMBERS = {  # a column, and what an epoch's record calls it
    "loss": "loss",
    "validation_loss": "validation_loss",
    "validation_score": "score",
    "rate": "rate",
    "gradient_norm": "gradient_norm",
    "seconds": "seconds",
}


def row_of(state: TrainingState) -> dict[str, Any]:
    """Return the last epoch's figures by name; None where there is none."""
    epoch = state.history[-1]
    row: dict[str, Any] = {"epoch": state.epoch, "step": state.step}
    row |= {column: _finite_or_none(getattr(epoch, name)) for column, name in NUMBERS.items()}
    return row | _update_ratios(epoch)


def _finite_or_none(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _update_ratios(epoch: Epoch) -> dict[str, float | None]:
    ratios = enumerate(epoch.update_ratio.tolist(), start=1)
    return {f"update_ratio_{k}": _finite_or_none(ratio) for k, ratio in ratios}


class _Log(Callback):
    """A file with a line for each epoch, in order, written at its end.

    A fit that begins at epoch 1 begins the file anew; one that goes on (a warm start,
    ``partial_fit``, a resumed checkpoint) drops the lines of a run that was cut off after it,
    and appends.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path
        self._is_ready = False

    def setup(self, estimator: Any, context: Any) -> None:
        """See that it can be written to, before work starts."""
        check_writable(self.path)
        self._is_ready = False

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Write the epoch's line."""
        state = training_of(context)
        if state is None:
            return
        row = row_of(state)
        if not self._is_ready:
            write_durably(self.path, self._kept(row).encode())
            self._is_ready = True
        try:
            with open(self.path, "a", encoding="utf-8", newline="") as file:
                file.write(self._line(row.values(), row))
        except OSError as error:
            raise SaveError(
                f"Cannot write the log {os.fspath(self.path)}: {error.strerror or error}. "
                "Choose another place, or train without it."
            ) from error

    def _kept(self, row: dict[str, Any]) -> str:
        """Return what the file keeps: whole lines of the epochs before this one."""
        path = Path(self.path)
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        lines = [line for line in text.splitlines(keepends=True) if line.endswith("\n")]
        before = [line for line in lines if (self._epoch_of(line) or row["epoch"]) < row["epoch"]]
        return self._header(row) + "".join(before)

    def _header(self, row: dict[str, Any]) -> str:
        return ""

    def _line(self, values: Iterable[Any], row: dict[str, Any]) -> str:
        raise NotImplementedError

    def _epoch_of(self, line: str) -> int | None:
        """Return the epoch that a line is of; None for one that is no line of ours."""
        raise NotImplementedError


class CsvLog(_Log):
    """Writes a CSV file: a header and a line an epoch, for a spreadsheet or ``pandas``.

    Columns: epoch, step, loss (training, penalty included), validation_loss, validation_score,
    rate, gradient_norm, seconds, and update_ratio_k of each layer k; see
    :class:`deltarule.training.Epoch`. A cell is empty where there is no finite number.

    Parameters
    ----------
    path : path-like
        A file of a fit that begins is overwritten; one that goes on is appended to.

    Raises
    ------
    SaveError
        At ``fit``, if it cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from deltarule import MLPClassifier
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = pathlib.Path(folder, "log.csv")
    ...     model = MLPClassifier(max_iter=3, tol=1, n_iter_no_change=1).set_callbacks(CsvLog(log))
    ...     _ = model.fit([[0.0], [1.0]] * 100, [0, 1] * 100)
    ...     print(log.read_text().splitlines()[0][:30])
    epoch,step,loss,validation_los
    """

    def _header(self, row: dict[str, Any]) -> str:
        return self._line(row.keys(), row)

    def _line(self, values: Iterable[Any], row: dict[str, Any]) -> str:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(values)
        return text.getvalue()

    def _epoch_of(self, line: str) -> int | None:
        cell = line.partition(",")[0]
        return int(cell) if cell.isdecimal() else None


class JsonLinesLog(_Log):
    """Writes JSON lines: an object an epoch, with the members of :class:`CsvLog`'s columns.

    Parameters
    ----------
    path : path-like
        As for :class:`CsvLog`.
    """

    def _line(self, values: Iterable[Any], row: dict[str, Any]) -> str:
        return json.dumps(row) + "\n"

    def _epoch_of(self, line: str) -> int | None:
        try:
            return int(json.loads(line)["epoch"])
        except (ValueError, TypeError, KeyError):
            return None
