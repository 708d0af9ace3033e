"""From a table and its labels to rows that can be trained on."""

import logging
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.checkpoints import Fingerprint, fingerprint
from deltarule.checkpoints.fingerprint import DIGEST, WINDOW, of_examples
from deltarule.data import (
    IGNORED,
    Encoder,
    Masking,
    Split,
    Targets,
    check_weights,
    weigh_classes,
)
from deltarule.data.encoded import Encoded, EncodedRows, RowsInMemory, Windows
from deltarule.distributed import SERIAL, Communicator
from deltarule.network.arrays import Floats, Integers
from deltarule.settings import settings_of_run
from deltarule.tabular.duplicates import count_duplicates
from deltarule.tabular.folds import TableFolds, TaughtRows
from deltarule.tabular.given import Given, choose_split
from deltarule.tabular.holding import Held, Holder
from deltarule.tabular.labelled import LabelledTable, naming
from deltarule.tabular.learning import LearnedTable
from deltarule.tabular.memory import Room, Sizes, find_room
from deltarule.tabular.metrics import METRICS, Metric
from deltarule.tabular.recipe import Recipe, recipe_of
from deltarule.tabular.survey import Survey
from deltarule.tabular.thresholds import require_threshold
from deltarule.tabular.validated import Validated, encode_given
from deltarule.training import Plan

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prepared:
    """A table and its labels, ready to train on.

    Attributes
    ----------
    recipe : Recipe
    encoder : Encoder
    targets : Targets
    folds : TableFolds
        What each network is trained and validated on; those that are refitted come last.
    metric : Metric
        What it is validated by.
    validated : Validated
        The rows that networks are judged by.
    of_class : array (n_classes,) or None
        The weights of classes.
    names : list of str
        The table's columns.
    is_named : bool
        Whether the names are the columns' own.
    left_out : dict from column name to the reason why it is not used
    n_twins : int or None
        Rows that repeat another one, where they were counted.
    sizes : Sizes
    room : Room
    rows, split, holder
        Where the rows are, and who holds which out.
    """

    recipe: Recipe
    encoder: Encoder
    targets: Targets
    folds: TableFolds
    metric: Metric
    validated: Validated
    of_class: NDArray[np.float64] | None
    names: list[str]
    is_named: bool
    left_out: dict[str, str]
    n_twins: int | None
    sizes: Sizes
    room: Room
    rows: EncodedRows
    split: Split
    holder: Holder

    @property
    def n_rows(self) -> int:
        """Rows that a network is trained on; where they differ, the first one."""
        return self.folds.sizes[0]

    def fingerprint(self, settings: Mapping[str, Any], plan: Plan) -> Fingerprint:
        """Return which run it is to train on these rows with these settings."""
        prints = fingerprint(settings_of_run(settings), plan, self.targets.classes, self.names, [])
        if self.validated.given is not None:
            prints |= of_examples("validation rows", self.validated.given, [])
        prints |= _digests(self.rows)
        for i, n_rows in enumerate(self.folds.sizes):
            owner = f" of network {i + 1}" if i else ""
            prints[f"number of training rows{owner}"] = n_rows
            prints[f"choice of training rows{owner}"] = self.split.described(i)
        prints[WINDOW] = self.room.window
        return prints

    def weights_of(self, places: Integers) -> Floats | None:
        """Return the weights of validated rows, those of their classes included."""
        return self.validated.weights_of(places, self.of_class)


def prepare(
    given: Given,
    settings: Mapping[str, Any],
    seed: int,
    run: str | os.PathLike[str] | None = None,
    window: int | None = None,
    communicator: Communicator = SERIAL,
) -> Prepared:
    """Learn encoder and classes, encode, and hold rows out where none were given to validate on.

    Parameters
    ----------
    given : Given
    settings : mapping
        TabularClassifier's parameters.
    seed : int
    run : path-like, optional
        The folder of the run, for encoded rows that do not fit into memory.
    window : int, optional
        Rows in memory at a time, where that has been decided before.
    communicator : Communicator
        The workers that train together: each has the rows for itself.

    Raises
    ------
    DataError, SettingError, OutOfMemoryError, SaveError, OSError
    """
    recipe, asked = recipe_of(settings), dict(settings["columns"] or {})
    kinds = asked | ({given.groups: IGNORED} if isinstance(given.groups, str) else {})
    table = LabelledTable(given.X, given.y, given.sample_weight, kinds)
    holder = Holder(settings["cache"], run, _origin(table, given, kinds, recipe, seed))
    with naming(table.source):
        learned, found = holder.find() or (LearnedTable.of(table, kinds, recipe), None)
    learned.warn(kinds)
    _check_settings(settings, learned.targets)
    labels = learned.labels if found is None else learned.labels.with_codes_of(found)
    split = choose_split(given, table, labels, seed, recipe)
    theirs = encode_given(given, table, learned)
    sizes = _sizes(learned, split, theirs, int(settings["shards"]), communicator)
    window = settings["window"] or window
    room = _room_for_all(recipe, learned.encoder, sizes, settings, window, communicator)
    held = Held(table, learned, split, recipe, room, holder)
    is_shared = settings["cache"] is not None and communicator.size > 1
    writes = communicator.is_root  # whoever takes its place later has been waiting for it
    with naming(table.source):
        if is_shared and not writes:
            held, found = _written_by_root(held, found, communicator)
        encoded = held.encoded(found)
        if is_shared and writes:
            communicator.barrier()
    return _ready(held, encoded, theirs, sizes, settings, seed)


def _written_by_root(
    held: Held, found: EncodedRows | None, workers: Communicator
) -> tuple[Held, EncodedRows | None]:
    """Wait for the rows that worker 0 writes into the cache, and take them if they are there."""
    workers.barrier()
    again = held.holder.find()
    if again is None:  # its disk is another one
        return held, found
    learned, found = again
    return replace(held, learned=learned), found


def _ready(
    held: Held,
    encoded: tuple[Encoder, EncodedRows, Survey],
    theirs: Encoded | None,
    sizes: Sizes,
    settings: Mapping[str, Any],
    seed: int,
) -> Prepared:
    """Return encoded rows with what there is to be known of them, and who judges whom by which."""
    encoder, rows, survey = encoded
    recipe, learned, metric = held.recipe, held.learned, METRICS[settings["metric"]]
    of_class = weigh_classes(settings["class_weight"], learned.targets, survey.totals)
    if of_class is not None:
        check_weights(of_class * survey.totals, len(of_class))
    if theirs is None:
        validated = Validated.of_held_out(survey, held.split, recipe.n_models)
    else:
        validated = Validated.of_given(theirs, recipe.n_models)
    folds = TableFolds(
        rows,
        Windows(learned.n_rows, held.room.window, seed),
        TaughtRows(Masking.of(encoder, learned.n_rows, survey.untaught, seed), of_class),
        held.split,
        survey.kept,
        validated.judges(learned.targets, metric, of_class),
        validated.given,
    )
    return Prepared(
        recipe=recipe,
        encoder=encoder,
        targets=learned.targets,
        folds=folds,
        metric=metric,
        validated=validated,
        of_class=of_class,
        names=held.table.names,
        is_named=held.table.is_named,
        left_out=learned.left_out,
        n_twins=_log_what_is_there(encoder, rows),
        sizes=sizes,
        room=held.room,
        rows=rows,
        split=held.split,
        holder=held.holder,
    )


def _origin(
    table: LabelledTable, given: Given, kinds: Mapping[str, str], recipe: Recipe, seed: int
) -> dict[str, Any] | None:
    """Return what the encoded rows are a function of; None where arrays are a part of it."""
    named = [given.y, given.sample_weight, given.groups, given.order]
    identity = table.source.identity
    if identity is None or not all(name is None or isinstance(name, str) for name in named):
        return None
    split = [seed, recipe.n_models, given.groups, given.order]
    is_dealt_out = recipe.n_models > 2 and given.groups is None and given.order is None
    if given.X_val is not None or recipe.n_refit or is_dealt_out:
        split = []  # a network learns from each row: nothing is left out of the encoder
    return {
        "deltarule": version("deltarule"),
        **identity,
        "target": given.y,
        "weights": given.sample_weight,
        "kinds": dict(kinds),
        "embeds": recipe.category_embedding,
        "split": split,
    }


def _check_settings(settings: Mapping[str, Any], targets: Targets) -> None:
    """Refuse, before any row is encoded, settings that do not fit the classes.

    Raises
    ------
    SettingError
    """
    require_threshold(settings["threshold"], targets)
    weigh_classes(settings["class_weight"], targets, np.ones(len(targets.classes)))


def _sizes(
    learned: LearnedTable, split: Split, theirs: Encoded | None, shards: int, workers: Communicator
) -> Sizes:
    n_given = 0 if theirs is None else len(theirs.targets)
    n_validated = split.most_held_out(learned.n_rows) + n_given
    n_sums = 0 if shards == 1 else 1 + workers.n_vectors(shards)
    return Sizes(len(learned.targets.classes), learned.n_rows, n_given, n_validated, n_sums)


def _room_for_all(
    recipe: Recipe,
    encoder: Encoder,
    sizes: Sizes,
    settings: Mapping[str, Any],
    window: int | None,
    workers: Communicator,
) -> Room:
    """Return where rows go: the windows of all workers are those of the one with least memory."""
    asked = settings["memory_limit"]
    room = find_room(recipe, encoder, sizes, asked, window, workers.n_here)
    windows: list[int] = workers.gather(lambda: room.window, list)
    if room.window > min(windows):
        room = find_room(recipe, encoder, sizes, asked, min(windows), workers.n_here)
    return room


def _log_what_is_there(encoder: Encoder, rows: EncodedRows) -> int | None:
    """Tell of the columns, and of rows that are there twice; return how many, if they are few."""
    kinds = Counter(encoder.kinds().values())
    listed = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    LOG.info("columns used: %s; a row becomes %d numbers", listed, encoder.n_features)
    if not isinstance(rows, RowsInMemory):
        return None
    encoded = rows.read(np.arange(rows.n_groups))
    twins = count_duplicates(encoded.inputs, encoded.targets)
    if twins:
        LOG.info(
            "%d of %d rows repeat another one in all columns that are used, label included. Where "
            "they are the same case told twice, scores look better than they are.",
            twins,
            rows.n_rows,
        )
    return twins


def _digests(rows: EncodedRows) -> Fingerprint:
    """Return what tells encoded rows from others."""
    each = {"values": sha256(), "labels": sha256(), "weights": sha256()}
    for _, block in rows.blocks():
        for digest, array in zip(each.values(), block, strict=True):
            if array is not None:
                digest.update(np.ascontiguousarray(array).data)
    prints: Fingerprint = {"number of columns of the training rows": rows.n_features}
    return prints | {
        f"{what} of the training rows": DIGEST + digest.hexdigest() for what, digest in each.items()
    }
