"""Predictions of a table of any length, a batch at a time."""

import warnings
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from deltarule.data import Source, require_columns
from deltarule.tabular.labelled import naming, open_known
from deltarule.tabular.predictions import Predictions
from deltarule.tabular.rows import Rows

if TYPE_CHECKING:
    from deltarule.tabular.predictor import TablePredictor


def prediction_stream(
    model: "TablePredictor", X: Any, proba: bool, beside: Sequence[str]
) -> pa.RecordBatchReader:
    """Return predictions as an Arrow stream: see :meth:`TabularClassifier.predict_batches`."""
    source, beside = opened(model, X), list(dict.fromkeys(beside))
    require_columns(source.schema, beside, source.name)
    target = model.target_ or "prediction"
    label = f"predicted {target}" if target in beside else target
    fields = [source.schema.field(name) for name in beside]
    fields.append(pa.field(label, pa.array(model.classes_.tolist()).type))
    if proba:
        fields += [
            pa.field(f"probability of {one}", pa.float32()) for one in model.classes_.tolist()
        ]
    schema = pa.schema(fields)
    return pa.RecordBatchReader.from_batches(schema, _batches(model, source, proba, beside, schema))


def opened(model: "TablePredictor", X: Any, target: str | None = None) -> Source:
    """Return a table as a source; of files, columns are read as what they were in training."""
    return open_known(X, model.column_types(), target, model.classes_)


def predicted(
    model: "TablePredictor", source: Source, aside: Collection[str | None]
) -> Iterator[tuple[pa.RecordBatch, Predictions]]:
    """Go through a table, a batch at a time: the rows, and what the model says of them.

    Parameters
    ----------
    model : TabularClassifier
    source : Source
    aside : collection of str
        Columns that are none of the model's, and no surprise.

    Raises
    ------
    DataError
        Which says where the rows are.
    """
    hidden = set(aside) - set(getattr(model, "feature_names_in_", ()))
    names = [name for name in source.schema.names if name not in hidden]
    unknown: dict[str, int] = {}
    first = 0
    for batch in _parts(source, model.rows_at_once):
        rows = Rows(pa.Table.from_batches([batch]).select(names), source.is_named)
        with naming(source), warnings.catch_warnings():
            if first:
                warnings.simplefilter("ignore")  # of the columns: the first batch has told
            said = model.predictions_of(model.encode_counting(rows, unknown, first))
        yield batch, said
        first += batch.num_rows
    with naming(source):
        model.tell_of_unknown(unknown)


def _batches(
    model: "TablePredictor", source: Source, proba: bool, beside: list[str], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    for batch, said in predicted(model, source, {*beside, model.target_}):
        columns = [batch[name] for name in beside]
        columns.append(pa.array(said.labels.tolist(), schema.field(len(beside)).type))
        if proba:
            columns += [pa.array(p) for p in said.probabilities.T]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _parts(source: Source, most: int) -> Iterator[pa.RecordBatch]:
    """Yield parts of at most so many rows; of a table without rows an empty one.

    So that its columns are checked.
    """
    batches = source.batches()
    first = next(batches, pa.RecordBatch.from_pylist([], schema=source.schema))
    for batch in chain([first], batches):
        for start in range(0, max(1, batch.num_rows), most):
            yield batch.slice(start, most)
