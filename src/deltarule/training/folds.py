"""The rows of a run's members: what each is trained on, a window at a time, and validated on."""

# ruff: noqa: D102 - what the methods do is documented once, on Folds

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeVar

import numpy as np

from deltarule.distributed import Share
from deltarule.engines import Examples
from deltarule.network import Parameters
from deltarule.network.arrays import Floats, Integers
from deltarule.training.crew import Crew
from deltarule.training.validation import Judge, Validation

T = TypeVar("T")

Pieces = list[list[Floats]]
"""Of each member some pieces of its scores (v, l); none where it is not validated."""


@dataclass(frozen=True)
class Fold:
    """The rows that a member of a run is trained on, and those that it is validated on.

    Attributes
    ----------
    examples : Examples
        Those of all members may be ``rows`` of one X: nothing is copied.
    validation : Validation, optional
        With it, the parameters of the epoch with the best score are the ones that are kept; without
        it those of the epoch with the best mean score of the members that have one, if any has.
    """

    examples: Examples
    validation: Validation | None = None


@dataclass(frozen=True)
class Window:
    """A part of an epoch: rows that are in memory together, and visited in an order of their own.

    Attributes
    ----------
    number : int
        Which one of the epoch; the order of its rows goes by that.
    groups : array of int
        Numbers of its row groups, ascending; of all rows in one piece, none.
    begins, ends : tuple of int
        How many rows of the epoch each member has visited before it, and after it.
    """

    number: int
    groups: Integers
    begins: tuple[int, ...]
    ends: tuple[int, ...]


class Folds(ABC):
    """The rows of all members of a run.

    Attributes
    ----------
    judges : list of Judge or None
        What judges each member after an epoch; None where it is not validated.
    sizes : tuple of int
        Rows that each member is trained on in an epoch.
    """

    judges: Sequence[Judge | None]
    sizes: tuple[int, ...]

    @abstractmethod
    def windows(self, epoch: int) -> Sequence[Window]:
        """Return the windows of an epoch, counted from 0, in the order of their visit."""

    @abstractmethod
    def examples(self, window: Window, share: Share | None = None) -> Sequence[Examples]:
        """Return each member's rows of a window; what was returned before may be let go of.

        With a ``share``, those of other parts may be anything: they are not read.
        """

    @abstractmethod
    def parts(self, window: Window, shards: int) -> Sequence[Integers]:
        """Return which part each of each member's rows of a window is dealt out to."""

    @abstractmethod
    def pieces(self, crew: Crew, parameters: Sequence[Parameters], some: slice) -> Pieces:
        """Return what members say of their rows to validate on: some pieces, of a fixed size.

        Parameters
        ----------
        crew : Crew
        parameters : sequence of Parameters
            Of all members, or of the first ones: only these are asked then.
        some : slice
            Of the numbers of the pieces.
        """

    def scores(
        self,
        crew: Crew,
        parameters: Sequence[Parameters],
        use: Callable[[list[Floats | None]], T],
    ) -> T:
        """Return what worker 0 makes of the scores (v, l) of each member's rows to validate on.

        There are None of one that is not validated.
        """
        workers = crew.communicator
        return workers.gather(
            lambda: self.pieces(crew, parameters, slice(workers.rank, None, workers.size)),
            lambda each: use([joined(of_member) for of_member in zip(*each, strict=True)]),
        )


def joined(pieces: Sequence[list[Floats]]) -> Floats | None:
    """Return as one what each worker has of a member's scores: worker i the pieces i, i + N, ..."""
    in_order = [piece for row in zip_longest(*pieces) for piece in row if piece is not None]
    return np.concatenate(in_order) if in_order else None


def first_examples(folds: Folds) -> list[Examples]:
    """Return the rows of each member in the first window of the first epoch where it has any."""
    found: dict[int, Examples] = {}
    for window in folds.windows(0):
        for i, examples in enumerate(folds.examples(window)):
            if len(examples):
                found.setdefault(i, examples)
        if len(found) == len(folds.sizes):
            break
    return [found[i] for i in range(len(folds.sizes))]


class FoldsInMemory(Folds):
    """Rows that are all in memory: an epoch is one window."""

    def __init__(self, folds: Sequence[Fold]) -> None:
        self.folds = folds
        self.sizes = tuple(len(fold.examples) for fold in folds)
        self.judges = [None if fold.validation is None else fold.validation.judge for fold in folds]

    def windows(self, epoch: int) -> Sequence[Window]:
        return [Window(0, np.arange(0), (0,) * len(self.sizes), self.sizes)]

    def examples(self, window: Window, share: Share | None = None) -> Sequence[Examples]:
        return [fold.examples for fold in self.folds]

    def parts(self, window: Window, shards: int) -> Sequence[Integers]:
        return [np.arange(n_rows) % shards for n_rows in self.sizes]

    def pieces(self, crew: Crew, parameters: Sequence[Parameters], some: slice) -> Pieces:
        def scores_of(i: int) -> list[Floats]:
            validation = self.folds[i].validation
            if validation is None:
                return []
            return validation.scores(crew.engines[i], parameters[i], some)

        return crew.each(scores_of, len(parameters))
