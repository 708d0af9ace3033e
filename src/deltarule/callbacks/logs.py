"""The history of a run in a file, a row an epoch, while it is being made."""

import csv
import io
import json
import math
import os
from pathlib import Path
from typing import Any

from deltarule.callbacks.base import Callback, training_of
from deltarule.errors import SaveError
from deltarule.training import Epoch, TrainingState

NUMBERS = ("loss", "validation_loss", "score", "rate", "gradient_norm", "seconds")


def row_of(state: TrainingState) -> dict[str, Any]:
    """Return the last epoch's figures by name; None where there is none."""
    epoch = state.history[-1]
    row: dict[str, Any] = {"epoch": state.epoch, "step": state.step}
    row.update((name, _finite_or_none(getattr(epoch, name))) for name in NUMBERS)
    return row | _update_ratios(epoch)


def _finite_or_none(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _update_ratios(epoch: Epoch) -> dict[str, float]:
    return {f"update_ratio_{k}": float(r) for k, r in enumerate(epoch.update_ratio, start=1)}


class _Log(Callback):
    """A file with a line for each epoch, in order, written at its end.

    Line e is epoch e. A fit that begins at epoch 1 begins the file anew; one that goes on (a
    warm start, ``partial_fit``, a resumed checkpoint) drops the lines of a run that was cut off
    and appends.
    """

    _headers = 0

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path
        self._is_clean = False

    def setup(self, estimator: Any, context: Any) -> None:
        self._is_clean = False

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Write the epoch's line."""
        state = training_of(context)
        if state is None or not state.history:
            return
        try:
            self._write(row_of(state), state.epoch)
        except OSError as error:
            raise SaveError(
                f"Cannot write the log {os.fspath(self.path)}: {error.strerror or error}. "
                "Choose another place, or train without it."
            ) from error

    def _write(self, row: dict[str, Any], epoch: int) -> None:
        path, lines = Path(self.path), self._lines(row)
        if not self._is_clean:
            kept = self._before(path, epoch)
            path.write_bytes("".join(kept or lines[:-1]).encode())
            self._is_clean = True
        with path.open("ab") as file:
            file.write(lines[-1].encode())

    def _before(self, path: Path, epoch: int) -> list[str]:
        """Return the lines of the epochs before this one that the file has."""
        if epoch == 1 or not path.is_file():
            return []
        lines = path.read_bytes().decode(errors="replace").splitlines(keepends=True)
        return [line for line in lines[: self._headers + epoch - 1] if line.endswith("\n")]

    def _lines(self, row: dict[str, Any]) -> list[str]:
        """Return the file's header, where it has one, and the row's line."""
        raise NotImplementedError


class CsvLog(_Log):
    """Writes a CSV file: a header and a line an epoch, for a spreadsheet or ``pandas``.

    Columns: epoch, step, loss (training, penalty included), validation_loss, score, rate,
    gradient_norm, seconds, and update_ratio_k of each layer k; see
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

    _headers = 1

    def _lines(self, row: dict[str, Any]) -> list[str]:
        lines = []
        for cells in (row.keys(), row.values()):
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerow(cells)
            lines.append(text.getvalue())
        return lines


class JsonLinesLog(_Log):
    """Writes JSON lines: an object an epoch, with the members of :class:`CsvLog`'s columns.

    Parameters
    ----------
    path : path-like
        As for :class:`CsvLog`.
    """

    def _lines(self, row: dict[str, Any]) -> list[str]:
        return [json.dumps(row) + "\n"]
