"""From a table and its labels to rows that can be trained on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from deltarule.checkpoints import Fingerprint, fingerprint
from deltarule.data import Encoder, Targets, as_table, hold_out
from deltarule.engines import Examples
from deltarule.errors import DataError
from deltarule.settings import settings_of_run
from deltarule.training import Plan, Validation
from deltarule.warn import warn

VALIDATION_SHARE = 0.2


@dataclass(frozen=True)
class Prepared:
    """A table and its labels, ready to train on."""

    encoder: Encoder
    targets: Targets
    examples: Examples
    validation: Validation | None
    names: list[str]
    left_out: dict[str, str]
    held_out: NDArray[np.int64]

    def fingerprint(self, settings: Mapping[str, Any], plan: Plan) -> Fingerprint:
        """Return which run it is to train on these rows with these settings."""
        valid = None if self.validation is None else self.validation.examples
        labels = self.targets.classes
        return fingerprint(
            settings_of_run(settings), plan, labels, self.names, self.examples, valid
        )


def prepare(X: Any, y: Any, X_val: Any, y_val: Any, seed: int) -> Prepared:
    """Learn encoder and classes, encode, and hold rows out where none were given to validate on."""
    table, labels = labelled_rows(X, y)
    targets = Targets.learn(labels)
    encoder, left_out = Encoder.learn(table)
    _warn_left_out(left_out)
    inputs, outputs = encoder.encode(table), targets.encode(labels)
    if X_val is None:
        rows, held_out = hold_out(outputs, VALIDATION_SHARE, seed)
        validation = _validation(targets, inputs[held_out], outputs[held_out])
        examples = Examples(inputs[rows], outputs[rows])
    else:
        held_out = np.arange(0)
        table_val, labels_val = labelled_rows(X_val, y_val)
        validation = _validation(targets, encoder.encode(table_val), targets.encode(labels_val))
        examples = Examples(inputs, outputs)
    return Prepared(encoder, targets, examples, validation, table.column_names, left_out, held_out)


def labelled_rows(X: Any, y: Any) -> tuple[pa.Table, NDArray[Any]]:
    """Return a table and its labels, one a row and at least one row.

    Raises
    ------
    DataError
    """
    table, labels = as_table(X), np.asarray(y)
    if labels.shape != (table.num_rows,):
        raise DataError(
            f"The table has {table.num_rows} rows, but the labels have shape {labels.shape}: one "
            "label a row is needed."
        )
    if not len(labels):
        raise DataError("The table has no rows.")
    return table, labels


def _validation(
    targets: Targets, inputs: NDArray[np.float32], outputs: NDArray[Any]
) -> Validation | None:
    if not len(inputs):
        return None
    return Validation(Examples(inputs, outputs), lambda scores: targets.accuracy(scores, outputs))


def _warn_left_out(left_out: dict[str, str]) -> None:
    for name, reason in left_out.items():
        warn(f"Column {name!r} is left out: it {reason}.")
