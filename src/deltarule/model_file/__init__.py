"""A model as one file: safetensors, with everything else as JSON in its metadata.

``document.py`` what stands in a file (the format, as types); ``container.py`` bytes, checksum and
arrays; ``arrays.py`` which arrays those are; ``snapshot.py`` what makes a model a checkpoint;
``strict_json.py`` JSON without its loopholes; ``durable.py`` writing so that the old or the new
file is whole, never neither; ``model.py`` the two functions that others use.

The format
----------
A safetensors file: an 8-byte length, a JSON header, then the arrays. The arrays are ``"k.W"``
(n_k, n_{k-1}) and ``"k.b"`` (n_k, 1) for each Dense layer k, ``"k.s"`` (n_k, 1) for each Scale, and
in a checkpoint those of the run (``snapshot.py``). Of several networks, those of network i > 1 have
the prefix ``"i/"``. The header's metadata has one entry,
``"deltarule"``, whose text is itself a JSON object, a ``Document`` (``document.py``), whose first
member is the checksum. That is the SHA-256 of the whole file, every byte, computed with the
checksum's own 64 digits replaced by zeros.

No pickle, no import names, no paths. Loading trusts nothing; see :func:`read_model`.
"""

from deltarule.model_file.document import MemberSummary, RunState, TrainingSummary
from deltarule.model_file.durable import (
    check_writable,
    clear_debris,
    write_durably,
    writing_durably,
)
from deltarule.model_file.model import NewerFormatError, SavedModel, read_model, write_model
from deltarule.model_file.snapshot import (
    EPOCH_START,
    HISTORY_COLUMNS,
    THETA,
    MemberSnapshot,
    Snapshot,
)

__all__ = [
    "EPOCH_START",
    "HISTORY_COLUMNS",
    "THETA",
    "MemberSnapshot",
    "MemberSummary",
    "NewerFormatError",
    "RunState",
    "SavedModel",
    "Snapshot",
    "TrainingSummary",
    "check_writable",
    "clear_debris",
    "read_model",
    "write_durably",
    "write_model",
    "writing_durably",
]
