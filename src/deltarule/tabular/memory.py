"""How much memory training on a table takes: said before any of it is taken."""

from typing import NamedTuple

from deltarule.data import Encoder
from deltarule.errors import OutOfMemoryError
from deltarule.ranges import bytes_of
from deltarule.tabular.recipe import Recipe, build_network
from deltarule.training import available_memory

FLOAT32 = 4
SCORES = 6  # arrays of them: the scores, their softmax, its logarithm, what is made on the way
KEPT_SCORES = 2  # of each network: what it says of the rows that it held out, and sorted by row
VECTORS = 5  # like theta: itself, two moments, the best, the epoch's start
BUFFERS = 3  # arrays like a batch of each layer
WIDEST_NAMED = 3


class Sizes(NamedTuple):
    """How large a fit is.

    Attributes
    ----------
    n_classes : int
    n_rows, n_given : int
        Rows of the table, and of the one to validate on.
    n_validated : int
        Rows that a network is validated on.
    """

    n_classes: int
    n_rows: int
    n_given: int
    n_validated: int


def estimate_memory(recipe: Recipe, encoder: Encoder, sizes: Sizes) -> int:
    """Return about how many bytes training takes.

    Encoded rows, and those with masked cells; of each network the parameters, buffers of a
    batch, and the scores of the rows to validate on.
    """
    network = build_network(recipe, encoder, sizes.n_classes)
    tables = sizes.n_rows * (2 if encoder.has_places else 1) + sizes.n_given
    buffers = BUFFERS * recipe.batch_size_for(sizes.n_rows) * sum(network.sizes)
    scores = (SCORES + KEPT_SCORES * recipe.n_models) * sizes.n_validated * sizes.n_classes
    networks = recipe.n_trained * (VECTORS * network.layout.size + buffers)
    return FLOAT32 * (tables * encoder.n_features + networks + scores)


def require_room(recipe: Recipe, encoder: Encoder, sizes: Sizes, limit: object) -> None:
    """Refuse a table whose encoded rows and networks take more memory than they may.

    Parameters
    ----------
    recipe : Recipe
    encoder : Encoder
    sizes : Sizes
    limit : int, str or None
        As the setting ``memory_limit``; None is what is free.

    Raises
    ------
    OutOfMemoryError
        With the estimate, and the columns that become most numbers.
    """
    needed = estimate_memory(recipe, encoder, sizes)
    most = available_memory() if limit is None else bytes_of(limit)
    if most is None or needed <= most:
        return
    widest = sorted(encoder.columns, key=lambda column: -column.width)[:WIDEST_NAMED]
    named = ", ".join(f"{column.name!r} {column.width:,}" for column in widest)
    where = "are free" if limit is None else "is the memory_limit"
    several = f"{recipe.n_trained} networks" if recipe.n_trained > 1 else "a network"
    fewer = ", fewer networks (n_models, n_refit)" if recipe.n_trained > 1 else ""
    raise OutOfMemoryError(
        f"Training {several} on {sizes.n_rows + sizes.n_given:,} rows, each of which becomes "
        f"{encoder.n_features:,} numbers, takes {_shown(needed)}, and {_shown(most)} {where}. "
        f"Leave columns out (most numbers come from {named}), train on fewer rows{fewer}, or allow "
        "more memory."
    )


def _shown(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"
