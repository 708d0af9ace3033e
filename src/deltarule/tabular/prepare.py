"""From a table and its labels to rows that can be trained on."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.checkpoints import Fingerprint, fingerprint
from deltarule.data import (
    IGNORED,
    Encoder,
    Targets,
    check_weights,
    hold_out,
    weigh_classes,
    weighted,
)
from deltarule.data.sources import BATCH_ROWS, shortened
from deltarule.engines import Examples
from deltarule.errors import DataError, SettingError
from deltarule.network.arrays import Floats, Integers
from deltarule.settings import settings_of_run
from deltarule.tabular.duplicates import count_duplicates
from deltarule.tabular.memory import require_room
from deltarule.tabular.metrics import METRICS, Metric
from deltarule.tabular.recipe import VALIDATION_SHARE
from deltarule.tabular.rows import Rows, match_columns, read_labelled, require_present
from deltarule.training import Plan, Validation
from deltarule.warn import warn

LOG = logging.getLogger(__name__)

MOST_WARNED = 5  # columns that are left out, each by a warning of its own

Weights = NDArray[np.float64] | None


class ValidationRowsError(DataError):
    """The user's own rows to validate on cannot be used; its cause says why."""


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


@dataclass(frozen=True)
class Prepared:
    """A table and its labels, ready to train on.

    Attributes
    ----------
    encoder : Encoder
    targets : Targets
    examples : Examples
    validation : Validation, optional
    metric : Metric
        What it scores by.
    rows : Rows
        The table.
    left_out : dict from column name to the reason why it is not used
    held_out : array of int
        Numbers of the rows to validate on; empty where those were given.
    """

    encoder: Encoder
    targets: Targets
    examples: Examples
    validation: Validation | None
    metric: Metric
    rows: Rows
    left_out: dict[str, str]
    held_out: Integers

    def fingerprint(self, settings: Mapping[str, Any], plan: Plan) -> Fingerprint:
        """Return which run it is to train on these rows with these settings."""
        valid = None if self.validation is None else self.validation.examples
        return fingerprint(
            settings_of_run(settings),
            plan,
            self.targets.classes,
            self.rows.names,
            self.examples,
            valid,
        )


def prepare(given: Given, settings: Mapping[str, Any], seed: int) -> Prepared:
    """Learn encoder and classes, encode, and hold rows out where none were given to validate on.

    Parameters
    ----------
    given : Given
    settings : mapping
        TabularClassifier's parameters.
    seed : int

    Raises
    ------
    DataError, SettingError, OutOfMemoryError
    """
    asked = settings["columns"] or {}
    rows, labels = read_labelled(given.X, given.y, lambda name: asked.get(name) != IGNORED)
    targets, metric = Targets.learn(labels), METRICS[settings["metric"]]
    encoder, left_out = _learn_columns(given, rows, asked)
    outputs, weights = targets.encode(labels), check_weights(given.sample_weight, len(labels))
    kept, held_out = _hold_out(given, rows, targets, outputs, weights, seed)
    n_validated = len(held_out) if given.X_val is None else np.shape(given.y_val)[0]
    limit = settings["memory_limit"]
    require_room(encoder, len(targets.classes), len(labels), n_validated, limit)

    whole = Examples(encoder.encode(rows.table), outputs, weights)
    _log_what_is_there(encoder, whole)
    of_class = weigh_classes(settings["class_weight"], targets, whole)
    valid = replace(whole, rows=held_out)
    if given.X_val is not None:
        valid = _given_to_validate_on(given, rows, encoder, targets)
    encoder.mask_at_random(whole.X, kept, seed)
    validation = _validation(targets, metric, weighted(valid, of_class)) if len(valid) else None
    examples = weighted(replace(whole, rows=kept), of_class)
    return Prepared(encoder, targets, examples, validation, metric, rows, left_out, held_out)


def _learn_columns(
    given: Given, rows: Rows, asked: Mapping[str, str]
) -> tuple[Encoder, dict[str, str]]:
    """Return the encoder, and the columns that are left out with the reason; warn of them."""
    kinds = dict(asked)
    if isinstance(given.groups, str):
        kinds.setdefault(given.groups, IGNORED)
    batches = rows.table.to_batches(max_chunksize=BATCH_ROWS)
    learned = Encoder.learn(batches, rows.table.schema, kinds)
    _warn_left_out(learned.left_out, kinds)
    return learned.encoder, learned.left_out


def _hold_out(
    given: Given,
    rows: Rows,
    targets: Targets,
    outputs: NDArray[np.int64],
    weights: Weights,
    seed: int,
) -> tuple[Integers, Integers]:
    """Return the numbers of the rows to train on, and of those to validate on."""
    every: Integers = np.arange(len(outputs))
    if given.X_val is not None:
        return every, every[:0]
    groups = _of_rows("groups", given.groups, rows)
    order = _of_rows("order", given.order, rows)
    kept, held_out = hold_out(outputs, VALIDATION_SHARE, seed, groups=groups, order=order)
    if weights is not None and len(held_out) and not weights[held_out].any():
        warn(
            "The rows to validate on all have weight 0: none are held out, and the weights of the "
            "last epoch are kept. Give X_val, or leave rows of weight 0 out."
        )
        return every, every[:0]
    if len(held_out):
        _warn_of_lone_rows(targets, outputs)
    return kept, held_out


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


def _given_to_validate_on(given: Given, rows: Rows, encoder: Encoder, targets: Targets) -> Examples:
    """Encode the user's own validation rows; what is wrong with them is said to be theirs."""
    try:
        theirs, labels = read_labelled(given.X_val, given.y_val)
        table = match_columns(theirs, rows.names, rows.is_named)
        weights = check_weights(given.sample_weight_val, len(labels))
        return Examples(encoder.encode(table), targets.encode(labels), weights)
    except DataError as error:
        raise ValidationRowsError(f"In the rows to validate on (X_val): {error}") from error


def _validation(targets: Targets, metric: Metric, valid: Examples) -> Validation:
    picked = slice(None) if valid.rows is None else valid.rows
    y = valid.y[picked]
    weights = None if valid.weights is None else valid.weights[picked]

    def score(scores: Floats) -> float:
        return metric.score(targets, scores, y, weights)

    if np.isnan(score(np.zeros((len(y), targets.n_outputs)))):
        warn(
            f"The {metric.name} is not defined on the {len(y)} rows to validate on, which are all "
            f"of class {targets.classes.tolist()[y[0]]!r}: the weights of the last epoch will be "
            "kept. Validate on rows of several classes."
        )
    return Validation(valid, score)


def _log_what_is_there(encoder: Encoder, whole: Examples) -> None:
    kinds = Counter(encoder.kinds().values())
    listed = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    LOG.info("columns used: %s; a row becomes %d numbers", listed, encoder.n_features)
    twins = count_duplicates(whole.X, whole.y)
    if twins:
        LOG.info(
            "%d of %d rows repeat another one, label included. Where they are the same case told "
            "twice, scores look better than they are: drop them, or name groups.",
            twins,
            len(whole),
        )


def _warn_left_out(left_out: Mapping[str, str], asked: Mapping[str, str]) -> None:
    surprises = {name: why for name, why in left_out.items() if asked.get(name) != IGNORED}
    for name, reason in list(surprises.items())[:MOST_WARNED]:
        warn(f"Column {shortened(name)!r} is left out: it {reason}.")
    if len(surprises) > MOST_WARNED:
        warn(
            f"Column {shortened(list(surprises)[MOST_WARNED])!r} is left out, too, and so are "
            f"{len(surprises) - MOST_WARNED - 1} more: left_out_ and --dry-run name them."
        )


def _warn_of_lone_rows(targets: Targets, outputs: NDArray[np.int64]) -> None:
    lone = np.flatnonzero(np.bincount(outputs, minlength=len(targets.classes)) == 1)
    if len(lone):
        labels = targets.classes[lone].tolist()
        listed = ", ".join(map(repr, labels[:5])) + (" ..." if len(labels) > 5 else "")
        warn(
            f"Classes with a single row: {listed}. Those rows stay in training, and the choice of "
            "the best epoch is blind to them."
        )
