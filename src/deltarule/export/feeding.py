"""From a table, or an array, to what an exported model is fed with."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import issparse

from deltarule.classifier import MLPClassifier
from deltarule.classifier.rows import check_rows
from deltarule.data import Encoder
from deltarule.data.encoder.cells import Cells
from deltarule.data.encoder.columns import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    DatetimeColumn,
    NumericColumn,
)
from deltarule.export.model import ARRAY, Model, input_names, saved_of


def onnx_inputs(model: Model, X: Any) -> dict[str, NDArray[Any]]:
    """Return rows as the exported model reads them.

    Parameters
    ----------
    model : MLPClassifier or TabularClassifier
        The one that was exported.
    X : array or table
        What ``model.predict`` takes.

    Returns
    -------
    dict from name to array
        Of :class:`MLPClassifier` one, "X" (n, f). Of :class:`TabularClassifier` one a column,
        (n, 1): numbers and booleans as float64, NaN where missing; categories as text, "" where
        missing; dates as int64 microseconds since 1970 in UTC, -2^63 where missing.

    Raises
    ------
    DataError
        For cells that cannot be used.

    Examples
    --------
    >>> from deltarule import TabularClassifier
    >>> from deltarule.export import onnx_inputs
    >>> table = {"size": [1.0, None, 9.0, 8.0] * 10, "kind": ["a", "b", None, "a"] * 10}
    >>> model = TabularClassifier(preset="quick", max_iter=5, random_state=0)
    >>> fed = onnx_inputs(model.fit(table, [0, 0, 1, 1] * 10), table)
    >>> fed["size"][:2].tolist(), fed["kind"][1:3].tolist()
    ([[1.0], [nan]], [['b'], ['']])
    """
    saved = saved_of(model)
    if isinstance(model, MLPClassifier):
        rows = check_rows(model, X)
        dense = rows.toarray() if issparse(rows) else rows
        return {ARRAY: np.ascontiguousarray(dense, saved.dtype)}
    columns = Encoder.from_json(saved.encoder or {}).columns
    names, table = input_names([column.name for column in columns]), model.match(X)
    return {names[column.name]: _fed(column, table) for column in columns}


def _fed(column: Column, table: pa.Table) -> NDArray[Any]:
    """Return a column of a table as an input, (n, 1)."""
    pieces, first = [], 0
    for chunk in table[column.name].chunks:
        pieces.append(_values(column, Cells(column.name, chunk, first)))
        first += len(chunk)
    empty = np.zeros(0, _values(column, Cells(column.name, pa.nulls(0))).dtype)
    return np.concatenate([empty, *pieces])[:, None]


def _values(column: Column, cells: Cells) -> NDArray[Any]:
    match column:
        case NumericColumn():
            return cells.numbers()
        case BooleanColumn():
            return cells.booleans()
        case CategoricalColumn():
            return pc.fill_null(cells.texts(), "").to_numpy(zero_copy_only=False).astype(object)
        case DatetimeColumn():
            return cells.times().astype(np.int64)
