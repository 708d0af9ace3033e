"""From tables and labels to numbers.

``sources/`` opens what people have as Arrow record batches; ``encoder/`` learns how to turn a
table's columns into numbers, and does it; ``encoded/`` holds these, in memory or in a file, and
cuts an epoch into windows of them; ``labels.py`` and ``targets.py`` turn labels into what a
network is trained on, and its scores back into labels; ``weights.py``, ``split.py`` and
``seeds.py`` check sample weights, hold rows out, and make a seed of a ``random_state``.
"""

from deltarule.data.encoder import IGNORED, KINDS, Encoder, Learned, Masking
from deltarule.data.labels import encode_labels, is_missing, require_labels
from deltarule.data.scorers import require_scorer
from deltarule.data.seeds import draw_seed
from deltarule.data.sources import (
    ReadOptions,
    Selected,
    Source,
    as_table,
    in_memory,
    open_source,
    require_columns,
)
from deltarule.data.split import (
    MOST_LISTED,
    HashedSplit,
    ListedSplit,
    NoSplit,
    Split,
    hold_out,
    hold_out_each,
)
from deltarule.data.targets import Targets
from deltarule.data.weights import check_weights, class_totals, weigh_classes, weighted

__all__ = [
    "IGNORED",
    "KINDS",
    "MOST_LISTED",
    "Encoder",
    "HashedSplit",
    "Learned",
    "ListedSplit",
    "Masking",
    "NoSplit",
    "ReadOptions",
    "Selected",
    "Source",
    "Split",
    "Targets",
    "as_table",
    "check_weights",
    "class_totals",
    "draw_seed",
    "encode_labels",
    "hold_out",
    "hold_out_each",
    "in_memory",
    "is_missing",
    "open_source",
    "require_columns",
    "require_labels",
    "require_scorer",
    "weigh_classes",
    "weighted",
]
