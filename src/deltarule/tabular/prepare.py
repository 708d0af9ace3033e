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
from deltarule.tabular.memory import Sizes, require_room
from deltarule.tabular.metrics import METRICS, Metric
from deltarule.tabular.recipe import Recipe, encoded_for, recipe_of
from deltarule.tabular.rows import Rows, match_columns, read_labelled
from deltarule.training import Fold, FoldsInMemory, Plan, Validation
from deltarule.warn import warn

LOG = logging.getLogger(__name__)

MOST_WARNED = 5  # columns that are left out, each by a warning of its own

Weights = NDArray[np.float64] | None


@dataclass(frozen=True)
class Prepared:
    """A table and its labels, ready to train on.

    Attributes
    ----------
    recipe : Recipe
    encoder : Encoder
    targets : Targets
    folds : FoldsInMemory
        What each network is trained and validated on; those that are refitted come last.
    metric : Metric
        What it is validated by.
    valid : Examples
        Where the rows to validate on are, with the user's own weights.
    judged : list of arrays of int
        Which of those each network is validated on, but for those that are refitted.
    of_class : array (n_classes,) or None
        The weights of classes.
    rows : Rows
        The table.
    left_out : dict from column name to the reason why it is not used
    held_out : array of int
        Numbers of the rows of the table that a network holds out, ascending.
    n_twins : int
        Rows that repeat another one.
    sizes : Sizes
    """

    recipe: Recipe
    encoder: Encoder
    targets: Targets
    folds: FoldsInMemory
    metric: Metric
    valid: Examples
    judged: list[Integers]
    of_class: Weights
    rows: Rows
    left_out: dict[str, str]
    held_out: Integers
    n_twins: int
    sizes: Sizes

    @property
    def n_rows(self) -> int:
        """Rows that a network is trained on; where they differ, the first one."""
        return self.folds.sizes[0]

    def fingerprint(self, settings: Mapping[str, Any], plan: Plan) -> Fingerprint:
        """Return which run it is to train on these rows with these settings."""
        each = [
            (
                fold.examples,
                None if fold.validation is None else fold.validation.examples,
            )
            for fold in self.folds.folds
        ]
        return fingerprint(
            settings_of_run(settings), plan, self.targets.classes, self.rows.names, each
        )

    def weights_of(self, rows: Integers) -> Floats | None:
        """Return the weights of rows of ``valid``, those of their classes included."""
        weights = weighted(self.valid, self.of_class).weights
        return None if weights is None else weights[rows]


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
    recipe, asked = recipe_of(settings), settings["columns"] or {}
    rows, labels = read_labelled(given.X, given.y, lambda name: asked.get(name) != IGNORED)
    targets, metric = Targets.learn(labels), METRICS[settings["metric"]]
    encoder, left_out = _learn_columns(given, rows, asked)
    encoder = encoded_for(recipe, encoder)
    outputs, weights = (
        targets.encode(labels),
        check_weights(given.sample_weight, len(labels)),
    )
    chosen = choose_rows(given, rows, targets, outputs, seed, recipe)
    n_given = 0 if given.X_val is None else len(np.atleast_1d(np.asarray(given.y_val)))
    sizes = Sizes(len(targets.classes), len(labels), n_given, len(chosen[0][1]) + n_given)
    require_room(recipe, encoder, sizes, settings["memory_limit"])

    inputs = encoder.encode(rows.table)
    kept = np.unique(np.concatenate([kept for kept, _ in chosen]))
    pruned = encoder.without_unseen(inputs, kept)
    if pruned is not encoder:
        encoder, inputs = pruned, pruned.encode(rows.table)
    n_twins = _log_what_is_there(encoder, inputs, outputs)
    valid = whole = Examples(inputs, outputs, weights)
    judged = [held_out for _, held_out in chosen[: recipe.n_models]]
    if given.X_val is not None:
        valid = _given_to_validate_on(given, rows, encoder, targets)
        judged = [np.arange(len(valid))] * recipe.n_models
    of_class = weigh_classes(settings["class_weight"], targets, whole)
    masked = inputs.copy() if encoder.has_places else inputs
    encoder.mask_at_random(masked, kept, seed)
    taught = weighted(replace(whole, X=masked), of_class)
    judges = _judges(targets, metric, weighted(valid, of_class), judged)
    judges += [None] * recipe.n_refit
    return Prepared(
        recipe=recipe,
        encoder=encoder,
        targets=targets,
        folds=FoldsInMemory(
            [
                Fold(replace(taught, rows=kept), judge)
                for (kept, _), judge in zip(chosen, judges, strict=True)
            ]
        ),
        metric=metric,
        valid=valid,
        judged=judged,
        of_class=of_class,
        rows=rows,
        left_out=left_out,
        held_out=np.unique(np.concatenate([held_out for _, held_out in chosen])),
        n_twins=n_twins,
        sizes=sizes,
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


def _judges(
    targets: Targets, metric: Metric, valid: Examples, judged: list[Integers]
) -> list[Validation | None]:
    """Return what judges each network's rows to validate on; None where none have any weight."""
    judges = [_judge(targets, metric, replace(valid, rows=rows)) for rows in judged]
    if any(judge is None and len(rows) for judge, rows in zip(judges, judged, strict=True)):
        warn(
            "The rows to validate on all have weight 0: the weights of the last epoch are kept. "
            "Validate on rows that have some."
        )
    for judge, rows in zip(judges, judged, strict=True):
        if judge and np.isnan(judge.score(np.zeros((len(rows), targets.n_outputs)))):
            warn(
                f"The {metric.name} is not defined on the {len(rows)} rows to validate on, which "
                f"are all of class {targets.classes.tolist()[valid.y[rows[0]]]!r}: the weights of "
                "the last epoch will be kept. Validate on rows of several classes."
            )
            break
    return judges


def _judge(targets: Targets, metric: Metric, valid: Examples) -> Validation | None:
    y = valid.y[valid.rows]
    weights = None if valid.weights is None else valid.weights[valid.rows]
    if not len(y) or (weights is not None and not weights.any()):
        return None

    def score(scores: Floats) -> float:
        return metric.score(targets, scores, y, weights)

    return Validation(valid, score)


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
