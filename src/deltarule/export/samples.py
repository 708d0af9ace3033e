"""Rows to try a model on where nobody gives any: of all that its columns can be."""

from typing import Any

import numpy as np
import pyarrow as pa

from deltarule.data import Encoder
from deltarule.data.encoder.cells import LARGEST
from deltarule.data.encoder.columns import (
    MICROSECONDS_A_DAY,
    BooleanColumn,
    CategoricalColumn,
    Column,
    DatetimeColumn,
    NumericColumn,
    RobustScale,
)
from deltarule.model_file import SavedModel
from deltarule.tabular.rows import Rows

SAMPLES = 512  # rows
LACKING = 0.1  # of the cells
STRANGE = 0.1  # of the categories


def sample_rows(saved: SavedModel, count: int = SAMPLES) -> Any:
    """Return made-up rows, always the same: standard normal ones, or a table.

    With missing cells, categories never seen, and numbers far out.
    """
    rng = np.random.default_rng(0)
    if saved.encoder is None:
        return rng.normal(size=(count, saved.network.n_features)).astype(saved.dtype)
    columns = Encoder.from_json(saved.encoder).columns
    made = {column.name: _cells(column, count, rng) for column in columns}
    table = {name: made.get(name, pa.nulls(count)) for name in saved.features or list(made)}
    return Rows(pa.table(table), saved.is_named)


def _cells(column: Column, count: int, rng: np.random.Generator) -> pa.Array:
    lacks = rng.random(count) < LACKING
    match column:
        case NumericColumn():
            x = _amounts(column.scale, count, rng)
            if column.values:
                x = np.where(rng.random(count) < 0.5, rng.choice(column.values, count), x)
            return pa.array(x.clip(-LARGEST, LARGEST), mask=lacks)
        case BooleanColumn():
            return pa.array(rng.random(count) < 0.5, mask=lacks)
        case CategoricalColumn():
            known = np.array([*column.categories, ""], object)
            texts = known[rng.integers(len(known), size=count)]
            texts[rng.random(count) < STRANGE] = "a category never seen"
            return pa.array(texts, pa.string(), mask=lacks)
        case DatetimeColumn():
            days = _amounts(column.scale, count, rng).clip(-700_000, 2_900_000)  # years 54 to 9909
            moments = (days * MICROSECONDS_A_DAY).astype(np.int64).view("M8[us]")
            return pa.array(moments, mask=lacks)


def _amounts(scale: RobustScale, count: int, rng: np.random.Generator) -> Any:
    """Return numbers as training had them, and a few far out."""
    spread = 1 / scale.factor if scale.factor > 0 else 1.0
    return scale.centre + spread * rng.standard_t(2, size=count)
