"""From tables and labels to numbers.

``sources.py`` opens what people have as Arrow tables; ``encoder.py`` learns how to turn a table's
columns into numbers, and does it; ``labels.py`` and ``targets.py`` turn labels into what a network
is trained on, and its scores back into labels; ``weights.py``, ``split.py`` and ``seeds.py`` check
sample weights, hold rows out, and make a seed of a ``random_state``.
"""

from deltarule.data.encoder import Encoder
from deltarule.data.labels import encode_labels, require_labels
from deltarule.data.scorers import require_scorer
from deltarule.data.seeds import draw_seed
from deltarule.data.sources import NUMBER, TEXT, as_table, column_kinds, read_csv, require_columns
from deltarule.data.split import hold_out
from deltarule.data.targets import Targets
from deltarule.data.weights import check_weights

__all__ = [
    "NUMBER",
    "TEXT",
    "Encoder",
    "Targets",
    "as_table",
    "check_weights",
    "column_kinds",
    "draw_seed",
    "encode_labels",
    "hold_out",
    "read_csv",
    "require_columns",
    "require_labels",
    "require_scorer",
]
