"""Holding rows out: every class in its share, whole groups, or the latest rows."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, train_test_split

from deltarule.data.hashing import hash_of
from deltarule.network.arrays import Integers
from deltarule.network.randomness import SPLIT, philox

Rows = Integers

MOST_VALIDATED = 131_072  # rows a network: their accuracy is known to a seventh of a percent
MOST_LISTED = 655_360  # rows of a table: of more, MOST_VALIDATED are less than a fifth


class Split(Protocol):
    """Which rows each of several networks holds out."""

    def held_out(self, network: int, rows: Rows) -> NDArray[np.bool_]:
        """Return whether a network holds out each of some rows, given by their numbers."""

    def most_held_out(self, n_rows: int) -> int:
        """Return about how many of a table's rows a network holds out."""

    def described(self, network: int) -> str:
        """Return what tells the rows that a network holds out from others."""


@dataclass(frozen=True)
class NoSplit:
    """Nothing is held out."""

    def held_out(self, network: int, rows: Rows) -> NDArray[np.bool_]:
        """Return False for each of the rows."""
        return np.zeros(len(rows), bool)

    def most_held_out(self, n_rows: int) -> int:
        """Return 0."""
        return 0

    def described(self, network: int) -> str:
        """Say so."""
        return "all"


@dataclass(frozen=True)
class ListedSplit:
    """Rows that were chosen one by one; networks beyond those listed hold nothing out.

    Attributes
    ----------
    masks : list of arrays (n,)
    """

    masks: list[NDArray[np.bool_]]

    @classmethod
    def of(cls, n_rows: int, chosen: Sequence[Rows]) -> "ListedSplit":
        """Return the split with which each network holds out the rows with these numbers."""
        masks = [np.zeros(n_rows, bool) for _ in chosen]
        for mask, rows in zip(masks, chosen, strict=True):
            mask[rows] = True
        return cls(masks)

    def held_out(self, network: int, rows: Rows) -> NDArray[np.bool_]:
        """Return whether a network holds out each of the rows."""
        if network >= len(self.masks):
            return np.zeros(len(rows), bool)
        return self.masks[network][rows]

    def most_held_out(self, n_rows: int) -> int:
        """Return the greatest number of rows that a network holds out."""
        return max(int(mask.sum()) for mask in self.masks)

    def described(self, network: int) -> str:
        """Return a digest of the rows that a network holds out."""
        if network >= len(self.masks):
            return "all"
        return f"sha256:{sha256(np.packbits(self.masks[network]).tobytes()).hexdigest()}"


@dataclass(frozen=True)
class HashedSplit:
    """Rows that a hash of their number chooses, for tables whose rows are too many to list.

    They fall into parts by :func:`~deltarule.data.hashing.hash_of`, and networks hold parts out as
    :func:`hold_out_each` has it: two each, every part by two networks.

    Attributes
    ----------
    count : int
        Networks that hold rows out; others hold nothing out.
    n_parts : int
    exempt : array
        Numbers of rows that are never held out: of each class the first.
    """

    count: int
    n_parts: int
    exempt: Rows

    @classmethod
    def of(cls, n_rows: int, fraction: float, count: int, exempt: Rows) -> "HashedSplit":
        """Return the split by which a network holds out ``fraction``, or MOST_VALIDATED rows."""
        share = min(fraction, MOST_VALIDATED / n_rows)
        return cls(count, round(2 / share), exempt)

    def held_out(self, network: int, rows: Rows) -> NDArray[np.bool_]:
        """Return whether a network holds out each of the rows."""
        if network >= self.count:
            return np.zeros(len(rows), bool)
        repeat, number = divmod(network, self.n_parts)
        in_turn = min(self.count - repeat * self.n_parts, self.n_parts)
        second = (number + 1) % in_turn if self.count > 1 else 1
        salted = hash_of(hash_of(rows.astype(np.uint64)) + np.uint64(repeat))
        parts = salted % np.uint64(self.n_parts)
        is_mine = (parts == number) | (parts == second)
        return is_mine & ~np.isin(rows, self.exempt)

    def most_held_out(self, n_rows: int) -> int:
        """Return about how many rows a network holds out."""
        return round(2 * n_rows / self.n_parts)

    def described(self, network: int) -> str:
        """Return which of how many parts a network holds out."""
        return f"by hash: {network} of {self.count} in {self.n_parts} parts"


def hold_out_each(
    y: NDArray[np.int64],
    fraction: float,
    seed: int,
    count: int,
    *,
    groups: NDArray[Any] | None = None,
    order: NDArray[Any] | None = None,
) -> list[tuple[Rows, Rows]]:
    """Return rows to train on and to validate on for each of several networks.

    Rows are cut into twice 1 / ``fraction`` parts, tenths for a fifth. The first network holds out
    parts 1 and 2, the second one 2 and 3, and so on, and the last one its part and the first: so
    every row that is held out is held out by two, which together tell more of what the average of
    all is worth. When the parts are used up, others are cut.

    Parameters
    ----------
    y, fraction, seed, groups, order
        As for :func:`hold_out`. One network alone gets what that returns, and with an ``order``
        all do.
    count : int
        Networks.
    """
    alone = hold_out(y, fraction, seed, groups=groups, order=order)
    if count == 1 or order is not None or not len(alone[1]):
        return [alone] * count
    every, held_out = np.arange(len(y)), list[Rows]()
    for repeat in range(count):
        if len(held_out) < count:
            parts = _parts(y, round(2 / fraction), _generator(seed, repeat), groups)
            held_out += _in_turn(
                parts[: count - len(held_out)], max(1, round(fraction * len(parts)))
            )
    if groups is None:
        held_out = [_without_whole_classes(y, valid) for valid in held_out]
    return [(np.setdiff1d(every, valid, assume_unique=True), valid) for valid in held_out]


def _in_turn(parts: list[Rows], width: int) -> list[Rows]:
    """Return, beginning with each part, ``width`` of them together; after the last the first."""
    several = [*parts, *parts[: width - 1]]
    return [np.unique(np.concatenate(several[i : i + width])) for i in range(len(parts))]


def _without_whole_classes(y: NDArray[np.int64], valid: Rows) -> Rows:
    """Leave the first row of a class to training that would have none."""
    held_out, counts = np.bincount(y[valid], minlength=y.max() + 1), np.bincount(y)
    whole = np.flatnonzero((held_out == counts) & (counts > 0))
    first = [valid[y[valid] == label][0] for label in whole]
    return np.setdiff1d(valid, first, assume_unique=True)


def hold_out(
    y: NDArray[np.int64],
    fraction: float,
    seed: int,
    *,
    groups: NDArray[Any] | None = None,
    order: NDArray[Any] | None = None,
) -> tuple[Rows, Rows]:
    """Return the numbers of the rows to train on and of the rows to validate on.

    Classes keep their shares on both sides. A class with a single row stays in training.

    Parameters
    ----------
    y : array (n,)
        Class indices.
    fraction : float in (0, 1)
        The share to validate on: at least one row a class, as long as that leaves training
        as many; with fewer than four rows a class on average, none are held out.
    seed : int
    groups : array (n,), optional
        Rows with the same entry stay on the same side, but for a class's only row.
    order : array (n,), optional
        The rows with the greatest entries, such as the latest, are held out, whatever their
        class; rows with the same entry stay on the same side, but for a class's only row.
    """
    rows = np.arange(len(y))
    counts = np.bincount(y)
    alone = counts[y] == 1  # a class's only row stays in training
    pool, n_classes = rows[~alone], int((counts > 1).sum())
    n_valid = max(n_classes, round(fraction * len(y)))
    if len(pool) < 4 * n_classes or n_valid > len(pool) - n_classes or n_classes == 0:
        return rows, rows[:0]
    if order is not None:
        valid = _latest(order, n_valid)
    elif groups is not None:
        valid = _whole_groups(y, groups, fraction, seed)
    else:
        _, valid = train_test_split(
            pool, test_size=n_valid, stratify=y[pool], random_state=_generator(seed)
        )
    valid = np.sort(valid[~alone[valid]])
    return np.setdiff1d(rows, valid, assume_unique=True), valid


def _generator(seed: int, repeat: int = 0) -> np.random.RandomState:
    return np.random.RandomState(philox(seed, SPLIT, repeat))


def _parts(
    y: NDArray[np.int64],
    n_parts: int,
    generator: np.random.RandomState,
    groups: NDArray[Any] | None,
) -> list[Rows]:
    """Cut the rows into parts, each class in its share; a class's only row is in none."""
    counts = np.bincount(y)
    pool = np.flatnonzero(counts[y] > 1)
    if groups is not None:
        parts = _parts_of_groups(y, groups, n_parts, generator)
    else:
        splitter = StratifiedKFold(
            min(n_parts, int(counts.max())), shuffle=True, random_state=generator
        )
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The least populated class")
            parts = [pool[valid] for _, valid in splitter.split(pool, y[pool])]
    return [np.sort(part[counts[y[part]] > 1]) for part in parts]


def _latest(order: NDArray[Any], n_valid: int) -> Rows:
    limit = np.sort(order)[-n_valid]
    with_limit, beyond = np.flatnonzero(order >= limit), np.flatnonzero(order > limit)
    is_closer = len(with_limit) - n_valid <= n_valid - len(beyond)
    is_possible = len(with_limit) < len(order)
    return with_limit if is_possible and (is_closer or not len(beyond)) else beyond


def _whole_groups(y: NDArray[np.int64], groups: NDArray[Any], fraction: float, seed: int) -> Rows:
    parts = _parts_of_groups(y, groups, round(1 / fraction), _generator(seed))
    return min(parts, key=lambda part: abs(len(part) - fraction * len(y)))


def _parts_of_groups(
    y: NDArray[np.int64], groups: NDArray[Any], n_parts: int, generator: np.random.RandomState
) -> list[Rows]:
    """Cut the rows into as many parts, or as groups and classes allow; whole groups in each."""
    _, numbers = np.unique(groups, return_inverse=True)
    n_parts = min(n_parts, int(numbers.max()) + 1, int(np.bincount(y).max()))
    if n_parts < 2:
        return [np.arange(0)]
    splitter = StratifiedGroupKFold(n_parts, shuffle=True, random_state=generator)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class")  # it keeps what share it can
        return [valid for _, valid in splitter.split(np.zeros(len(y)), y, numbers)]
