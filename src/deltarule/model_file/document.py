"""What stands in a model file, as types: the format is what these accept, and nothing else.

Reading is strict: an unknown member, a wrong type or a number outside its range is an error that
names the place. Every format ever released stays readable; a change that an older version would
misread raises :data:`FORMAT`.
"""

from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

FORMAT = 3

MAX_UNITS = 2**40  # far beyond any machine, and sizes up to here multiply without surprises

Units = Annotated[int, Meta(ge=1, le=MAX_UNITS)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Share = Annotated[float, Meta(ge=0, lt=1)]
Factor = Annotated[float, Meta(ge=0)]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON object with exactly these members."""


class DenseLayer(Strict, tag_field="kind", tag="dense", frozen=True):
    """See :class:`deltarule.network.Dense`."""

    n_in: Units
    n_out: Units
    activation: str
    dropout: Share
    weight_rate: Factor
    bias_rate: Factor
    is_parametric: bool = False
    mix_rate: Factor = 1.0


class ScaleLayer(Strict, tag_field="kind", tag="scale", frozen=True):
    """See :class:`deltarule.network.Scale`."""

    n: Units
    rate: Factor


class PeriodicLayer(Strict, tag_field="kind", tag="periodic", frozen=True):
    """See :class:`deltarule.network.Periodic`."""

    n_in: Units
    columns: tuple[Count, ...]
    n_frequencies: Units
    n_outputs: Units
    rate: Factor


class EmbeddingLayer(Strict, tag_field="kind", tag="embedding", frozen=True):
    """See :class:`deltarule.network.Embedding`."""

    n_in: Units
    columns: tuple[Count, ...]
    sizes: tuple[Units, ...]
    width: Units
    rate: Factor


AnyLayer = DenseLayer | ScaleLayer | PeriodicLayer | EmbeddingLayer


class Labels(Strict, frozen=True):
    """The class labels, in the order of the outputs, tagged with their type.

    ``dtype`` is the NumPy type that predictions come back in: a name like ``"int64"``, or
    ``"str"`` and ``"object"`` for text.
    """

    type: Literal["int", "float", "bool", "str"]
    dtype: str
    values: list[bool | int | float | str]


Curve = list[float | None]  # None where there is no number, such as the rate of L-BFGS


Seed = Annotated[int, Meta(ge=0)]  # up to 2^64


class MemberSummary(Strict, frozen=True):
    """How one of several networks came to be: see :class:`deltarule.training.Member`."""

    examples: Count
    best_epoch: Count
    seed: Seed


class TrainingSummary(Strict, frozen=True):
    """How the model came to be; one number an epoch in the curves.

    Format 1 ends with the validation scores. Nothing here tells how long it took: the same seed
    gives the same file. Curves are empty in a checkpoint from before the end of the first epoch,
    and nowhere else. Of several networks they are means, and ``members`` has one entry each; of
    one there is nothing more to tell.
    """

    examples: Count
    epochs: Count
    best_epoch: Count
    stopped: str | None
    seed: Seed
    loss_curve: list[float]
    validation_scores: Curve
    validation_losses: Curve = []
    rates: Curve = []
    gradient_norms: Curve = []
    update_ratios: list[Curve] = []  # of each layer
    members: list[MemberSummary] = []


class RunState(Strict, frozen=True):
    """Where a training run stands: :class:`deltarule.training.Member` but for its arrays.

    Those are in the file beside the model's own: each of ``vectors`` like theta, ``"NAME/k.W"``;
    ``"history"`` (epochs, 6 + 3 depth) and ``"squares"`` (depth, 3). The factor of the rate and
    the stale epochs are those of the run, the same of each member.
    """

    step: Count
    n_rows: Count
    position: Count
    epoch_loss: float
    rate: Factor
    rate_factor: Factor
    best_score: float | None
    best_loss: float | None
    stale_epochs: Count
    vectors: list[Annotated[str, Meta(pattern="^[a-z_]+$")]]


class CheckpointDocument(Strict, frozen=True):
    """What a checkpoint has and a model that is done has not (from format 3 on).

    ``fingerprint`` tells which run it is, ``machine`` what its bits hang on besides, and
    ``callbacks`` what those who look on want to be kept.
    """

    state: RunState  # of the first network, or the only one
    fingerprint: dict[str, Any]
    machine: dict[str, str]
    callbacks: list[dict[str, Any]]
    others: list[RunState] = []  # of the other networks


class Document(Strict, frozen=True):
    """The JSON object in a model file's metadata. Members are written in this order."""

    checksum: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    format: Annotated[int, Meta(ge=1, le=FORMAT)]
    written_by: str
    estimator: Literal["MLPClassifier", "TabularClassifier"]
    dtype: Literal["float32", "float64"]
    loss: Literal["softmax", "sigmoid"]
    layers: Annotated[list[AnyLayer], Meta(min_length=1)]
    classes: Labels
    target: str | None  # name of the column that the labels came from
    features: list[str] | None  # names of the input's columns, where they had any
    encoder: dict[str, Any] | None  # checked by whoever encodes
    settings: dict[str, Any]  # checked against deltarule.settings
    training: TrainingSummary
    threshold: Annotated[float, Meta(ge=0, le=1)] | None = None
    is_named: bool = True  # whether the features' names are the user's own
    left_out: dict[str, str] = {}  # features that are not used, and why
    schedule_epochs: Annotated[int, Meta(ge=1, le=2**63 - 1)] | None = None
    temperature: Annotated[float, Meta(gt=0)] = 1.0  # what scores are divided by
    checkpoint: CheckpointDocument | None = None


_DTYPES = {
    "int": {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)} | {"object"},
    "float": {"float16", "float32", "float64", "object"},
    "bool": {"bool", "object"},
    "str": {"str", "object"},
}
_PYTHON = {"int": int, "float": float, "bool": bool, "str": str}


def labels_to_json(classes: NDArray[Any]) -> Labels:
    """Tag the class labels of a fitted estimator.

    Raises
    ------
    ValueError
        For labels that are neither int, str, bool nor float.
    """
    values = classes.tolist()
    for tag, python in _PYTHON.items():
        if all(type(value) is python for value in values):
            dtype = "str" if classes.dtype.kind == "U" else classes.dtype.newbyteorder("=").name
            return Labels(tag, dtype, values)  # type: ignore[arg-type]
    raise ValueError(
        "Class labels must all be int, str, bool or float to be saved; these are "
        f"{classes.dtype} of {sorted({type(value).__name__ for value in values})}."
    )


def labels_from_json(labels: Labels) -> NDArray[Any]:
    """Return the class labels as an estimator has them.

    Raises
    ------
    ValueError
        If type and values do not fit, or a label is there twice.
    """
    if labels.dtype not in _DTYPES[labels.type]:
        raise ValueError(f"class labels of type {labels.type} cannot have dtype {labels.dtype!r}")
    python = _PYTHON[labels.type]
    # In JSON 1.0 may be written 1; every other type must be met exactly (a bool is no int).
    exact = [
        float(v) if python is float and type(v) is int and abs(v) <= 2**53 else v
        for v in labels.values
    ]
    if not all(type(value) is python for value in exact):
        raise ValueError(f"a class label is not of type {labels.type}")
    try:
        with np.errstate(over="ignore"):
            classes = np.array(exact, dtype=labels.dtype)
    except OverflowError:
        raise ValueError(f"a class label does not fit {labels.dtype}") from None
    if classes.tolist() != exact:
        raise ValueError(f"a class label does not fit {labels.dtype}")
    if len(set(classes.tolist())) < len(exact):
        raise ValueError("a class label stands there twice")
    return classes
