"""How much memory training on a table takes: said, and divided up, before any of it is taken."""

from typing import NamedTuple

from deltarule.data import MOST_LISTED, Encoder
from deltarule.data.groups import GROUP
from deltarule.errors import OutOfMemoryError
from deltarule.ranges import bytes_of
from deltarule.tabular.recipe import Recipe, build_network
from deltarule.training import available_memory
from deltarule.warn import warn

FLOAT32, FLOAT64 = 4, 8
SCORES = 6  # arrays of them: the scores, their softmax, its logarithm, what is made on the way
KEPT_SCORES = 2  # of each network: what it says of the rows that it held out, and sorted by row
VECTORS = 5  # like theta: itself, two moments, the best, the epoch's start
BUFFERS = 3  # arrays like a batch of each layer
BESIDE = 3  # numbers of a row beside what it is encoded to: its own, its class, its weight
ORDERS = 3  # of each network: its rows, their order, both together
SHARE = 0.5  # of what is free, for a table in memory; the rest is the user's
WIDEST_NAMED = 3
FEW_SHUFFLED = 4096  # rows: with fewer, errors begin to rise where a table is sorted


class Sizes(NamedTuple):
    """How large a fit is.

    Attributes
    ----------
    n_classes : int
    n_rows, n_given : int
        Rows of the table, and of the one to validate on.
    n_validated : int
        Rows that a network is validated on.
    n_sums : int
        Vectors in which the gradient is added up over the slices of a batch.
    """

    n_classes: int
    n_rows: int
    n_given: int
    n_validated: int
    n_sums: int = 0


class Room(NamedTuple):
    """Where the encoded rows of a table are while it is trained on.

    Attributes
    ----------
    in_memory : bool
        Or else in a file.
    window : int
        Rows that are in memory, and shuffled, at a time; all of them, where they are in memory and
        nobody said otherwise.
    """

    in_memory: bool
    window: int


def estimate_memory(recipe: Recipe, encoder: Encoder, sizes: Sizes) -> int:
    """Return about how many bytes training takes with all rows in memory.

    Encoded rows, and those with masked cells; of each network the parameters, buffers of a
    batch, and the scores of the rows to validate on.
    """
    inputs = FLOAT32 * encoder.n_features * (2 if encoder.has_places else 1)
    return sizes.n_rows * (inputs + _beside_a_row(recipe)) + _besides(recipe, encoder, sizes)


def estimate_of_window(recipe: Recipe, encoder: Encoder, sizes: Sizes, window: int) -> int:
    """Return about how many bytes training takes with the rows of one window in memory."""
    a_row = FLOAT32 * encoder.n_features + _beside_a_row(recipe)
    return min(window, sizes.n_rows) * a_row + _besides(recipe, encoder, sizes)


def _beside_a_row(recipe: Recipe) -> int:
    """Return the bytes that a row in memory takes beside what it is encoded to."""
    return FLOAT64 * (BESIDE + ORDERS * recipe.n_trained)


def _besides(recipe: Recipe, encoder: Encoder, sizes: Sizes) -> int:
    """Return the bytes that training takes wherever its rows are.

    Of tables whose rows are listed, that is their classes, and who holds out which.
    """
    network = build_network(recipe, encoder, sizes.n_classes)
    buffers = BUFFERS * recipe.batch_size_for(sizes.n_rows) * sum(network.sizes)
    scores = (SCORES + KEPT_SCORES * recipe.n_models) * sizes.n_validated * sizes.n_classes
    networks = recipe.n_trained * (VECTORS * network.layout.size + buffers)
    networks += sizes.n_sums * network.layout.size  # of one network after the other
    listed = sizes.n_rows * (FLOAT64 + recipe.n_models) if sizes.n_rows <= MOST_LISTED else 0
    return FLOAT32 * (sizes.n_given * encoder.n_features + networks + scores) + listed


def find_room(
    recipe: Recipe,
    encoder: Encoder,
    sizes: Sizes,
    limit: object,
    window: int | None,
    n_sharing: int = 1,
) -> Room:
    """Return where the encoded rows go: into memory if they fit, or else into a file.

    Parameters
    ----------
    recipe : Recipe
    encoder : Encoder
    sizes : Sizes
    limit : int, str or None
        As the setting ``memory_limit``; None is half of what is free.
    window : int or None
        As the setting ``window``; None is all rows in memory, or of those in a file as many as
        there is room for, a power of two times the rows of a group.
    n_sharing : int
        Workers who share what is free.

    Raises
    ------
    OutOfMemoryError
        Where not even one window fits; with the estimate, and the columns that become most numbers.

    Warns
    -----
    UserWarning
        Where so few rows fit that they can hardly be shuffled.
    """
    free = available_memory()
    free = None if free is None else free // n_sharing
    most = free if limit is None else bytes_of(limit)
    if most is None:
        return Room(True, window or sizes.n_rows)
    wanted = int(SHARE * most) if limit is None else most
    if estimate_memory(recipe, encoder, sizes) <= wanted:
        return Room(True, window or sizes.n_rows)
    is_ours = window is None
    window = window or _largest_window(recipe, encoder, sizes, wanted)
    needed = estimate_of_window(recipe, encoder, sizes, window)
    if needed > most:
        raise _no_room(recipe, encoder, sizes, window, needed, most, limit is None)
    if is_ours and window < FEW_SHUFFLED:
        warn(
            f"Only {window:,} rows fit into memory at a time: too few to be shuffled well, above "
            "all where the table is sorted. Raise memory_limit (--memory-limit), or leave columns "
            "out."
        )
    return Room(False, window)


def _largest_window(recipe: Recipe, encoder: Encoder, sizes: Sizes, most: int) -> int:
    window = GROUP
    while window < sizes.n_rows and estimate_of_window(recipe, encoder, sizes, 2 * window) <= most:
        window *= 2
    return window


def _no_room(
    recipe: Recipe,
    encoder: Encoder,
    sizes: Sizes,
    window: int,
    needed: int,
    most: int,
    is_free: bool,
) -> OutOfMemoryError:
    widest = sorted(encoder.columns, key=lambda column: -column.width)[:WIDEST_NAMED]
    named = ", ".join(f"{column.name!r} {column.width:,}" for column in widest)
    where = "are free" if is_free else "is the memory_limit"
    several = f"{recipe.n_trained} networks" if recipe.n_trained > 1 else "a network"
    fewer = ", fewer networks (n_models, n_refit)" if recipe.n_trained > 1 else ""
    n_rows = sizes.n_rows + sizes.n_given
    at_a_time = f", {window:,} at a time (window)" if window < sizes.n_rows else ""
    return OutOfMemoryError(
        f"Training {several} on {n_rows:,} rows{at_a_time}, each of which becomes "
        f"{encoder.n_features:,} numbers, takes {shown_size(needed)}, and {shown_size(most)} "
        f"{where}. Leave columns out (most numbers come from {named}), train on fewer rows{fewer}, "
        "or allow more memory."
    )


def shown_size(size: float) -> str:
    """Return a number of bytes for a message."""
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"
