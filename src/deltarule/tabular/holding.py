"""Where encoded rows are held while a table is trained on: in memory, or in a file."""

import hashlib
import io
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from deltarule.data import Encoder, Split
from deltarule.data.encoded import Encoded, EncodedRows, RowsInFile, RowsInMemory, write_rows
from deltarule.errors import DataError, SaveError
from deltarule.model_file import clear_debris, writing_durably
from deltarule.tabular.labelled import LabelledTable
from deltarule.tabular.learning import LearnedTable
from deltarule.tabular.memory import Room, shown_size
from deltarule.tabular.recipe import Recipe
from deltarule.tabular.survey import Survey

LOG = logging.getLogger(__name__)

FORMAT = 1  # of what is held in a file
BEGINNING = "encoded-"
NAME = BEGINNING + "{}.arrow"
LEARNED, OF = "deltarule table", "deltarule origin"
OVERHEAD = 1.02  # of a file, over its numbers
ABANDONED = 3600.0  # seconds since a file was written to, whose writer must have been killed


class Holder:
    """Writes encoded rows to a file, and finds those that were written before.

    Parameters
    ----------
    cache : path-like or None
        Where files stay, to be used again.
    run : path-like or None
        Without a cache: the folder of a run that nobody else writes to, where they stay until it is
        over. Without that either the rows are in a file without a name, in the folder for temporary
        files, which is gone with this process however that ends.
    origin : dict or None
        JSON-able: what the rows are a function of. None where nothing tells that for sure: they
        are not used again then.
    """

    def __init__(
        self,
        cache: str | os.PathLike[str] | None,
        run: str | os.PathLike[str] | None,
        origin: dict[str, Any] | None,
    ) -> None:
        folder = run if cache is None else cache
        self._folder = None if folder is None else Path(folder)
        self._is_of_run = cache is None and run is not None
        self._origin = {"format": FORMAT, **(origin or {})}
        key = hashlib.blake2b(json.dumps(self._origin).encode(), digest_size=8).hexdigest()
        self._is_kept = origin is not None
        self._name = NAME.format(key)

    def find(self) -> tuple[LearnedTable, EncodedRows] | None:
        """Return what was learnt of this very table, and its rows, if they are there and whole."""
        if self._folder is None or not self._is_kept:
            return None
        path = self._folder / self._name
        if not path.exists():
            return None
        try:
            rows = _open(path)
            if json.loads(rows.described[OF]) != self._origin:
                return None
            learned = LearnedTable.from_json(rows.described[LEARNED])
        except (OSError, DataError, KeyError, ValueError):
            return None
        LOG.info("The encoded rows in %s are used again.", path)
        return learned, rows

    def hold(self, parts: Iterable[Encoded], learned: LearnedTable) -> EncodedRows:
        """Write rows to a file, and return them.

        Raises
        ------
        SaveError
            If there is no room for it. The file is gone then.
        """
        folder = self._folder or Path(tempfile.gettempdir())
        row = 4 * learned.encoder.n_features + 16
        size = OVERHEAD * learned.n_rows * row
        self._require_space(folder, size)
        stay = self._folder is not None and self._is_kept
        name = str(folder / self._name) if stay else f"a file without a name in {folder}"
        LOG.info(
            "The table is larger than memory_limit: its encoded rows, about %s, go into %s.",
            shown_size(size),
            name,
        )
        described = {OF: json.dumps(self._origin), LEARNED: learned.to_json()}
        if not stay:
            return self._hold_nameless(folder, name, parts, described)
        self._remove_stale()
        clear_debris(folder, BEGINNING, older=0 if self._is_of_run else ABANDONED)
        try:
            with writing_durably(name) as write:
                write_rows(_Sink(write), parts, described)
        except SaveError as error:
            raise _no_space(folder, _reason(error.__cause__ or error)) from error
        return _open(Path(name))

    def let_go(self) -> None:
        """Remove the files of a run that is over."""
        if self._folder is not None and self._is_of_run:
            clear_debris(self._folder, BEGINNING)
            for path in self._folder.glob(NAME.format("*")):
                with suppress(OSError):
                    path.unlink()

    def discard(self) -> None:
        """Remove the file, as its rows are to be written anew."""
        if self._folder is not None:
            with suppress(OSError):
                (self._folder / self._name).unlink(missing_ok=True)

    def _hold_nameless(
        self, folder: Path, name: str, parts: Iterable[Encoded], described: dict[str, str]
    ) -> EncodedRows:
        try:
            file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed with the rows
            with ExitStack() as failed:
                failed.callback(_close, file)
                write_rows(file, parts, described)
                file.flush()
                failed.pop_all()
        except OSError as error:
            raise _no_space(folder, _reason(error)) from error
        return RowsInFile(file, name)

    def _remove_stale(self) -> None:
        """Remove what the folder has of files that are not what they were."""
        folder = self._folder or Path()
        for path in folder.glob(NAME.format("*")):
            with suppress(OSError, DataError, KeyError, ValueError):
                origin = json.loads(_open(path).described[OF])
                if _is_stale(origin.get("files", []), self._origin.get("files", [])):
                    path.unlink()
                    LOG.info("Removed %s: its table has changed.", path)

    def _require_space(self, folder: Path, size: float) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(folder).free
        except OSError as error:
            raise _no_space(folder, _reason(error)) from error
        if free < size:
            raise _no_space(
                folder, f"they take about {shown_size(size)}, and {shown_size(free)} are free there"
            )


def _open(path: Path) -> RowsInFile:
    return RowsInFile(open(path, "rb"), str(path))


def _is_stale(then: list[str], now: list[str]) -> bool:
    """Return whether these are the same files, of which one has changed."""
    paths_then, paths_now = ([one.rpartition(": ")[0] for one in each] for each in (then, now))
    return paths_then == paths_now and then != now


def _close(file: Any) -> None:
    with suppress(OSError):  # of what was still to be written
        file.close()


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error)


def _no_space(folder: Path, reason: str) -> SaveError:
    return SaveError(
        "The table is larger than memory_limit, and its encoded rows cannot be written to "
        f"{folder}: {reason}. Name a folder with more room (cache, --cache; or TMPDIR), raise "
        "memory_limit, or leave columns out."
    )


class _Sink(io.RawIOBase):
    """A file to write to, for Arrow."""

    def __init__(self, write: Any) -> None:
        self._write = write

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._write(piece)
        return len(piece)


@dataclass(frozen=True)
class Held:
    """A table's encoded rows, wherever there is room for them.

    Attributes
    ----------
    table : LabelledTable
    learned : LearnedTable
    split : Split
    recipe : Recipe
    room : Room
    holder : Holder
        For rows that go into a file.
    """

    table: LabelledTable
    learned: LearnedTable
    split: Split
    recipe: Recipe
    room: Room
    holder: Holder

    def encoded(self, found: EncodedRows | None) -> tuple[Encoder, EncodedRows, Survey]:
        """Return rows, what they were encoded by, and what is to be known of them.

        The encoder has no categories or values that no network learns from: where there are such,
        rows are encoded anew without them.

        Parameters
        ----------
        found : EncodedRows or None
            Those that were written before.
        """
        if not self.room.in_memory:
            window = f"{min(self.room.window, self.learned.n_rows):,}"
            LOG.info("%s rows are in memory, and shuffled, at a time (window).", window)
        encoder = self.learned.encoder
        rows = self._hold(encoder) if found is None else self._taken_over(found)
        survey = self._survey(rows, encoder)
        pruned = encoder.only(survey.places)
        if pruned is not encoder:
            LOG.info("No network learns from all categories: rows are encoded without the others.")
            del rows  # there may be no room for both
            self.holder.discard()
            encoder, rows = pruned, self._hold(pruned)
            survey = self._survey(rows, encoder)
        return encoder, rows, survey

    def _survey(self, rows: EncodedRows, encoder: Encoder) -> Survey:
        n_classes = len(self.learned.targets.classes)
        return Survey.of(rows, encoder, self.split, self.recipe.n_trained, n_classes)

    def _hold(self, encoder: Encoder) -> EncodedRows:
        learned = self.learned.with_encoder(encoder)
        parts = self.table.encoded(encoder, learned.targets)
        if not self.room.in_memory:
            return self.holder.hold(parts, learned)
        return RowsInMemory(gathered(parts, learned.n_rows, encoder.n_features))

    def _taken_over(self, found: EncodedRows) -> EncodedRows:
        if not self.room.in_memory:
            return found
        return RowsInMemory(found.read(np.arange(found.n_groups)))


def gathered(parts: Iterable[Encoded], n_rows: int, n_features: int) -> Encoded:
    """Return rows that come in parts as whole arrays, which are filled one part after the other."""
    inputs, targets = np.empty((n_rows, n_features), np.float32), np.empty(n_rows, np.int64)
    weights, start = None, 0
    for part in parts:
        rows = slice(start, start + len(part.targets))
        inputs[rows], targets[rows] = part.inputs, part.targets
        if part.weights is not None:
            weights = np.empty(n_rows) if weights is None else weights
            weights[rows] = part.weights
        start = rows.stop
    return Encoded(inputs, targets, weights)
