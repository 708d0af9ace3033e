"""A trained model, to a file and back."""

import os
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from deltarule.errors import ModelFileError, SaveError
from deltarule.model_file import container, strict_json
from deltarule.model_file.arrays import (
    Declarations,
    declare_vector,
    pack_vector,
    prefix_of,
    require_declared,
    unpack_vector,
)
from deltarule.model_file.document import (
    FORMAT,
    AnyLayer,
    DenseLayer,
    Document,
    EmbeddingLayer,
    PeriodicLayer,
    ScaleLayer,
    TrainingSummary,
    labels_from_json,
    labels_to_json,
)
from deltarule.model_file.durable import write_durably
from deltarule.model_file.snapshot import Snapshot, declare_snapshot, read_snapshot
from deltarule.network import (
    LOSSES,
    Dense,
    Embedding,
    Layer,
    Loss,
    Network,
    Parameters,
    Periodic,
    Scale,
    forward,
)
from deltarule.network.arrays import Floats
from deltarule.settings import settings_from_json, settings_to_json

PROBE = 1000.0


class NewerFormatError(ValueError):
    """The cause of a ModelFileError: the file is whole, but of a later version."""


@dataclass(frozen=True)
class SavedModel:
    """Everything in a model file, as the rest of the library wants it.

    Attributes
    ----------
    estimator : str
        "MLPClassifier" or "TabularClassifier".
    network, loss
        What turns inputs into scores, and scores into probabilities.
    parameters : list of Parameters
        Of one network, or of each of several that are alike and decide together.
    classes : array (n_classes,)
        Labels in the order of the outputs; one output may stand for two classes.
    settings : dict
        The estimator's parameters, as ``get_params`` returns them.
    training : TrainingSummary
    target : str, optional
        Name of the column that the labels came from.
    features : list of str, optional
        Names of the input's columns.
    encoder : dict, optional
        The encoder as JSON-able data; None where inputs are numbers already.
    threshold : float, optional
        Of two classes, the probability from which the second is predicted.
    is_named : bool
        Whether ``features`` are the user's names, and not made up for columns of an array.
    left_out : dict from feature to str
        Those that are not used, and why.
    schedule_epochs : int, optional
        Epochs of the learning rate's schedule, where the settings do not tell.
    temperature : float
        What scores are divided by before they become probabilities.
    snapshot : Snapshot, optional
        In a checkpoint: the run that the model is the present state of.
    """

    estimator: str
    network: Network
    loss: Loss
    parameters: list[Parameters]
    classes: NDArray[Any]
    settings: dict[str, Any]
    training: TrainingSummary
    target: str | None = None
    features: list[str] | None = None
    encoder: dict[str, Any] | None = None
    threshold: float | None = None
    is_named: bool = True
    left_out: dict[str, str] = field(default_factory=dict)
    schedule_epochs: int | None = None
    temperature: float = 1.0
    snapshot: Snapshot | None = None
    written_by: str = field(default_factory=lambda: version("deltarule"))

    @property
    def dtype(self) -> np.dtype[Any]:
        """What the networks compute in."""
        return self.parameters[0].dtype


def write_model(path: str | os.PathLike[str], model: SavedModel) -> None:
    """Write a model to a file, durably.

    Raises
    ------
    SaveError
        If the labels are of a type that cannot be saved, or the file cannot be written; what
        stood at ``path`` is then intact.
    """
    try:
        text = msgspec.json.encode(_to_document(model)).decode()
    except ValueError as error:
        raise SaveError(f"Cannot save to {os.fspath(path)}: {error}") from error
    arrays: dict[str, Floats] = {}
    for i, parameters in enumerate(model.parameters):
        arrays |= unpack_vector(model.network.layout, parameters.theta, prefix_of(i))
    if model.snapshot is not None:
        arrays |= model.snapshot.to_arrays(model.network)
    write_durably(path, *container.pack(text, arrays))


def _to_document(model: SavedModel) -> Document:
    return Document(
        checksum=container.ZEROS,
        format=FORMAT,
        written_by=model.written_by,
        estimator=model.estimator,  # type: ignore[arg-type]
        dtype=model.dtype.name,  # type: ignore[arg-type]
        loss=model.loss.name,  # type: ignore[arg-type]
        layers=[_layer_to_json(layer) for layer in model.network.layers],
        classes=labels_to_json(model.classes),
        target=model.target,
        features=model.features,
        encoder=model.encoder,
        settings=settings_to_json(model.settings),
        training=model.training,
        threshold=model.threshold,
        is_named=model.is_named,
        left_out=model.left_out,
        schedule_epochs=model.schedule_epochs,
        temperature=model.temperature,
        checkpoint=None if model.snapshot is None else model.snapshot.to_document(),
    )


KINDS: dict[type[Layer], type[AnyLayer]] = {
    Dense: DenseLayer,
    Scale: ScaleLayer,
    Periodic: PeriodicLayer,
    Embedding: EmbeddingLayer,
}


def _layer_to_json(layer: Layer) -> AnyLayer:
    return KINDS[type(layer)](**vars(layer))


def _layer_from_json(layer: AnyLayer) -> Layer:
    kind = next(kind for kind, document in KINDS.items() if isinstance(layer, document))
    return kind(**msgspec.structs.asdict(layer))


def read_model(path: str | os.PathLike[str], *, resuming: bool = False) -> SavedModel:
    """Read a model file, trusting nothing in it.

    In this order: it is a regular file; its header is well-formed; the format is one this
    version knows; the checksum over every byte matches; every member has its type and range;
    the layers chain; the arrays are those that the layers ask for, cover the file exactly and
    are finite; plain inputs do not overflow. No size is allocated before the file is known to
    hold that much.

    Parameters
    ----------
    path : path-like
    resuming : bool
        Whether it is to be trained further, and not to predict: weights may then be as large as
        they are in a run that is about to diverge.

    Raises
    ------
    ModelFileError
        Naming the file and the reason.
    OSError
        If the file cannot be opened.
    """
    try:
        data = container.read_bytes(path)
        text, header = container.read_header(data)
        document = _parse_document(text, data)
        model = _to_model(document, data, container.declarations(header))
        if not resuming:
            _check_scores(model)
        return model
    except (ValueError, msgspec.ValidationError) as error:
        raise ModelFileError(f"{os.fspath(path)} is not a usable model file: {error}.") from error


def _parse_document(text: str, data: bytes) -> Document:
    """Version first, then the checksum, then the content."""
    members = strict_json.parse(text)
    if not isinstance(members, dict):
        raise ValueError("its metadata is not a JSON object")
    written_with = members.get("format")
    if type(written_with) is int and written_with > FORMAT:
        writer = str(members.get("written_by", "an unknown version"))[:100]
        raise NewerFormatError(
            f"it has format {written_with}, written by deltarule {writer}; this is deltarule "
            f"{version('deltarule')}, which reads formats up to {FORMAT}: upgrade deltarule"
        )
    container.verify_checksum(data, str(members.get("checksum")))
    if members.get("estimator") == "TabularClassifier" and written_with in (1, 2):
        raise ValueError(
            "it was written by a version before the first release, which encoded columns in "
            "another way; train the model again"
        )
    return msgspec.convert(members, Document)


def _to_model(document: Document, data: bytes, declared: Declarations) -> SavedModel:
    network = Network(_layer_from_json(layer) for layer in document.layers)
    loss = LOSSES[document.loss]
    classes = labels_from_json(document.classes)
    if not _classes_fit(len(classes), network.n_outputs, loss):
        raise ValueError(
            f"its {len(classes)} classes do not fit the {network.n_outputs} outputs of its last "
            f"layer under {loss.name} loss"
        )
    if document.features is not None and document.encoder is None:
        _check_features(document.features, network)
    if document.checkpoint is None and not document.training.loss_curve:
        raise ValueError("it tells of no epoch, and is no checkpoint")
    n_networks = _count_networks(document, network, declared)
    arrays = _read_arrays(document, network, n_networks, data, declared)
    return SavedModel(
        estimator=document.estimator,
        network=network,
        loss=loss,
        parameters=[
            pack_vector(network.layout, document.dtype, arrays, prefix_of(i))
            for i in range(n_networks)
        ],
        classes=classes,
        settings=settings_from_json(document.estimator, document.settings),
        training=document.training,
        target=document.target,
        features=document.features,
        encoder=document.encoder,
        threshold=document.threshold,
        is_named=document.is_named,
        left_out=document.left_out,
        schedule_epochs=document.schedule_epochs,
        temperature=document.temperature,
        snapshot=_to_snapshot(document, network, arrays),
        written_by=document.written_by,
    )


def _count_networks(document: Document, network: Network, declared: Declarations) -> int:
    """Return how many networks a file tells of, having seen that it has arrays for them."""
    number = max(1, len(document.training.members))
    if number > 1 and number * len(network.layout.entries) > len(declared):
        raise ValueError(
            f"it tells of {number} networks of {len(network.layout.entries)} arrays, and has "
            f"{len(declared)} arrays"
        )
    if document.checkpoint is not None and len(document.checkpoint.others) != number - 1:
        raise ValueError(
            f"it is a checkpoint of {len(document.checkpoint.others) + 1} networks, and tells of "
            f"{number}"
        )
    return number


def _read_arrays(
    document: Document, network: Network, n_networks: int, data: bytes, declared: Declarations
) -> dict[str, NDArray[np.floating[Any]]]:
    """Compare what layers and checkpoint need with what the header declares; read what is there."""
    needed: Declarations = {}
    for i in range(n_networks):
        needed |= declare_vector(network.layout, document.dtype, prefix_of(i))
    if document.checkpoint is not None:
        epochs = len(document.training.loss_curve)
        needed |= declare_snapshot(document.checkpoint, network, document.dtype, epochs)
    require_declared(needed, declared)
    return container.read_arrays(data)


def _to_snapshot(
    document: Document, network: Network, arrays: dict[str, NDArray[np.floating[Any]]]
) -> Snapshot | None:
    if document.checkpoint is None:
        return None
    return read_snapshot(document.checkpoint, network, document.dtype, arrays)


def _classes_fit(n_classes: int, n_outputs: int, loss: Loss) -> bool:
    """One output a class; under sigmoid loss one output may also tell two classes apart."""
    binary = loss.name == "sigmoid" and (n_classes, n_outputs) == (2, 1)
    return binary or n_classes == n_outputs


def _check_features(features: list[str], network: Network) -> None:
    if len(features) != network.n_features:
        raise ValueError(
            f"it names {len(features)} features, but layer 1 reads {network.n_features}"
        )


def _check_scores(model: SavedModel) -> None:
    """Refuse finite weights that are so large that plain inputs overflow into NaN."""
    probe = np.array([[0.0, PROBE, -PROBE]], dtype=model.dtype)
    inputs = np.repeat(probe, model.network.n_features, axis=0)
    for parameters in model.parameters:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            scores = forward(model.network, parameters, inputs).scores / model.temperature
            log_p = model.loss.log_probabilities(scores)
        if not (np.isfinite(scores).all() and np.isfinite(log_p).all()):
            raise ValueError(f"its weights are so large that inputs of {PROBE:g} overflow")
