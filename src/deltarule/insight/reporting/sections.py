"""What a report says, section by section: numbers and texts, as the page wants them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from deltarule.insight.diagnosis.data import by_confidence
from deltarule.insight.importances import permutation_importances
from deltarule.insight.reporting.charts import class_curves, reliability
from deltarule.insight.reporting.material import Material
from deltarule.insight.reporting.pictures import pictures_of
from deltarule.network import Dense, Embedding, Periodic
from deltarule.settings import defaults

MOST_COLUMNS, MOST_CLASSES, MOST_CURVES = 40, 15, 8
MOST_ERRORS, MOST_CELLS = 15, 8
MOST_IMPORTANT, MOST_SHUFFLED, ROWS_SHUFFLED = 20, 64, 2000


@dataclass(frozen=True)
class ColumnSummary:
    """A column of the table, in a line."""

    name: str
    kind: str
    missing: str
    told: str


def columns_of(material: Material) -> list[ColumnSummary]:
    """Return what is in each column that is used, up to 40 of them."""
    shown = list(material.kinds.items())[:MOST_COLUMNS]
    return [_column(name, kind, material.table[name]) for name, kind in shown]


def _column(name: str, kind: str, column: pa.ChunkedArray) -> ColumnSummary:
    n, missing = len(column), pc.sum(pc.is_null(column, nan_is_null=True)).as_py() or 0
    share = f"{missing / n:.1%}" if missing else "-"
    if kind == "numeric" and (
        pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    ):
        x = column.to_numpy().astype(np.float64)
        x = x[~np.isnan(x)]
        if not len(x):
            return ColumnSummary(name, kind, share, "nothing but missing cells")
        least, median, greatest = np.quantile(x, (0, 0.5, 1))
        return ColumnSummary(name, kind, share, f"{least:g} to {greatest:g}, median {median:g}")
    if kind == "datetime" and n > missing:
        ends = pc.min_max(column).as_py()
        return ColumnSummary(name, kind, share, f"{ends['min']} to {ends['max']}")
    counts = pc.value_counts(column.drop_null().combine_chunks()).to_pylist()
    counts.sort(key=lambda one: -one["counts"])
    most = ", ".join(f"{one['values']} ({one['counts'] / n:.0%})" for one in counts[:3])
    more = f" and {len(counts) - 3} more" if len(counts) > 3 else ""
    return ColumnSummary(name, kind, share, most + more)


def classes_of(material: Material) -> list[dict[str, Any]]:
    """Return rows, precision, recall and F1 of each class; None of a rate of no rows."""
    told = material.evaluation
    predicted = told.confusion.sum(axis=0)
    return [
        {
            "label": str(label),
            "rows": int(told.support[i]),
            "share": told.support[i] / max(1, told.support.sum()),
            "precision": told.precision[i] if predicted[i] else None,
            "recall": told.recall[i] if told.support[i] else None,
            "f1": told.f1[i] if told.support[i] + predicted[i] else None,
        }
        for i, label in enumerate(told.classes)
    ]


def confusion_of(material: Material) -> list[list[dict[str, Any]]] | None:
    """Return counts, with the share of the true class that each is; None of too many classes."""
    counts = material.evaluation.confusion
    if len(counts) > MOST_CLASSES:
        return None
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    return [
        [
            {"count": int(count), "share": f"{0.6 * share:.2f}", "is_right": i == j}
            for j, (count, share) in enumerate(zip(*row, strict=True))
        ]
        for i, row in enumerate(zip(counts, shares, strict=True))
    ]


def curves_of(material: Material) -> list[str]:
    """Return ROC, precision-recall and reliability as drawings."""
    names, roc, pr = [], [], []
    for i, label in _classes_with_curves(material):
        is_it, p = material.truth == i, material.p[:, i]
        false, true, _ = roc_curve(is_it, p)
        precision, recall, _ = precision_recall_curve(is_it, p)
        names.append(label)
        roc.append((false, true, f"(area {roc_auc_score(is_it, p):.3f})"))
        pr.append((recall, precision, f"(AP {average_precision_score(is_it, p):.3f})"))
    drawings = []
    if names:
        drawings += [class_curves("roc", names, roc, True), class_curves("pr", names, pr, False)]
    return [*drawings, reliability(*by_confidence(material.p, material.truth))]


def _classes_with_curves(material: Material) -> Iterator[tuple[int, str]]:
    """Yield the classes that have rows on both sides: of two the second, of many the largest."""
    counts = np.bincount(material.truth, minlength=len(material.model.classes_))
    chosen = [1] if len(counts) == 2 else np.argsort(-counts, kind="stable")[:MOST_CURVES].tolist()
    for i in chosen:
        if 0 < counts[i] < len(material.truth):
            yield i, str(material.model.classes_[i])


def importances_of(material: Material) -> list[dict[str, Any]] | None:
    """Return what shuffling each column costs, the costliest first; None of too many columns."""
    model = material.model
    if len(material.kinds) > MOST_SHUFFLED:
        return None
    rng = np.random.default_rng(0)
    some = np.sort(rng.permutation(len(material.truth))[:ROWS_SHUFFLED])
    table, labels = material.table.take(pa.array(some)), model.classes_[material.truth[some]]
    found = permutation_importances(model, table, labels, metric="log_loss", random_state=0)
    rows = found.to_json()[:MOST_IMPORTANT]
    most = max((abs(row["mean"]) for row in rows), default=0) or 1
    return [row | {"width": f"{100 * max(row['mean'], 0) / most:.1f}"} for row in rows]


def errors_of(material: Material, named: list[str]) -> list[dict[str, Any]]:
    """Return the rows with the least probability of their label, and some of their cells.

    Parameters
    ----------
    material : Material
    named : list of str
        The columns to show.
    """
    classes, p = material.model.classes_, material.p
    own = p[np.arange(len(p)), material.truth]
    guess = material.predictions.indices
    wrong = [int(i) for i in np.argsort(own, kind="stable") if guess[i] != material.truth[i]]
    worst = wrong[:MOST_ERRORS]
    pictures: list[str | None] = [*pictures_of(material, worst)] or [None] * len(worst)
    return [
        {
            "picture": picture,
            "row": int(material.numbers[i]) + 1,
            "truth": str(classes[material.truth[i]]),
            "guess": str(classes[guess[i]]),
            "p_truth": own[i],
            "p_guess": p[i, guess[i]],
            "cells": [_cell(material.table[name][i]) for name in named],
        }
        for i, picture in zip(worst, pictures, strict=True)
    ]


def _cell(value: pa.Scalar) -> str:
    cell = value.as_py()
    if cell is None:
        return "-"
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


def layers_of(material: Material) -> list[dict[str, Any]]:
    """Return each layer: what it is, its units, its arrays with their shapes."""
    network = material.network
    told = []
    for k, layer in network:
        arrays = {e.name: e.shape for e in network.layout.entries if e.layer == k}
        does = {Periodic: "waves of amounts beside them", Embedding: "a vector for each category"}
        name = does.get(type(layer), "a factor for each number")
        if isinstance(layer, Dense):
            name = "scores" if k == network.depth else layer.activation
        told.append(
            {
                "number": k,
                "kind": layer.kind,
                "does": name,
                "units": layer.n_out,
                "arrays": ", ".join(
                    f"{a} {' x '.join(map(str, shape))}" for a, shape in arrays.items()
                ),
            }
        )
    return told


def settings_of(material: Material) -> dict[str, Any]:
    """Return the settings that are not what they are by default."""
    usual = defaults(type(material.model).__name__)
    now = material.model.get_params(deep=False)
    aside = ("checkpoint", "resume", "n_threads")  # which change no bit of the result
    return {
        name: value
        for name, value in now.items()
        if name not in aside and repr(value) != repr(usual[name])
    }
