"""From a table and its labels to rows that can be trained on."""

import logging
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.checkpoints import Fingerprint, fingerprint
from deltarule.checkpoints.fingerprint import DIGEST, WINDOW
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
from deltarule.network.arrays import Floats, Integers
from deltarule.settings import settings_of_run
from deltarule.tabular.duplicates import count_duplicates
from deltarule.tabular.folds import TableFolds, TaughtRows
from deltarule.tabular.given import Given, choose_split
from deltarule.tabular.holding import Held, Holder
from deltarule.tabular.labelled import LabelledTable
from deltarule.tabular.learning import LearnedTable
from deltarule.tabular.memory import Room, Sizes, find_room
from deltarule.tabular.metrics import METRICS, Metric
from deltarule.tabular.recipe import Recipe, recipe_of
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
        given = self.validated.given
        prints = fingerprint(
            settings_of_run(settings),
            plan,
            self.targets.classes,
            self.names,
            [] if given is None else [(given, None)],
        )
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
    folder: str | os.PathLike[str] | None = None,
    window: int | None = None,
) -> Prepared:
    """Learn encoder and classes, encode, and hold rows out where none were given to validate on.

    Parameters
    ----------
    given : Given
    settings : mapping
        TabularClassifier's parameters.
    seed : int
    folder : path-like, optional
        For encoded rows that do not fit into memory.
    window : int, optional
        Rows in memory at a time, where that has been decided before.

    Raises
    ------
    DataError, SettingError, OutOfMemoryError, SaveError, OSError
    """
    recipe, asked = recipe_of(settings), dict(settings["columns"] or {})
    kinds = asked | ({given.groups: IGNORED} if isinstance(given.groups, str) else {})
    table = LabelledTable(given.X, given.y, given.sample_weight, kinds)
    holder = Holder(folder, _origin(table, given, kinds, recipe, seed))
    learned, found = holder.find() or (LearnedTable.of(table, kinds, recipe), None)
    learned.warn(kinds)
    labels = learned.labels if found is None else learned.labels.with_codes_of(found)
    split = choose_split(given, table, labels, seed, recipe)
    theirs = encode_given(given, table, learned)
    sizes = _sizes(learned, split, theirs)
    asked_window = settings["window"] or window
    room = find_room(recipe, learned.encoder, sizes, settings["memory_limit"], asked_window)

    held = Held(table, learned, split, recipe.n_trained, room, holder)
    encoder, rows, survey = held.encoded(found)
    n_twins = _log_what_is_there(encoder, rows)
    targets, metric = learned.targets, METRICS[settings["metric"]]
    of_class = weigh_classes(settings["class_weight"], targets, survey.totals)
    if of_class is not None:
        check_weights(of_class * survey.totals, len(of_class))
    if theirs is None:
        validated = Validated.of_held_out(survey, split, recipe.n_models)
    else:
        validated = Validated.of_given(theirs, recipe.n_models)
    judges = validated.judges(targets, metric, of_class)
    teach = TaughtRows(Masking.of(encoder, learned.n_rows, survey.trained_on, seed), of_class)
    return Prepared(
        recipe=recipe,
        encoder=encoder,
        targets=targets,
        folds=TableFolds(
            rows,
            Windows(learned.n_rows, room.window, seed),
            teach,
            split,
            survey,
            judges + [None] * recipe.n_refit,
            recipe.n_models,
            validated.given,
        ),
        metric=metric,
        validated=validated,
        of_class=of_class,
        names=table.names,
        is_named=table.is_named,
        left_out=learned.left_out,
        n_twins=n_twins,
        sizes=sizes,
        room=room,
        rows=rows,
        split=split,
        holder=holder,
    )


def _origin(
    table: LabelledTable, given: Given, kinds: Mapping[str, str], recipe: Recipe, seed: int
) -> dict[str, Any] | None:
    """Return what the encoded rows are a function of; None where arrays are a part of it."""
    named = [given.y, given.sample_weight]
    split: list[Any] = []
    if recipe.n_trained == 1 and given.X_val is None:  # it leaves out what no network learns from
        named += [given.groups, given.order]
        split = [seed, given.groups, given.order]
    files = table.source.identity
    if files is None or not all(name is None or isinstance(name, str) for name in named):
        return None
    return {
        "deltarule": version("deltarule"),
        "files": files,
        "target": given.y,
        "weights": given.sample_weight,
        "kinds": dict(kinds),
        "embeds": recipe.category_embedding,
        "split": split,
    }


def _sizes(learned: LearnedTable, split: Split, theirs: Encoded | None) -> Sizes:
    n_given = 0 if theirs is None else len(theirs.targets)
    n_validated = split.most_held_out(learned.n_rows) + n_given
    return Sizes(len(learned.targets.classes), learned.n_rows, n_given, n_validated)


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
    prints: Fingerprint = {
        f"{what} of the training rows": DIGEST + digest.hexdigest() for what, digest in each.items()
    }
    return prints | {"number of columns of the training rows": rows.n_features}
