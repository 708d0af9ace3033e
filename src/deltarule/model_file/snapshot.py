"""A training run in a model file: what makes a model a checkpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.model_file.arrays import Declarations, declare_vector, pack_vector, unpack_vector
from deltarule.model_file.document import CheckpointDocument, RunState
from deltarule.network import Network
from deltarule.network.arrays import Floats

HISTORY_COLUMNS = 6  # of an epoch, beside three numbers a layer
THETA, EPOCH_START = WEIGHTS = ("theta", "epoch_start")  # names of vectors, beside the moments'


@dataclass(frozen=True)
class Snapshot:
    """A training run between two steps.

    Attributes
    ----------
    state : RunState
        Its numbers.
    vectors : dict from name to array (p,)
        Its arrays in the layout of theta, in the order of ``state.vectors``.
    history : array (epochs, 6 + 3 depth) of float64
    squares : array (depth, 3) of float64
    fingerprint, machine, callbacks
        See :class:`~deltarule.model_file.document.CheckpointDocument`.
    """

    state: RunState
    vectors: dict[str, Floats]
    history: NDArray[np.float64]
    squares: NDArray[np.float64]
    fingerprint: dict[str, Any]
    machine: dict[str, str]
    callbacks: list[dict[str, Any]]

    def to_document(self) -> CheckpointDocument:
        """Return the part of it that is JSON."""
        return CheckpointDocument(self.state, self.fingerprint, self.machine, self.callbacks)

    def to_arrays(self, network: Network) -> dict[str, Floats]:
        """Return its arrays as they stand in a file."""
        arrays: dict[str, Floats] = {"history": self.history, "squares": self.squares}
        for name, vector in self.vectors.items():
            arrays |= unpack_vector(network.layout, vector, f"{name}/")
        return arrays


def declare_snapshot(
    checkpoint: CheckpointDocument, network: Network, dtype: str, epochs: int
) -> Declarations:
    """Return the arrays that a file with this checkpoint has besides the model's."""
    columns = HISTORY_COLUMNS + 3 * network.depth
    declarations: Declarations = {
        "history": ("float64", (epochs, columns)),
        "squares": ("float64", (network.depth, 3)),
    }
    for name in checkpoint.state.vectors:
        declarations |= declare_vector(network.layout, dtype, f"{name}/")
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
    vectors = {
        name: pack_vector(network.layout, dtype, arrays, f"{name}/", finite=name in WEIGHTS).theta
        for name in checkpoint.state.vectors
    }
    return Snapshot(
        checkpoint.state,
        vectors,
        arrays["history"].astype(np.float64),
        arrays["squares"].astype(np.float64),
        checkpoint.fingerprint,
        checkpoint.machine,
        checkpoint.callbacks,
    )
