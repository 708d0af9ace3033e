"""The network and the plan that tables are trained with, where nobody says otherwise."""

from deltarule.network import Adam, Network
from deltarule.training import Constant, Patience, Plan

HIDDEN = (256, 128)
ACTIVATION = "relu"
RATE = 0.001
ALPHA = 0.1  # beside the sum over a batch, as everywhere: 4e-4 beside the mean over 256 rows
PATIENCE = 30  # epochs
# (rows to train on, batch size): the first line that fits; RealMLP-TD (Holzmüller et al. 2024).
BATCH_SIZES = ((1024, 64), (8192, 128), (30_000, 256), (100_000, 512))
LARGEST_BATCH = 1024


def build_network(n_features: int, n_classes: int) -> Network:
    """Return the network for rows of so many numbers."""
    return Network.dense([n_features, *HIDDEN, n_classes], ACTIVATION)


def build_plan(n_rows: int, epochs: int) -> Plan:
    """Return how to train on ``n_rows`` rows for at most so many epochs."""
    return Plan(
        optimiser=Adam(),
        schedule=Constant(RATE),
        stopping=Patience(tol=0.0, epochs=PATIENCE, by_score=True),
        batch_size=min(n_rows, _batch_size(n_rows)),
        epochs=epochs,
    )


def _batch_size(n_rows: int) -> int:
    return next((size for rows, size in BATCH_SIZES if n_rows <= rows), LARGEST_BATCH)
