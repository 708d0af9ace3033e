"""The rows of a table as its networks are trained and validated on them, a window at a time."""

# ruff: noqa: D102 - what the methods do is documented once, on Folds

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Masking, Split
from deltarule.data.encoded import Encoded, EncodedRows, Windows
from deltarule.data.groups import positions_of
from deltarule.engines import Examples
from deltarule.network import Parameters
from deltarule.network.arrays import Floats, Integers
from deltarule.training import Crew, Folds, Judge, Window


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

    def __call__(self, encoded: Encoded, groups: Integers) -> Examples:
        """Return the rows of some groups, to be trained on."""
        inputs, targets, weights = encoded
        if self.masking.encoder.has_places:
            inputs = inputs if inputs.flags.owndata else inputs.copy()
            self.masking.apply(inputs, groups)
        if self.of_class is not None:
            of_class = self.of_class[targets]
            weights = of_class if weights is None else of_class * weights
        return Examples(inputs, targets, weights)


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
        self._held: tuple[Integers, list[Examples]] | None = None

    def windows(self, epoch: int) -> Sequence[Window]:
        found, begins = [], np.zeros(len(self.sizes), np.int64)
        for number, groups in enumerate(self._windows.of_epoch(epoch)):
            ends = begins + self._kept[:, groups].sum(axis=1)
            found.append(Window(number, groups, tuple(begins.tolist()), tuple(ends.tolist())))
            begins = ends
        return found

    def examples(self, window: Window) -> Sequence[Examples]:
        if self._held is None or not np.array_equal(self._held[0], window.groups):
            self._held = None  # its memory is needed
            self._held = window.groups, self._examples_of(window.groups)
        return self._held[1]

    def _examples_of(self, groups: Integers) -> list[Examples]:
        taught = self._teach(self._rows.read(groups), groups)
        positions = positions_of(groups, self._rows.n_rows)
        every = range(len(self.sizes))
        kept = [np.flatnonzero(~self._split.held_out(i, positions)) for i in every]
        return [Examples(taught.X, taught.y, taught.weights, rows) for rows in kept]

    def scores(self, crew: Crew, parameters: Sequence[Parameters]) -> list[Floats | None]:
        count = min(len(parameters), self._n_judged)
        told: list[Floats | None] = [None] * len(parameters)
        if any(judge is not None for judge in self.judges):
            told[:count] = self._scores(crew, parameters, count)
        return told

    def _scores(self, crew: Crew, parameters: Sequence[Parameters], count: int) -> list[Floats]:
        """Return what the first networks say of the rows that each is judged by."""
        if self._given is not None:
            X = self._given.X
            return crew.each(lambda i: crew.engines[i].predict(parameters[i], X), count)
        parts: list[list[Floats]] = [[] for _ in range(count)]
        for positions, block in self._rows.blocks():
            held_out = [self._split.held_out(i, positions) for i in range(count)]

            def scores_of(i: int, X: Any = block.inputs, rows: Any = held_out) -> Floats:
                return crew.engines[i].predict(parameters[i], X[rows[i]])

            for part, some in zip(parts, crew.each(scores_of, count), strict=True):
                part.append(some)
        return [np.concatenate(part) for part in parts]
