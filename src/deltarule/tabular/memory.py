"""How much memory training on a table takes: said before any of it is taken."""

from deltarule.data import Encoder
from deltarule.errors import OutOfMemoryError
from deltarule.ranges import bytes_of
from deltarule.tabular.recipe import BATCH_SIZE, build_network
from deltarule.training import available_memory

FLOAT32 = 4
SCORES = 5  # arrays of them: the scores, their softmax, its logarithm, what is made on the way
VECTORS = 5  # like theta: itself, two moments, the best, the epoch's start
WIDEST_NAMED = 3


def estimate_memory(encoder: Encoder, n_classes: int, n_rows: int, n_validated: int) -> int:
    """Return about how many bytes training takes.

    Encoded rows, parameters, buffers of a batch, and the scores of the rows to validate on.
    """
    network = build_network(encoder.n_features, n_classes)
    buffers = 3 * BATCH_SIZE * sum(network.sizes)
    scores = SCORES * n_validated * n_classes
    numbers = n_rows * encoder.n_features + VECTORS * network.layout.size + buffers + scores
    return FLOAT32 * numbers


def require_room(
    encoder: Encoder, n_classes: int, n_rows: int, n_validated: int, limit: object
) -> None:
    """Refuse a table whose encoded rows and network take more memory than they may.

    Parameters
    ----------
    encoder : Encoder
    n_classes, n_rows, n_validated : int
    limit : int, str or None
        As the setting ``memory_limit``; None is what is free.

    Raises
    ------
    OutOfMemoryError
        With the estimate, and the columns that become most numbers.
    """
    needed = estimate_memory(encoder, n_classes, n_rows, n_validated)
    most = available_memory() if limit is None else bytes_of(limit)
    if most is None or needed <= most:
        return
    widest = sorted(encoder.columns, key=lambda column: -column.width)[:WIDEST_NAMED]
    named = ", ".join(f"{column.name!r} {column.width:,}" for column in widest)
    where = "are free" if limit is None else "is the memory_limit"
    raise OutOfMemoryError(
        f"Training on {n_rows:,} rows, each of which becomes {encoder.n_features:,} numbers, takes "
        f"{_shown(needed)}, and {_shown(most)} {where}. Leave columns out (most "
        f"numbers come from {named}), train on fewer rows, or allow more memory."
    )


def _shown(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"
