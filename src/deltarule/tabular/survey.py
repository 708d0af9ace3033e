"""What has to be known of all encoded rows before training: one pass over them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Encoder, Split
from deltarule.data.encoded import EncodedRows
from deltarule.data.encoder.masking import MOST_COUNTED
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
    trained_on : array or None
        Numbers of the rows that a network is trained on; None where there are too many.
    places : dict of set of int
        Those that occur in rows that a network is trained on; see :meth:`Encoder.places_in`.
    """

    kept: Integers
    totals: NDArray[np.float64]
    held_out: Integers
    y: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    trained_on: Integers | None
    places: dict[int, set[int]]

    @classmethod
    def of(
        cls, rows: EncodedRows, encoder: Encoder, split: Split, n_networks: int, n_classes: int
    ) -> "Survey":
        """Go through the rows once."""
        kept = np.zeros((n_networks, rows.n_groups), np.int64)
        totals = np.zeros(n_classes)
        places: dict[int, set[int]] = {k: set() for k, _, _ in encoder.placed()}
        held_out, y, weights = list[Integers](), list[Integers](), list[NDArray[np.float64]]()
        trained_on = list[Integers]()
        for positions, block in rows.blocks():
            out = np.array([split.held_out(i, positions) for i in range(n_networks)])
            group = positions // GROUP
            for i in range(n_networks):
                first = int(group[0])
                counts = np.bincount(group[~out[i]] - first)
                kept[i, first : first + len(counts)] = counts
            totals += np.bincount(block.targets, block.weights, n_classes)
            taught = ~out.all(axis=0)
            if rows.n_rows <= MOST_COUNTED:
                trained_on.append(positions[taught])
            for k, found in encoder.places_in(block.inputs[taught]).items():
                places[k] |= found
            any_out = out.any(axis=0)
            held_out.append(positions[any_out])
            y.append(block.targets[any_out])
            if block.weights is not None:
                weights.append(block.weights[any_out])
        return cls(
            kept=kept,
            totals=totals,
            held_out=np.concatenate(held_out),
            y=np.concatenate(y),
            weights=np.concatenate(weights) if rows.is_weighted else None,
            trained_on=np.concatenate(trained_on) if trained_on else None,
            places=places,
        )
