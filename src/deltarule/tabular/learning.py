"""What is learnt of a table in the first pass over it: columns, labels, how many rows."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from deltarule.data import IGNORED, Encoder, Targets
from deltarule.data.sources import shortened
from deltarule.tabular.labelled import LabelledTable
from deltarule.tabular.labels import LearnedLabels
from deltarule.tabular.recipe import Recipe, encoded_for
from deltarule.warn import warn

LOG = logging.getLogger(__name__)

MOST_WARNED = 5  # columns that are left out, each by a warning of its own


@dataclass(frozen=True)
class LearnedTable:
    """What the first pass over a table has found.

    Attributes
    ----------
    encoder : Encoder
        As the recipe wants it.
    left_out : dict from column name to the reason why it is not used
    notes : dict from the name of a column that is used to what is odd about it
    labels : LearnedLabels
    """

    encoder: Encoder
    left_out: dict[str, str]
    notes: dict[str, str]
    labels: LearnedLabels

    @classmethod
    def of(cls, table: LabelledTable, kinds: Mapping[str, str], recipe: Recipe) -> "LearnedTable":
        """Go through a table once.

        Raises
        ------
        DataError
        """
        learned = Encoder.learn(table.noted_batches(), table.schema, kinds)
        labels = table.labels.learned()
        LOG.info(
            "%s: %s rows, %d columns; %s",
            table.source.name,
            f"{labels.n_rows:,}",
            len(table.names),
            labels.listed(table.target or "labels"),
        )
        encoder = encoded_for(recipe, learned.encoder)
        return cls(encoder, learned.left_out, learned.notes, labels)

    @property
    def n_rows(self) -> int:
        """Rows of the table."""
        return self.labels.n_rows

    @property
    def targets(self) -> Targets:
        """The classes."""
        return self.labels.targets

    def warn(self, kinds: Mapping[str, str]) -> None:
        """Warn of columns that are left out without anybody having said so, and of odd ones."""
        surprises = {k: why for k, why in self.left_out.items() if kinds.get(k) != IGNORED}
        for name, reason in list(surprises.items())[:MOST_WARNED]:
            warn(f"Column {shortened(name)!r} is left out: it {reason}.")
        if len(surprises) > MOST_WARNED:
            warn(
                f"Column {shortened(list(surprises)[MOST_WARNED])!r} is left out, too, and so are "
                f"{len(surprises) - MOST_WARNED - 1} more: left_out_ and --dry-run name them."
            )
        for name, note in list(self.notes.items())[:MOST_WARNED]:
            warn(f"Column {shortened(name)!r} {note}.")

    def with_encoder(self, encoder: Encoder) -> "LearnedTable":
        """Return the same with another encoder."""
        return replace(self, encoder=encoder)

    def to_json(self) -> str:
        """Return it as text; but not which class each row has."""
        labels = self.labels
        members: dict[str, Any] = {
            "encoder": self.encoder.to_json(),
            "left_out": self.left_out,
            "notes": self.notes,
            "dtype": labels.targets.classes.dtype.str,
            "classes": labels.targets.classes.tolist(),
            "counts": labels.counts.tolist(),
            "firsts": labels.firsts.tolist(),
        }
        return json.dumps(members)

    @classmethod
    def from_json(cls, text: str) -> "LearnedTable":
        """Return what :meth:`to_json` made text of."""
        members = json.loads(text)
        targets = Targets.learn(np.array(members["classes"], members["dtype"]))
        labels = LearnedLabels(
            targets, np.array(members["counts"]), np.array(members["firsts"]), None
        )
        encoder = Encoder.from_json(members["encoder"])
        return cls(encoder, members["left_out"], members["notes"], labels)
