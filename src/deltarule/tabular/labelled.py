"""A table with labels and weights, in memory or in files, gone through a batch at a time."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from deltarule.data import (
    IGNORED,
    Encoder,
    ReadOptions,
    Source,
    Targets,
    check_weights,
    in_memory,
    open_source,
    require_columns,
)
from deltarule.data.encoded import Encoded
from deltarule.data.encoder.cells import Cells
from deltarule.data.sources.finding import names_files
from deltarule.errors import DataError, SettingError
from deltarule.tabular.labels import ArrayLabels, ColumnLabels, Labels, refuse_no_rows
from deltarule.tabular.rows import Rows, match_columns, read_labels

LOG = logging.getLogger(__name__)

TOLD_EVERY = 10.0  # seconds
CELLS_AT_ONCE = 2**23  # that rows are encoded to: 32 MB

Weights = NDArray[np.float64] | None


class Part(NamedTuple):
    """Some consecutive rows.

    Attributes
    ----------
    batch : pyarrow.RecordBatch
    weights : array (n,) or None
    first : int
        Number of the first row.
    """

    batch: pa.RecordBatch
    weights: Weights
    first: int


class LabelledTable:
    """A table with labels and weights, as ``fit`` was given it.

    Parameters
    ----------
    X : table, file, or deltarule.data.Source
    y : array-like (n,), or name of a column
    sample_weight : array-like (n,) or name of a column, optional
    kinds : mapping from column name to kind
        As the user said; ignored columns need not be readable.

    Attributes
    ----------
    source : Source
    names : list of str
        Of the columns that are neither labels nor weights.
    target : str or None
        Name of the column of labels, if it is one.
    labels : Labels
    ignored : dict from the name of a column that is not read to its kind

    Raises
    ------
    DataError
        For what is no table, has no columns or no rows, and labels and weights that do not fit.
    OSError
        Where a file cannot be opened.
    """

    def __init__(
        self, X: Any, y: Any, sample_weight: Any = None, kinds: Mapping[str, str] | None = None
    ) -> None:
        if y is None:
            raise DataError(
                "This classifier requires y to be passed, but the target y is None: the labels."
            )
        self.ignored = {name: kind for name, kind in (kinds or {}).items() if kind == IGNORED}
        self.source = open_table(X, lambda name: name not in self.ignored, kinds or {})
        self.labels: Labels = (
            ColumnLabels(y, self.source) if isinstance(y, str) else ArrayLabels(read_labels(y))
        )
        self._n_rows = self.source.n_rows
        self._weights, self._weight_column = self._split_weights(sample_weight)
        self.target = y if isinstance(y, str) else None
        aside = {self.target, self._weight_column}
        for name, kind in (kinds or {}).items():
            if name in aside:
                whose = "the labels'" if name == self.target else "the weights'"
                raise SettingError(
                    f"columns says that {name!r} is {kind!r}, but it is {whose} column, which is "
                    "none of those to learn from. Leave it out of columns."
                )
        self.names = [name for name in self.source.schema.names if name not in aside]
        self._require_rows()

    @property
    def schema(self) -> pa.Schema:
        """Of the columns that are neither labels nor weights."""
        return pa.schema([self.source.schema.field(name) for name in self.names])

    @property
    def is_named(self) -> bool:
        """Whether the columns have names of their own."""
        return self.source.is_named

    @property
    def is_weighted(self) -> bool:
        """Whether rows have weights."""
        return self._weights is not None or self._weight_column is not None

    def parts(self) -> Iterator[Part]:
        """Go through the rows, as often as one likes; without the columns that are ignored.

        Raises
        ------
        DataError
            Where there are other rows than the first time.
        """
        first, told = 0, monotonic()
        wanted = [name for name in self.source.schema.names if name not in self.ignored]
        for batch in self.source.batches(wanted):
            last = first + batch.num_rows
            if self._n_rows is not None and last > self._n_rows:
                raise _changed(self._n_rows, "more")
            yield Part(batch, self._weights_of(batch, first), first)
            first = last
            if monotonic() - told > TOLD_EVERY:
                told = monotonic()
                LOG.info("%s: %s rows are read.", self.source.name, f"{first:,}")
        if self._n_rows is not None and first < self._n_rows:
            raise _changed(self._n_rows, f"{first:,}")
        self._n_rows = first
        pa.default_memory_pool().release_unused()  # Arrow would keep hundreds of MB for the next

    def noted_batches(self) -> Iterator[pa.RecordBatch]:
        """Go through the rows, and let the labels take note of them."""
        n_rows, some_weigh = 0, not self.is_weighted
        for part in self.parts():
            self.labels.note(part.batch, part.first)
            some_weigh |= part.weights is not None and bool(part.weights.any())
            yield part.batch
            n_rows += part.batch.num_rows
        refuse_no_rows(n_rows)
        if not some_weigh:
            check_weights(np.zeros(1), 1)  # says that all of them are zero

    def encoded(
        self, encoder: Encoder, targets: Targets, names: Mapping[str, str] | None = None
    ) -> Iterator[Encoded]:
        """Go through the rows as numbers.

        Parameters
        ----------
        encoder : Encoder
        targets : Targets
        names : mapping from column name to the encoder's, optional
            Where columns have other names there; those that are not in it are left out.
        """
        most = max(1, CELLS_AT_ONCE // encoder.n_features)
        for part in self.parts():
            codes = self.labels.codes(targets, part.batch, part.first)
            for start in range(0, part.batch.num_rows, most):
                rows = slice(start, start + most)
                table = _renamed(pa.Table.from_batches([part.batch[rows]]), names)
                inputs = encoder.encode(table, first=part.first + start)
                weights = None if part.weights is None else part.weights[rows]
                yield Encoded(inputs, codes[rows], weights)

    def names_like(self, training: "LabelledTable") -> dict[str, str]:
        """Return what each column is called in the table that was trained on.

        Raises
        ------
        DataError
            If columns that have no names are not as many.
        """
        rows = Rows(self.schema.empty_table(), self.is_named)
        matched = match_columns(rows, training.names, training.is_named)
        return dict(zip(self.names, matched.column_names, strict=True))

    def column(self, name: str) -> pa.ChunkedArray:
        """Return a whole column.

        Raises
        ------
        DataError
            If there is none of that name.
        """
        require_columns(self.source.schema, [name], "The table")
        return self.source.read([name])[name]

    def _require_rows(self) -> None:
        """See that there are columns, and rows with a label each, as far as that is known."""
        n_rows = self._n_rows
        if not self.names:
            raise DataError(
                f"The table has 0 feature(s) (shape=({n_rows}, 0)) while a minimum of 1 is "
                "required."
            )
        if n_rows is None:
            return
        if isinstance(self.labels, ArrayLabels):
            self.labels.require(n_rows)
        refuse_no_rows(n_rows)

    def _count(self) -> int:
        """Go through the rows to count them, where arrays are to have as many entries."""
        (column, *_) = self.source.schema.names
        return sum(batch.num_rows for batch in self.source.batches([column]))

    def _split_weights(self, sample_weight: Any) -> tuple[Weights, str | None]:
        if sample_weight is None:
            return None, None
        if not isinstance(sample_weight, str):
            self._n_rows = self._count() if self._n_rows is None else self._n_rows
            return check_weights(sample_weight, self._n_rows), None
        require_columns(self.source.schema, [sample_weight], self.source.name)
        return None, sample_weight

    def _weights_of(self, batch: pa.RecordBatch, first: int) -> Weights:
        if self._weight_column is None:
            return None if self._weights is None else self._weights[first : first + batch.num_rows]
        name = self._weight_column
        cells = Cells(name, batch[name], first)
        weights = cells.numbers()
        bad = np.flatnonzero(~(weights >= 0))
        if len(bad):
            what = "no value" if np.isnan(weights[bad[0]]) else f"{weights[bad[0]]:g}"
            raise cells.error(
                int(bad[0]), f"sample_weight must be finite and not negative, and this is {what}."
            )
        return weights


def _renamed(table: pa.Table, names: Mapping[str, str] | None) -> pa.Table:
    """Return the columns that are in ``names``, by their names there."""
    if names is None:
        return table
    table = table.select([name for name in table.column_names if name in names])
    return table.rename_columns([names[name] for name in table.column_names])


def _changed(then: int, now: str) -> DataError:
    return DataError(
        f"The table had {then:,} rows, and has {now} now: it has changed while it was read. Begin "
        "again when nobody writes to it."
    )


def open_table(
    X: Any,
    is_used: Callable[[str], bool] = lambda name: True,
    kinds: Mapping[str, str] | None = None,
) -> Source:
    """Open whatever holds a table; of files, columns that are said to be categories as text."""
    if isinstance(X, Source) or not names_files(X):
        return in_memory(X, is_used)
    texts = {name: pa.string() for name, kind in (kinds or {}).items() if kind == "categorical"}
    return open_source(X, ReadOptions(types=texts))


def open_known(X: Any, types: Mapping[str, pa.DataType], target: Any, classes: Any) -> Source:
    """Open a table like one that is known: of files, columns are read as what they were there.

    Parameters
    ----------
    X : table, file, or deltarule.data.Source
    types : mapping from column name to Arrow type
    target : name of a column, or labels
    classes : array
        Those that are known: where they are text, the target's column is text, too.
    """
    if isinstance(X, Source) or not names_files(X):
        return in_memory(X)
    if isinstance(target, str) and classes.dtype.kind in "OU":
        types = {**types, target: pa.string()}
    return open_source(X, ReadOptions(types=types))


@contextmanager
def naming(source: Source) -> Iterator[None]:
    """Say in errors about rows in files where these are."""
    try:
        yield
    except DataError as error:
        if not source.is_stored:
            raise
        raise source.locate(error) from error


def take_rows(source: Source, numbers: NDArray[np.int64], names: Collection[str]) -> pa.Table:
    """Return some rows of a table, whose numbers ascend, in these columns."""
    taken, first = [], 0
    for batch in source.batches(list(names)):
        last = first + batch.num_rows
        here = numbers[np.searchsorted(numbers, first) : np.searchsorted(numbers, last)] - first
        taken.append(batch.take(pa.array(here)))
        first = last
    return pa.Table.from_batches(taken, pa.schema([source.schema.field(name) for name in names]))
