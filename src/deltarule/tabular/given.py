"""What ``fit`` is given, and which of its rows are held out to validate on."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from deltarule.data import HashedSplit, ListedSplit, NoSplit, Split, Targets, hold_out_each
from deltarule.data.encoder.cells import Cells
from deltarule.data.sources import shortened
from deltarule.errors import DataError, SettingError
from deltarule.network.arrays import Integers
from deltarule.tabular.labelled import LabelledTable
from deltarule.tabular.labels import LearnedLabels
from deltarule.tabular.recipe import VALIDATION_SHARE, Recipe
from deltarule.tabular.rows import require_present
from deltarule.warn import warn

LOG = logging.getLogger(__name__)


class ValidationRowsError(DataError):
    """The user's own rows to validate on cannot be used."""

    @property
    def of_rows(self) -> Exception:
        """What is wrong with them, for whoever names them otherwise than X_val."""
        return self.__cause__ if isinstance(self.__cause__, DataError) else self


@dataclass(frozen=True)
class Given:
    """What ``fit`` was given, as the user has it.

    Attributes
    ----------
    X, y, sample_weight
    groups, order : array, name of a column of X, or None
    X_val, y_val, sample_weight_val
    """

    X: Any
    y: Any
    sample_weight: Any = None
    groups: Any = None
    order: Any = None
    X_val: Any = None
    y_val: Any = None
    sample_weight_val: Any = None

    def __post_init__(self) -> None:
        if self.groups is not None and self.order is not None:
            raise SettingError(
                "groups (--groups) and order (--order) both say which rows are held out. Give one "
                "of them."
            )
        if self.X_val is None and (self.y_val is not None or self.sample_weight_val is not None):
            raise DataError("y_val and sample_weight_val need X_val: the rows to validate on.")
        if self.X_val is not None:
            if self.y_val is None:
                raise DataError("X_val needs y_val: the labels of the rows to validate on.")
            if self.groups is not None or self.order is not None:
                raise SettingError(
                    "groups and order (--groups, --order) say which rows are held out to validate "
                    "on, but X_val (--valid) has those. Leave one of them out."
                )


def choose_split(
    given: Given, table: LabelledTable, labels: LearnedLabels, seed: int, recipe: Recipe
) -> Split:
    """Return which rows each network holds out; those that are refitted hold nothing out.

    Rows are chosen one by one, each class in its share; where a table has more of them than are
    listed, by a hash of their number. That depends on how many there are, and not on where the
    rows are while they are trained on.
    """
    if given.X_val is not None:
        return NoSplit()
    groups = _of_rows("groups", given.groups, table, labels.n_rows)
    order = _of_rows("order", given.order, table, labels.n_rows)
    if order is not None and isinstance(order[0], str):
        order = Cells("order", pa.array(order)).times()
    if labels.codes is None and groups is None and order is None:
        _warn_of_lone_rows(labels)
        return HashedSplit.of(labels.n_rows, VALIDATION_SHARE, recipe.n_models, labels.firsts)
    codes = _codes(table, labels)
    chosen = hold_out_each(
        codes, VALIDATION_SHARE, seed, recipe.n_models, groups=groups, order=order
    )
    if not len(chosen[0][1]):
        LOG.info("no rows are held out to validate on: the weights of the last epoch are kept")
        return NoSplit()
    _warn_of_lone_rows(labels)
    if not recipe.n_refit:
        _warn_of_untaught(labels.targets, codes, [kept for kept, _ in chosen])
    return ListedSplit.of(labels.n_rows, [held_out for _, held_out in chosen])


def _codes(table: LabelledTable, labels: LearnedLabels) -> NDArray[np.int64]:
    """Return the class of each row, of a table however long."""
    if labels.codes is not None:
        return labels.codes
    each = (table.labels.codes(labels.targets, part.batch, part.first) for part in table.parts())
    return np.concatenate(list(each))


def _of_rows(what: str, values: Any, table: LabelledTable, n_rows: int) -> NDArray[Any] | None:
    """Return groups or order as an array, one entry a row."""
    if values is None:
        return None
    if isinstance(values, str):
        named = f"{what}, column {shortened(values)!r},"
        return require_present(table.column(values).to_numpy(), named)
    array = np.asarray(values)
    if array.shape != (n_rows,):
        raise DataError(
            f"{what} has shape {array.shape}, but the table has {n_rows} rows: it needs one entry "
            "a row."
        )
    return require_present(array, what)


def _warn_of_lone_rows(labels: LearnedLabels) -> None:
    lone = np.flatnonzero(labels.counts == 1)
    if len(lone):
        warn(
            f"Classes with a single row: {_listed(labels.targets.classes[lone])}. Those rows stay "
            "in training, and the choice of the best epoch is blind to them."
        )


def _warn_of_untaught(targets: Targets, codes: Integers, each: Sequence[Integers]) -> None:
    """Warn of classes that a network does not see in training."""
    every = np.unique(codes)
    lacking = [np.setdiff1d(every, codes[kept]) for kept in each]
    untaught = np.unique(np.concatenate(lacking))
    if not len(untaught):
        return
    told = f"All rows of {_listed(targets.classes[untaught])} are held out to validate on"
    if len(each) == 1:
        warn(f"{told}: they cannot be learnt. Choose other groups or another order.")
    else:
        warn(
            f"{told} by some of the networks, which cannot learn them. Choose other groups, or "
            "n_models=1."
        )


def _listed(labels: NDArray[Any], most: int = 5) -> str:
    return ", ".join(map(repr, labels.tolist()[:most])) + (" ..." if len(labels) > most else "")
