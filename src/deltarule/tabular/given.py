"""What ``fit`` is given, and which of its rows are held out to validate on."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from deltarule.data import Targets, hold_out_each
from deltarule.data.encoder.cells import Cells
from deltarule.errors import DataError, SettingError
from deltarule.network.arrays import Integers
from deltarule.tabular.recipe import VALIDATION_SHARE, Recipe
from deltarule.tabular.rows import Rows, require_present
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


def choose_rows(
    given: Given,
    rows: Rows,
    targets: Targets,
    outputs: NDArray[np.int64],
    seed: int,
    recipe: Recipe,
) -> Sequence[tuple[Integers, Integers]]:
    """Return the numbers of the rows to train on, and of those to validate on, of each network.

    Those that are refitted come last, and are trained on all rows.
    """
    every: Integers = np.arange(len(outputs))
    if given.X_val is not None:
        return [(every, every[:0])] * recipe.n_trained
    groups, order = (
        _of_rows("groups", given.groups, rows),
        _of_rows("order", given.order, rows),
    )
    if order is not None and isinstance(order.tolist()[0], str):
        order = Cells("order", pa.array(order.tolist())).times()
    refitted: list[tuple[Integers, Integers]] = [(every, every[:0])] * recipe.n_refit
    chosen = [
        *hold_out_each(
            outputs, VALIDATION_SHARE, seed, recipe.n_models, groups=groups, order=order
        ),
        *refitted,
    ]
    if not len(chosen[0][1]):
        LOG.info("no rows are held out to validate on: the weights of the last epoch are kept")
        return chosen
    _warn_of_lone_rows(targets, outputs)
    _warn_of_untaught(targets, outputs, [kept for kept, _ in chosen[-recipe.n_kept :]])
    return chosen


def _of_rows(what: str, values: Any, rows: Rows) -> NDArray[Any] | None:
    """Return groups or order as an array, one entry a row."""
    if values is None:
        return None
    array = rows.column(values, what) if isinstance(values, str) else np.asarray(values)
    n = rows.table.num_rows
    if array.shape != (n,):
        raise DataError(
            f"{what} has shape {array.shape}, but the table has {n} rows: it needs one entry a row."
        )
    return require_present(array, what)


def _warn_of_lone_rows(targets: Targets, outputs: NDArray[np.int64]) -> None:
    lone = np.flatnonzero(np.bincount(outputs, minlength=len(targets.classes)) == 1)
    if len(lone):
        warn(
            f"Classes with a single row: {_listed(targets.classes[lone])}. Those rows stay in "
            "training, and the choice of the best epoch is blind to them."
        )


def _warn_of_untaught(
    targets: Targets, outputs: NDArray[np.int64], each: Sequence[Integers]
) -> None:
    """Warn of classes that a network does not see in training."""
    every = np.unique(outputs)
    lacking = [np.setdiff1d(every, outputs[kept]) for kept in each]
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
