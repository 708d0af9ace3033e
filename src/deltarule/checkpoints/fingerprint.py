"""Which run is it? Its data, by their content, and its settings; and how two runs differ."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from deltarule.engines import Examples
from deltarule.errors import CheckpointError
from deltarule.training import AnyPlan, Plan, Shaped

Fingerprint = dict[str, Any]
"""JSON-able: what a message calls each thing, and its value or a digest of it."""

Rows = tuple[Examples, Examples | None]
"""Those that a network is trained on, and those that it is validated on."""

AT_ONCE = 1 << 22  # elements of an array to copy, where it does not lie in one piece
DIGEST = "sha256:"
HORIZON = "schedule_epochs, the epochs of the schedule"
WINDOW = "window, the rows that are shuffled at a time"
MOST_SHOWN = 60  # characters of a value
ONCE = {"setting shards": 1}  # what checkpoints have not always had, and what it was then


def fingerprint(
    settings: Mapping[str, Any],
    plan: AnyPlan,
    labels: NDArray[Any],
    columns: list[str] | None,
    rows: Sequence[Rows],
) -> Fingerprint:
    """Return what tells a run from every other one.

    Parameters
    ----------
    settings : mapping from name to JSON-able value
        Those that change a bit of the result.
    plan : Plan or FullBatchPlan
        How many epochs it has matters only where the learning rate goes by them.
    labels : array
        The classes, in the order of the outputs.
    columns : list of str, optional
        Names of the features.
    rows : sequence of Rows
        Of each network.
    """
    prints: Fingerprint = {f"setting {name}": value for name, value in settings.items()}
    prints |= of_schedule(plan)
    prints["labels"] = json.dumps(labels.tolist(), default=str)
    prints["names of the columns"] = columns
    known: list[Any] = []
    for i, (examples, validation) in enumerate(rows):
        owner = f" of network {i + 1}" if i else ""
        prints |= of_examples(f"training rows{owner}", examples, known)
        if validation is not None:
            prints |= of_examples(f"validation rows{owner}", validation, known)
    return prints


def of_schedule(plan: AnyPlan) -> Fingerprint:
    """Return what the learning rate goes by: epochs, where it is a function of them."""
    if isinstance(plan, Plan) and isinstance(plan.schedule, Shaped):
        return {HORIZON: plan.horizon or plan.epochs}
    return {}


def of_examples(which: str, given: Examples, known: list[Any]) -> Fingerprint:
    """Return what tells these rows from others.

    Parameters
    ----------
    which : str
        What messages call them.
    given : Examples
    known : list of arrays
        The X that are in the fingerprint already; this one is added.
    """
    rows = "all" if given.rows is None else digest(given.rows)
    prints: Fingerprint = {f"number of {which}": len(given), f"choice of {which}": rows}
    if not any(given.X is X for X in known):
        known.append(given.X)
        prints |= {
            f"number of columns of the {which}": int(given.X.shape[1]),
            f"type of the {which}": str(given.X.dtype),
            f"values of the {which}": digest(given.X),
            f"labels of the {which}": digest(given.y),
        }
    weights = None if given.weights is None else digest(given.weights)
    return prints | {f"weights of the {which}": weights}


def digest(array: Any) -> str:
    """Return the SHA-256 of an array or CSR matrix: of its dtype, its shape and its values."""
    sha = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
    parts = (array.data, array.indices, array.indptr) if issparse(array) else (array,)
    for part in parts:
        _add(sha, part)
    return DIGEST + sha.hexdigest()


def _add(sha: Any, array: NDArray[Any]) -> None:
    if array.flags.c_contiguous:
        sha.update(array.reshape(-1).view(np.uint8) if array.size else b"")
        return
    rows = max(1, AT_ONCE * len(array) // max(1, array.size))
    for start in range(0, len(array), rows):
        sha.update(np.ascontiguousarray(array[start : start + rows]).tobytes())


def require_same_run(folder: object, then: Fingerprint, now: Fingerprint) -> None:
    """Refuse to resume a run with other data or settings.

    Raises
    ------
    CheckpointError
        Naming every difference.
    """
    then = {name: value for name, value in ONCE.items() if name in now} | then
    differences = [
        _describe(name, then.get(name), now.get(name))
        for name in then | now
        if then.get(name) != now.get(name)
    ]
    if differences:
        raise CheckpointError(
            f"{folder} holds a run that had other data or settings, and cannot be resumed with "
            f"these. What differs: {'; '.join(differences)}. Use what it was begun with, or "
            "another folder."
        )


def _describe(name: str, then: Any, now: Any) -> str:
    if str(then).startswith(DIGEST) or str(now).startswith(DIGEST):
        return f"the {name}"
    if isinstance(then, list) and isinstance(now, list) and name.startswith("names"):
        return f"{name} ({_compare_names(then, now)})"
    shown = [
        text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 4] + " ..."
        for text in map(_to_text, (then, now))
    ]
    return f"{name.removeprefix('setting ')} (then {shown[0]}, now {shown[1]})"


def _compare_names(then: list[str], now: list[str]) -> str:
    gone, new = [n for n in then if n not in now], [n for n in now if n not in then]
    if not (gone or new):
        return "in another order"
    return "; ".join(
        f"{word} {', '.join(map(repr, names[:5]))}{' ...' if len(names) > 5 else ''}"
        for word, names in (("only then:", gone), ("only now:", new))
        if names
    )


def _to_text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)
