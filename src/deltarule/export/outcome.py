"""From scores to probabilities and labels, as a graph."""

from functools import partial, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import SettingError
from deltarule.export.graph import Graph
from deltarule.export.layers import Formula, scores
from deltarule.model_file import SavedModel


def one_of_many(graph: Graph, saved: SavedModel, X: str, label: str, probabilities: str) -> None:
    """One label of l: the mean over all networks of softmax(z / T); its largest, or by threshold.

    As :func:`deltarule.tabular.calibration.log_average` has it.
    """
    temperature = np.array(saved.temperature, saved.dtype)
    each = []
    for parameters in saved.parameters:
        z = graph.add("Div", scores(graph, saved.network, parameters, X), temperature)
        each.append(graph.add("Softmax", z, axis=1))
    total = reduce(partial(graph.add, "Add"), each)
    count = np.array(len(each), saved.dtype)
    graph.add("Div", total, count, output=probabilities)
    if saved.threshold is None:
        place = graph.add("ArgMax", probabilities, axis=1, keepdims=0)
    else:
        second = graph.cast(graph.add("Gather", probabilities, np.array(1), axis=1), np.float64)
        place = graph.add("GreaterOrEqual", second, np.array(saved.threshold))
        place = graph.cast(place, np.int64)
    _name(graph, saved, place, label)


def binary(graph: Graph, saved: SavedModel, X: str, label: str, probabilities: str) -> None:
    """One of two labels, by one score: p = 1 / (1 + e^-s), and 1 - p without losing its digits."""
    s = scores(graph, saved.network, saved.parameters[0], X)
    both = graph.beside([graph.add("Neg", s), s])
    p = Formula(graph, saved.dtype).logistic(both)
    graph.add("Identity", p, output=probabilities)
    is_second = graph.add("Greater", s, np.array(0, saved.dtype))
    place = graph.add("Squeeze", graph.cast(is_second, np.int64), np.array([1]))
    _name(graph, saved, place, label)


def multilabel(graph: Graph, saved: SavedModel, X: str, label: str, probabilities: str) -> None:
    """Any of l labels: 1 where a label's own score is positive, else 0."""
    s = scores(graph, saved.network, saved.parameters[0], X)
    p = Formula(graph, saved.dtype).logistic(s)
    graph.add("Identity", p, output=probabilities)
    is_there = graph.add("Greater", s, np.array(0, saved.dtype))
    graph.cast(is_there, np.int64, output=label)


def _name(graph: Graph, saved: SavedModel, place: str, label: str) -> None:
    """Make labels of the places of classes."""
    dtype = label_type(saved.classes)
    known = saved.classes.astype(object if dtype is np.str_ else dtype)
    graph.add("Gather", known, place, output=label)


def label_type(classes: NDArray[Any]) -> Any:
    """Return the type of labels in ONNX: int64, double, bool or string.

    Raises
    ------
    SettingError
        For whole numbers beyond int64.
    """
    labels = classes.tolist()  # an array of objects may hold numbers, too
    match labels[0]:
        case bool():
            return np.bool_
        case float():
            return np.float64
        case int() if max(map(abs, labels)) <= np.iinfo(np.int64).max:
            return np.int64
        case int():
            raise SettingError(
                f"The label {max(labels, key=abs)} is beyond int64, which ONNX has for labels. "
                "Name the classes by text, or by smaller numbers."
            )
    return np.str_
