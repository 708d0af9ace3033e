"""The tables that ``deltarule train`` is given, and which of their columns are what."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from deltarule.cli.tables import check_labels, classes_in, naming, open_labelled, types_like

if TYPE_CHECKING:
    from deltarule.data import ReadOptions, Source, Targets
    from deltarule.tabular.given import Given


class Inputs(NamedTuple):
    """Where the tables are, and what their columns are.

    Attributes
    ----------
    data : str
        To train on; "-" is standard input.
    valid, test : str or None
        To validate on, and to evaluate on at the end.
    target : str
        The column of labels.
    weights, groups, order : str or None
        Columns of :meth:`deltarule.TabularClassifier.fit`'s parameters.
    reading : ReadOptions
    """

    data: str
    valid: str | None
    test: str | None
    target: str
    weights: str | None
    groups: str | None
    order: str | None
    reading: "ReadOptions"

    @property
    def tables(self) -> tuple[str | None, ...]:
        """All that is read."""
        return self.data, self.valid, self.test

    def check(self, columns: dict[str, str]) -> None:
        """Refuse what can be seen to be wrong before anything is opened.

        Raises
        ------
        click.UsageError
        """
        if self.tables.count("-") > 1:
            raise click.UsageError("Standard input can be read only once, as one of the tables.")
        if self.target in columns:
            raise click.UsageError(
                f"Column {self.target!r} is the target: it is none of the columns to read."
            )

    def require_files(self) -> None:
        """Refuse standard input, which one process alone can read.

        Raises
        ------
        click.UsageError
        """
        if "-" in (self.data, self.valid, self.test):
            raise click.UsageError("Standard input is one process's: workers need a file to read.")

    @property
    def name(self) -> str:
        """What a model of them is called where nobody says."""
        return "model" if self.data == "-" else Path(self.data).stem.split(".")[0]

    def open(self, columns: dict[str, str]) -> "Opened":
        """Open every table before training starts, the others like the first.

        Whatever is wrong with the columns and the labels of the others is said now.

        Parameters
        ----------
        columns : dict
            The kinds of columns that the user has named.
        """
        import pyarrow as pa

        from deltarule.data import require_columns

        texts = {name: pa.string() for name, kind in columns.items() if kind == "categorical"}
        source = open_labelled(self.data, replace(self.reading, types=texts), self.target)
        names = [name for name in source.schema.names if name != self.target]
        inputs = pa.schema([source.schema.field(name) for name in names])
        require_columns(inputs, list(columns), self.data)
        beside = (self.weights, self.groups)
        needed = [n for n in names if columns.get(n) != "ignored" and n not in beside]
        known = None
        if self.valid or self.test:
            with naming(source):
                known = classes_in(source, self.target)
        valid, test = (
            None if path is None else self._open_like(source, path, needed, known)
            for path in (self.valid, self.test)
        )
        return Opened(self, source, valid, test)

    def _open_like(
        self, source: "Source", path: str, needed: list[str], known: "Targets | None"
    ) -> "Source":
        """Open another table like the one to train on, whose labels are known."""
        from deltarule.data import Selected, require_columns

        reading = replace(self.reading, types=types_like(source.schema))
        other = open_labelled(path, reading, self.target)
        require_columns(other.schema, needed, path)
        if known is not None:  # else training has no rows, which is said later
            check_labels(other, known, self.target, path)
        kept = {*needed, self.weights, self.groups, self.target}
        return Selected(other, [name for name in other.schema.names if name in kept])


@dataclass(frozen=True)
class Opened:
    """The tables, opened and checked.

    Attributes
    ----------
    inputs : Inputs
    source : Source
        Of the rows to train on.
    valid, test : Source or None
    """

    inputs: Inputs
    source: "Source"
    valid: "Source | None"
    test: "Source | None"

    def given(self) -> "Given":
        """Return what ``fit`` is to be given."""
        from deltarule.tabular.given import Given

        names = self.inputs
        about = names.target, names.weights, names.groups, names.order
        if self.valid is None:
            return Given(self.source, *about)
        return Given(self.source, *about, self.valid, names.target, names.weights)

    @contextmanager
    def naming(self) -> Iterator[None]:
        """Say in errors which file, and which line, they are about."""
        with naming(self.source, self.valid):
            yield
