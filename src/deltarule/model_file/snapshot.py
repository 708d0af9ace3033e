"""A training run in a model file: what makes a model a checkpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.model_file.arrays import (
    Declarations,
    declare_vector,
    pack_vector,
    prefix_of,
    unpack_vector,
)
from deltarule.model_file.document import CheckpointDocument, RunState
from deltarule.network import Network
from deltarule.network.arrays import Floats

HISTORY_COLUMNS = 6  # of an epoch, beside three numbers a layer
THETA, EPOCH_START = WEIGHTS = ("theta", "epoch_start")  # names of vectors, beside the moments'


@dataclass(frozen=True)
class MemberSnapshot:
    """One of a run's networks between two steps.

    Attributes
    ----------
    state : RunState
        Its numbers.
    vectors : dict from name to array (p,)
        Its arrays in the layout of theta, in the order of ``state.vectors``.
    history : array (epochs, 6 + 3 depth) of float64
    squares : array (depth, 3) of float64
    """

    state: RunState
    vectors: dict[str, Floats]
    history: NDArray[np.float64]
    squares: NDArray[np.float64]


@dataclass(frozen=True)
class Snapshot:
    """A training run between two steps.

    Attributes
    ----------
    members : list of MemberSnapshot
    fingerprint, machine, callbacks
        See :class:`~deltarule.model_file.document.CheckpointDocument`.
    """

    members: list[MemberSnapshot]
    fingerprint: dict[str, Any]
    machine: dict[str, str]
    callbacks: list[dict[str, Any]]

    @property
    def state(self) -> RunState:
        """The numbers of the first network, or the only one."""
        return self.members[0].state

    def to_document(self) -> CheckpointDocument:
        """Return the part of it that is JSON."""
        others = [member.state for member in self.members[1:]]
        return CheckpointDocument(
            self.state, self.fingerprint, self.machine, self.callbacks, others
        )

    def to_arrays(self, network: Network) -> dict[str, Floats]:
        """Return its arrays as they stand in a file."""
        arrays: dict[str, Floats] = {}
        for i, member in enumerate(self.members):
            prefix = prefix_of(i)
            arrays |= {f"{prefix}history": member.history, f"{prefix}squares": member.squares}
            for name, vector in member.vectors.items():
                arrays |= unpack_vector(network.layout, vector, f"{prefix}{name}/")
        return arrays


def declare_snapshot(
    checkpoint: CheckpointDocument, network: Network, dtype: str, epochs: int
) -> Declarations:
    """Return the arrays that a file with this checkpoint has besides the model's."""
    columns = HISTORY_COLUMNS + 3 * network.depth
    declarations: Declarations = {}
    for i, state in enumerate((checkpoint.state, *checkpoint.others)):
        prefix = prefix_of(i)
        declarations |= {
            f"{prefix}history": ("float64", (epochs, columns)),
            f"{prefix}squares": ("float64", (network.depth, 3)),
        }
        for name in state.vectors:
            declarations |= declare_vector(network.layout, dtype, f"{prefix}{name}/")
    return declarations


def read_snapshot(
    checkpoint: CheckpointDocument,
    network: Network,
    dtype: str,
    arrays: Mapping[str, NDArray[np.floating[Any]]],
) -> Snapshot:
    """Return what a file says of a run.

    Raises
    ------
    ValueError
        For weights that are not finite. Moments may be: Adam's squares overflow before theta.
    """

    def member(i: int, state: RunState) -> MemberSnapshot:
        prefix, layout = prefix_of(i), network.layout
        vectors = {
            name: pack_vector(
                layout, dtype, arrays, f"{prefix}{name}/", finite=name in WEIGHTS
            ).theta
            for name in state.vectors
        }
        history, squares = (
            arrays[f"{prefix}{name}"].astype(np.float64) for name in ("history", "squares")
        )
        return MemberSnapshot(state, vectors, history, squares)

    states = (checkpoint.state, *checkpoint.others)
    return Snapshot(
        [member(i, state) for i, state in enumerate(states)],
        checkpoint.fingerprint,
        checkpoint.machine,
        checkpoint.callbacks,
    )
