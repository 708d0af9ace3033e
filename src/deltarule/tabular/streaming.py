"""Predictions of a table of any length, a batch at a time."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from deltarule.data import ReadOptions, Source, open_source, require_columns
from deltarule.data.sources.finding import names_files
from deltarule.errors import DataError
from deltarule.tabular.rows import Rows

if TYPE_CHECKING:
    from deltarule.tabular.predictor import TablePredictor


def prediction_stream(
    model: "TablePredictor", X: Any, proba: bool, beside: Sequence[str]
) -> pa.RecordBatchReader:
    """Return predictions as an Arrow stream: see :meth:`TabularClassifier.predict_batches`."""
    source, beside = _opened(model, X), list(dict.fromkeys(beside))
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


def _opened(model: "TablePredictor", X: Any) -> Source:
    """Return the table as a source; of files, columns are read as what they were in training."""
    is_files = names_files(X) and not isinstance(X, Source)
    return open_source(X, ReadOptions(types=model.column_types() if is_files else {}))


def _batches(
    model: "TablePredictor", source: Source, proba: bool, beside: list[str], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    known = set(getattr(model, "feature_names_in_", ()))
    aside = {*beside, model.target_} - known
    unknown: dict[str, int] = {}
    first = 0
    for batch in _parts(source, model.rows_at_once):
        names = [name for name in source.schema.names if name not in aside]
        rows = Rows(pa.Table.from_batches([batch]).select(names), source.is_named)
        with _naming(source), warnings.catch_warnings():
            if first:
                warnings.simplefilter("ignore")  # of the columns: the first batch has told
            said = model.predictions_of(model.encode_counting(rows, unknown, first))
        columns = [batch[name] for name in beside]
        columns.append(pa.array(said.labels.tolist(), schema.field(len(beside)).type))
        if proba:
            columns += [pa.array(p) for p in said.probabilities.T]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)
        first += batch.num_rows
    with _naming(source):
        model.tell_of_unknown(unknown)


@contextmanager
def _naming(source: Source) -> Iterator[None]:
    """Say in errors about rows where these are; what a source itself cannot read says so."""
    try:
        yield
    except DataError as error:
        raise source.locate(error) from error


def _parts(source: Source, most: int) -> Iterator[pa.RecordBatch]:
    """Yield parts of at most so many rows; of a table without rows an empty one.

    So that its columns are checked.
    """
    batches = source.batches()
    first = next(batches, pa.RecordBatch.from_pylist([], schema=source.schema))
    for batch in chain([first], batches):
        for start in range(0, max(1, batch.num_rows), most):
            yield batch.slice(start, most)
