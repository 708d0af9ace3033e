"""What has to be known of all encoded rows before training: one pass over them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Encoder, Split
from deltarule.data.encoded import EncodedRows
from deltarule.data.groups import GROUP
from deltarule.network.arrays import Integers


@dataclass(frozen=True)
class Survey:
    """What has to be known of all encoded rows.

    Attributes
    ----------
    kept : array (n_networks, n_groups)
        How many rows of each group each network is trained on.
    totals : array (n_classes,)
        The weight of each class's rows.
    held_out : array (v,)
        Numbers of the rows that any network holds out, ascending.
    y : array (v,)
        Their classes.
    weights : array (v,) or None
    untaught : array
        Numbers of the rows that all networks hold out.
    places : dict of set of int
        Those that occur in rows that a network is trained on; see :meth:`Encoder.places_in`.
    """

    kept: Integers
    totals: NDArray[np.float64]
    held_out: Integers
    y: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    untaught: Integers
    places: dict[int, set[int]]

    @classmethod
    def of(
        cls, rows: EncodedRows, encoder: Encoder, split: Split, n_networks: int, n_classes: int
    ) -> "Survey":
        """Go through the rows once."""
        kept, totals = np.zeros((n_networks, rows.n_groups), np.int64), np.zeros(n_classes)
        places: dict[int, set[int]] = {k: set() for k, _, _ in encoder.placed()}
        parts = list[list[NDArray[Any]]]()  # of the rows that are held out
        for positions, block in rows.blocks():
            out = np.array([split.held_out(i, positions) for i in range(n_networks)])
            starts = np.arange(0, len(positions), GROUP)
            groups = positions[starts] // GROUP
            kept[:, groups] = np.add.reduceat(~out, starts, axis=1, dtype=np.int64)
            totals += np.bincount(block.targets, block.weights, n_classes)
            for k, found in encoder.places_in(block.inputs[~out.all(axis=0)]).items():
                places[k] |= found
            chosen = out.any(axis=0)
            weights = positions if block.weights is None else block.weights
            each = positions, block.targets, weights, np.asarray(out.all(axis=0))
            parts.append([array[chosen] for array in each])
        held_out, y, w, by_all = map(np.concatenate, zip(*parts, strict=True))
        return cls(
            kept=kept,
            totals=totals,
            held_out=held_out,
            y=y,
            weights=w if rows.is_weighted else None,
            untaught=held_out[by_all],
            places=places,
        )
