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
    weigh_classes,
    weighted,
)
from deltarule.data.sources import BATCH_ROWS, shortened
from deltarule.engines import Examples
from deltarule.errors import DataError
from deltarule.network.arrays import Floats, Integers
from deltarule.settings import settings_of_run
from deltarule.tabular.duplicates import count_duplicates
from deltarule.tabular.given import Given, ValidationRowsError, choose_rows
from deltarule.tabular.memory import require_room
from deltarule.tabular.metrics import METRICS, Metric
from deltarule.tabular.rows import Rows, match_columns, read_labelled
from deltarule.training import Plan, Validation
from deltarule.warn import warn

LOG = logging.getLogger(__name__)

MOST_WARNED = 5  # columns that are left out, each by a warning of its own

Weights = NDArray[np.float64] | None


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
    weights : array, optional
        The user's own, of the rows that ``validation`` has: without those of classes.
    rows : Rows
        The table.
    left_out : dict from column name to the reason why it is not used
    held_out : array of int
        Numbers of the rows to validate on; empty where those were given.
    n_twins : int
        Rows that repeat another one.
    """

    encoder: Encoder
    targets: Targets
    examples: Examples
    validation: Validation | None
    metric: Metric
    weights: Floats | None
    rows: Rows
    left_out: dict[str, str]
    held_out: Integers
    n_twins: int

    def fingerprint(self, settings: Mapping[str, Any], plan: Plan) -> Fingerprint:
        """Return which run it is to train on these rows with these settings."""
        valid = None if self.validation is None else self.validation.examples
        return fingerprint(
            settings_of_run(settings),
            plan,
            self.targets.classes,
            self.rows.names,
            [(self.examples, valid)],
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
    kept, held_out = choose_rows(given, rows, targets, outputs, seed)
    n_given = 0 if given.X_val is None else len(np.atleast_1d(np.asarray(given.y_val)))
    n_validated = len(held_out) + n_given
    sizes = (len(targets.classes), len(labels) + n_given, n_validated)
    require_room(encoder, *sizes, settings["memory_limit"])

    inputs = encoder.encode(rows.table)
    pruned = encoder.without_unseen(inputs, kept)
    if pruned is not encoder:
        encoder, inputs = pruned, pruned.encode(rows.table)
    n_twins = _log_what_is_there(encoder, inputs, outputs)
    whole = Examples(inputs, outputs, weights)
    of_class = weigh_classes(settings["class_weight"], targets, whole)
    valid = replace(whole, rows=held_out)
    if given.X_val is not None:
        valid = _given_to_validate_on(given, rows, encoder, targets)
    encoder.mask_at_random(inputs, kept, seed)
    return Prepared(
        encoder=encoder,
        targets=targets,
        examples=weighted(replace(whole, rows=kept), of_class),
        validation=_validation(targets, metric, valid, of_class),
        metric=metric,
        weights=valid.weights,
        rows=rows,
        left_out=left_out,
        held_out=held_out,
        n_twins=n_twins,
    )


def _learn_columns(
    given: Given, rows: Rows, asked: Mapping[str, str]
) -> tuple[Encoder, dict[str, str]]:
    """Return the encoder, and the columns that are left out with the reason; warn of them."""
    kinds = dict(asked)
    if isinstance(given.groups, str):
        kinds[given.groups] = IGNORED
    batches = rows.table.to_batches(max_chunksize=BATCH_ROWS)
    learned = Encoder.learn(batches, rows.table.schema, kinds)
    _warn_left_out(learned.left_out, kinds)
    for name, note in list(learned.notes.items())[:MOST_WARNED]:
        warn(f"Column {shortened(name)!r} {note}.")
    return learned.encoder, learned.left_out


def _given_to_validate_on(given: Given, rows: Rows, encoder: Encoder, targets: Targets) -> Examples:
    """Encode the user's own validation rows; what is wrong with them is said to be theirs."""
    try:
        theirs, labels = read_labelled(given.X_val, given.y_val)
        table = match_columns(theirs, rows.names, rows.is_named)
        weights = check_weights(given.sample_weight_val, len(labels))
        return Examples(encoder.encode(table), targets.encode(labels), weights)
    except DataError as error:
        raise ValidationRowsError(f"In the rows to validate on (X_val): {error}") from error


def _validation(
    targets: Targets, metric: Metric, valid: Examples, of_class: Weights
) -> Validation | None:
    """Return what judges the rows to validate on; None where there are none of any weight."""
    if not len(valid):
        return None
    if not _have_weight(valid, of_class):
        warn(
            "The rows to validate on all have weight 0: the weights of the last epoch are kept. "
            "Validate on rows that have some."
        )
        return None
    valid = weighted(valid, of_class)
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


def _have_weight(valid: Examples, of_class: Weights) -> bool:
    picked = slice(None) if valid.rows is None else valid.rows
    weights = np.ones(len(valid)) if valid.weights is None else valid.weights[picked]
    return bool((weights if of_class is None else weights * of_class[valid.y[picked]]).any())


def _log_what_is_there(
    encoder: Encoder, inputs: NDArray[np.float32], outputs: NDArray[np.int64]
) -> int:
    """Tell of the columns, and of rows that are there twice; return how many."""
    kinds = Counter(encoder.kinds().values())
    listed = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    LOG.info("columns used: %s; a row becomes %d numbers", listed, encoder.n_features)
    twins = count_duplicates(inputs, outputs)
    if twins:
        LOG.info(
            "%d of %d rows repeat another one in all columns that are used, label included. Where "
            "they are the same case told twice, scores look better than they are.",
            twins,
            len(inputs),
        )
    return twins


def _warn_left_out(left_out: Mapping[str, str], asked: Mapping[str, str]) -> None:
    surprises = {name: why for name, why in left_out.items() if asked.get(name) != IGNORED}
    for name, reason in list(surprises.items())[:MOST_WARNED]:
        warn(f"Column {shortened(name)!r} is left out: it {reason}.")
    if len(surprises) > MOST_WARNED:
        warn(
            f"Column {shortened(list(surprises)[MOST_WARNED])!r} is left out, too, and so are "
            f"{len(surprises) - MOST_WARNED - 1} more: left_out_ and --dry-run name them."
        )
