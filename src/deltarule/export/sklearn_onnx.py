"""So that skl2onnx knows :class:`MLPClassifier`, and converts pipelines that have one."""

from dataclasses import replace
from typing import Any

import numpy as np

from deltarule.classifier import MLPClassifier
from deltarule.export.graph import Graph
from deltarule.export.model import decide, saved_of


def register() -> None:
    """Tell skl2onnx how to convert ours."""
    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes

    update_registered_converter(
        MLPClassifier,
        "DeltaruleMLPClassifier",
        calculate_linear_classifier_output_shapes,
        _convert,
        options={"zipmap": [True, False, "columns"], "nocl": [True, False]},
    )


def _convert(scope: Any, operator: Any, container: Any) -> None:
    """Write the graph of a network into a pipeline's."""
    from onnx import helper

    saved = saved_of(operator.raw_operator)
    if container.get_options(operator.raw_operator, {"nocl": False})["nocl"]:  # "no classes"
        saved = replace(saved, classes=np.arange(len(saved.classes)))
    elif saved.classes.dtype.kind in "bf":  # skl2onnx takes labels for int64 or text
        saved = replace(saved, classes=saved.classes.astype(np.int64))
    (given,), (label, probabilities) = operator.inputs, operator.outputs
    graph = Graph(prefix=scope.get_unique_variable_name("deltarule") + "_")
    X = graph.cast(given.full_name, saved.dtype)
    told = graph.name("probabilities")
    decide(graph, saved, X, label.full_name, told)
    wanted = np.float64 if type(given.type).__name__ == "DoubleTensorType" else np.float32
    graph.cast(told, wanted, output=probabilities.full_name)
    container.initializers.extend(graph.constants)
    for node in graph.nodes:
        attributes = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        about = {"op_domain": node.domain, "name": node.name}
        container.add_node(node.op_type, list(node.input), list(node.output), **about, **attributes)
