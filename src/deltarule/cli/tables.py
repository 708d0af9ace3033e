"""Reading the tables that a command works on."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from deltarule.tabular import TabularClassifier

    Labels = NDArray[np.generic]
    Labelled = tuple[pa.Table, Labels]


def read_table(path: str, kinds: Mapping[str, str] | None = None) -> "pa.Table":
    """Read a CSV file, or standard input for ``-``."""
    from deltarule.data import read_csv

    if path == "-" and sys.stdin is None:
        raise click.UsageError("Standard input is closed: there is nothing to read from it.")
    return read_csv(sys.stdin.buffer if path == "-" else path, kinds=kinds)


def split_target(table: "pa.Table", target: str, path: str) -> "Labelled":
    """Return a table without its target, and the labels; an empty cell of text is None."""
    import numpy as np

    from deltarule.data import require_columns

    require_columns(table, [target], path)
    labels = table[target].to_numpy()
    if labels.dtype.kind == "O":
        labels = np.array([label or None for label in labels], dtype=object)
    return table.drop_columns([target]), labels


def load_table_model(path: str) -> "TabularClassifier":
    """Load a model that works on tables.

    Raises
    ------
    click.UsageError
        For a model that works on arrays only.
    """
    from deltarule.tabular import TabularClassifier, load_model

    model = load_model(path)
    if not isinstance(model, TabularClassifier):
        raise click.UsageError(
            f"{path} holds a {type(model).__name__}, which reads arrays of numbers, not tables. "
            "Use it from Python: deltarule.load_model(...)."
        )
    return model
