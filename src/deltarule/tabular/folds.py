"""The rows of a table as its networks are trained and validated on them, a window at a time."""

# ruff: noqa: D102 - what the methods do is documented once, on Folds

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Masking, Split
from deltarule.data.encoded import Encoded, EncodedRows, Windows
from deltarule.data.groups import GROUP, positions_of
from deltarule.distributed import Share
from deltarule.engines import Examples
from deltarule.network import Parameters
from deltarule.network.arrays import Floats, Integers
from deltarule.training import Crew, Folds, Judge, Validation, Window
from deltarule.training.folds import Pieces


@dataclass(frozen=True)
class TaughtRows:
    """What is done to encoded rows before a network is trained on them.

    Attributes
    ----------
    masking : Masking
        Which cells are taken for unknown ones.
    of_class : array (n_classes,) or None
        The weights of classes.
    """

    masking: Masking
    of_class: NDArray[np.float64] | None

    def __call__(self, encoded: Encoded, groups: Integers, wanted: NDArray[np.bool_]) -> Examples:
        """Return the rows of some groups, to be trained on, or of those that are wanted."""
        inputs, targets, weights = encoded
        if self.masking.encoder.has_places:
            inputs = inputs if inputs.flags.owndata else inputs.copy()
            for first, last in runs_of(wanted):
                self.masking.apply(inputs[first * GROUP : last * GROUP], groups[first:last])
        if self.of_class is not None:
            of_class = self.of_class[targets]
            weights = of_class if weights is None else of_class * weights
        return Examples(inputs, targets, weights)


def runs_of(wanted: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where each run of what is wanted begins, and where it has ended.

    Examples
    --------
    >>> runs_of(np.array([True, True, False, True]))
    [(0, 2), (3, 4)]
    """
    changes = np.flatnonzero(np.diff(wanted, prepend=False, append=False))
    return list(zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True))


class TableFolds(Folds):
    """Rows in memory or in a file; an epoch has one window or many.

    Parameters
    ----------
    rows : EncodedRows
    windows : Windows
    teach : TaughtRows
    split : Split
    kept : array (n_networks, n_groups)
        How many rows of each group each network is trained on.
    judges : sequence of Judge or None
        Of the networks that are judged; those that are refitted are not, and come after them.
    given : Examples, optional
        The user's own rows to validate on, which then all networks are judged by.
    """

    def __init__(
        self,
        rows: EncodedRows,
        windows: Windows,
        teach: TaughtRows,
        split: Split,
        kept: Integers,
        judges: Sequence[Judge | None],
        given: Examples | None = None,
    ) -> None:
        self._n_judged = len(judges)
        self.judges = [*judges, *[None] * (len(kept) - len(judges))]
        self.sizes = tuple(kept.sum(axis=1).tolist())
        self._rows, self._windows, self._teach, self._split = rows, windows, teach, split
        self._kept, self._given = kept, given
        self._held: tuple[Window, Share | None, list[Examples]] | None = None

    def windows(self, epoch: int) -> Sequence[Window]:
        found, begins = [], np.zeros(len(self.sizes), np.int64)
        for number, groups in enumerate(self._windows.of_epoch(epoch)):
            ends = begins + self._kept[:, groups].sum(axis=1)
            found.append(Window(number, groups, tuple(begins.tolist()), tuple(ends.tolist())))
            begins = ends
        return found

    def examples(self, window: Window, share: Share | None = None) -> Sequence[Examples]:
        if self._held is None or not self._has(window, share):
            self._held = None  # its memory is needed
            self._held = window, share, self._examples_of(window.groups, share)
        return self._held[2]

    def _has(self, window: Window, share: Share | None) -> bool:
        """Return whether this is what is held already."""
        assert self._held is not None  # noqa: S101 - for mypy
        held, theirs, _ = self._held
        is_same = held is window or np.array_equal(held.groups, window.groups)
        return is_same and (theirs == share or theirs is None or theirs.is_all)

    def _examples_of(self, groups: Integers, share: Share | None) -> list[Examples]:
        wanted = np.ones(len(groups), bool) if share is None else share.has(groups)
        taught = self._teach(self._rows.read(groups, wanted), groups, wanted)
        kept = self._kept_of(groups)
        return [Examples(taught.X, taught.y, taught.weights, rows) for rows in kept]

    def _kept_of(self, groups: Integers) -> list[Integers]:
        """Return which rows of some groups each network is trained on."""
        positions = positions_of(groups, self._rows.n_rows)
        every = range(len(self.sizes))
        return [np.flatnonzero(~self._split.held_out(i, positions)) for i in every]

    def parts(self, window: Window, shards: int) -> Sequence[Integers]:
        part_of = positions_of(window.groups, self._rows.n_rows) // GROUP % shards
        return [part_of[kept] for kept in self._kept_of(window.groups)]

    def pieces(self, crew: Crew, parameters: Sequence[Parameters], some: slice) -> Pieces:
        count = min(len(parameters), self._n_judged)
        told: Pieces = [[] for _ in parameters]
        if any(judge is not None for judge in self.judges):
            told[:count] = self._pieces(crew, parameters, count, some)
        return told

    def _pieces(
        self, crew: Crew, parameters: Sequence[Parameters], count: int, some: slice
    ) -> Pieces:
        """Return what the first networks say of the rows that each is judged by, in pieces."""
        if self._given is not None:
            validation = Validation(self._given, len)
            return crew.each(
                lambda i: validation.scores(crew.engines[i], parameters[i], some), count
            )
        parts: Pieces = [[] for _ in range(count)]
        for positions, block in self._rows.blocks(some):
            held_out = [self._split.held_out(i, positions) for i in range(count)]

            def scores_of(i: int, X: Any = block.inputs, rows: Any = held_out) -> Floats:
                return crew.engines[i].predict(parameters[i], X[rows[i]])

            for part, scores in zip(parts, crew.each(scores_of, count), strict=True):
                part.append(scores)
        return parts
