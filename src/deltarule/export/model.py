"""A whole model as an ONNX file: cells in, labels and probabilities out."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from deltarule.classifier import MLPClassifier
from deltarule.data import Encoder
from deltarule.errors import MissingExtraError, SettingError
from deltarule.export.columns import TYPES, encode
from deltarule.export.graph import IR, ML, ML_OPSET, OPSET, Graph
from deltarule.export.outcome import binary, label_type, multilabel, one_of_many
from deltarule.model_file import SavedModel
from deltarule.settings import settings_to_json
from deltarule.tabular import TabularClassifier

if TYPE_CHECKING:
    from onnx import ModelProto, ValueInfoProto

Model = MLPClassifier | TabularClassifier
ROWS, ARRAY = "rows", "X"
LABEL, PROBABILITIES = "label", "probabilities"


def convert(model: Model) -> "ModelProto":
    """Return a fitted model as ONNX, unchecked: see :func:`deltarule.export.to_onnx`."""
    saved = saved_of(model)
    require_onnx()
    from onnx import helper

    inputs = inputs_of(saved)
    outputs = output_names([name for name, _, _ in inputs])
    graph = Graph([*(name for name, _, _ in inputs), *outputs])
    X = _numbers(graph, saved)
    decide(graph, saved, X, *outputs)
    made = helper.make_graph(
        graph.nodes,
        saved.estimator,
        [_described(name, dtype, [ROWS, width]) for name, dtype, width in inputs],
        _outputs(saved, *outputs),
        graph.constants,
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)]
    proto = helper.make_model(
        made,
        opset_imports=opsets,
        ir_version=IR,
        producer_name="deltarule",
        producer_version=saved.written_by,
        doc_string=_summary(saved),
    )
    helper.set_model_props(proto, _metadata(saved, [name for name, _, _ in inputs]))
    return proto


def require_onnx() -> None:
    """See that onnx is installed.

    Raises
    ------
    MissingExtraError
    """
    try:
        import onnx  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise MissingExtraError(
            "Exporting to ONNX needs onnx, which is not installed: pip install 'deltarule[onnx]'"
        ) from error


def saved_of(model: Model) -> SavedModel:
    """Return what there is to know of a fitted model.

    Raises
    ------
    SettingError
        For anything else.
    NotFittedError
    """
    from sklearn.utils.validation import check_is_fitted

    if not isinstance(model, Model):
        raise SettingError(
            f"A {type(model).__name__} cannot be exported: give a fitted MLPClassifier or "
            "TabularClassifier of deltarule."
        )
    check_is_fitted(model)
    return model._to_saved()


def inputs_of(saved: SavedModel) -> list[tuple[str, Any, int]]:
    """Return the name, type and number of columns of each input of a model.

    An array is one input. A table has one for each column, by its name.
    """
    if saved.encoder is None:
        return [(ARRAY, saved.dtype, saved.network.n_features)]
    columns = Encoder.from_json(saved.encoder).columns
    names = input_names([column.name for column in columns])
    return [(names[column.name], TYPES[type(column)], 1) for column in columns]


def input_names(columns: Sequence[str]) -> dict[str, str]:
    """Return the input of each column: its name, or where that is empty another one.

    ONNX takes an empty name for an input that is not there.
    """
    return {name: name or free("unnamed", columns) for name in columns}


def output_names(inputs: Iterable[str]) -> tuple[str, str]:
    """Return what labels and probabilities are called beside these inputs."""
    taken = list(inputs)
    return free(LABEL, taken), free(PROBABILITIES, taken)


def free(name: str, taken: Iterable[str]) -> str:
    """Return a name that is not taken, like this one."""
    taken = set(taken)
    while name in taken:
        name += "_"
    return name


def _numbers(graph: Graph, saved: SavedModel) -> str:
    """Return what the networks read of each row, (n, n_features)."""
    if saved.encoder is None:
        return ARRAY
    encoder = Encoder.from_json(saved.encoder)
    return encode(graph, encoder, input_names([column.name for column in encoder.columns]))


def decide(graph: Graph, saved: SavedModel, X: str, label: str, probabilities: str) -> None:
    """Make the two outputs of what the networks read."""
    if saved.loss.name == "softmax":
        one_of_many(graph, saved, X, label, probabilities)
    elif len(saved.classes) == saved.network.n_outputs:
        multilabel(graph, saved, X, label, probabilities)
    else:
        binary(graph, saved, X, label, probabilities)


def _outputs(saved: SavedModel, label: str, probabilities: str) -> "list[ValueInfoProto]":
    n = len(saved.classes)
    is_multilabel = saved.loss.name == "sigmoid" and n == saved.network.n_outputs
    kind = np.int64 if is_multilabel else label_type(saved.classes)
    return [
        _described(label, kind, [ROWS, n] if is_multilabel else [ROWS]),
        _described(probabilities, saved.dtype, [ROWS, n]),
    ]


def _described(name: str, dtype: Any, shape: Sequence[str | int]) -> "ValueInfoProto":
    from onnx import TensorProto, helper

    is_text = np.dtype(dtype).kind == "U"
    kind = TensorProto.STRING if is_text else helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, kind, shape)


def _summary(saved: SavedModel) -> str:
    several = f"{len(saved.parameters)} networks" if len(saved.parameters) > 1 else "a network"
    layers = "-".join(map(str, saved.network.sizes))
    target = "" if saved.target is None else f" {saved.target!r}"
    return (
        f"{saved.estimator} of deltarule {saved.written_by}: {several} of {layers} units, which "
        f"tell {len(saved.classes)} classes{target} apart."
    )


def _metadata(saved: SavedModel, inputs: list[str]) -> dict[str, str]:
    """Return what is known of the model, each entry JSON."""
    facts = {
        "deltarule": saved.written_by,
        "estimator": saved.estimator,
        "classes": saved.classes.tolist(),
        "target": saved.target,
        "features": saved.features,
        "threshold": saved.threshold,
        "temperature": saved.temperature,
        "settings": settings_to_json(saved.settings),
        "training": msgspec.to_builtins(saved.training),
        "left_out": saved.left_out,
    }
    if saved.encoder is not None:
        columns = saved.encoder["columns"]
        facts["columns"] = [
            {"name": column["name"], "kind": column["kind"], "input": name}
            for column, name in zip(columns, inputs, strict=True)
        ]
    return {name: json.dumps(value, default=str) for name, value in facts.items()}
