"""An export that does not say what the model says is no export."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from onnx import numpy_helper
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.neural_network import MLPClassifier as Theirs

from deltarule import MLPClassifier, TabularClassifier
from deltarule.errors import DataError, ExportError, MissingExtraError, SettingError
from deltarule.export import check, checking, convert, onnx_inputs, to_onnx

X, Y = load_iris(return_X_y=True)


@pytest.fixture(scope="module")
def model():
    return MLPClassifier((8,), max_iter=300, random_state=0, tol=1e9).fit(X, Y)


def changed(proto, array, by):
    """Add to a constant of a graph."""
    held = next(c for c in proto.graph.initializer if numpy_helper.to_array(c).shape == array)
    held.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(held) + by, held.name))
    return proto


def test_it_is_run_on_the_rows_given_or_on_made_up_ones(model):
    assert check(model, convert(model), X).rows == len(X)
    agreement = check(model, convert(model))
    assert (agreement.rows, agreement.runtime) == (512, "onnxruntime")
    assert 0 <= agreement.difference < 1e-12


def test_a_network_of_named_columns(model):
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    named = MLPClassifier((8,), max_iter=300, random_state=0, tol=1e9).fit(frame, Y)
    proto = convert(named)
    assert check(named, proto).rows == 512
    assert check(named, proto, frame).rows == len(X)
    facts = {entry.key: json.loads(entry.value) for entry in proto.metadata_props}
    assert facts["features"] == ["a", "b", "c", "d"]


def test_probabilities_that_differ_are_refused(model):
    proto = changed(convert(model), (8,), 1e-3)
    with pytest.raises(ExportError, match=r"probabilities differ .* on 150 rows, more than 1e-05"):
        check(model, proto, X)
    assert check(model, proto, X, bound=0.1).difference > 1e-5


def test_nan_is_no_agreement(model):
    with pytest.raises(ExportError, match="differ"):
        check(model, changed(convert(model), (8,), np.nan), X)


def test_labels_that_differ_are_refused(model):
    proto = changed(convert(model), (3,), 0)
    classes = next(c for c in proto.graph.initializer if c.data_type == 7 and list(c.dims) == [3])
    classes.CopyFrom(numpy_helper.from_array(np.array([0, 2, 1]), classes.name))
    with pytest.raises(ExportError, match="another label"):
        check(model, proto, X)


def test_what_is_no_onnx_is_refused(model):
    proto = convert(model)
    proto.graph.node[0].op_type = "Gem"
    with pytest.raises(ExportError, match="no valid ONNX"):
        check(model, proto, X)


@pytest.mark.parametrize("rows", [X[:0], {"a": [], "b": []}])
def test_no_rows_are_no_trial(rows, model):
    with pytest.raises(DataError, match="no rows to try the exported model on"):
        to_onnx(model, rows)


def test_what_a_runtime_cannot_run_is_told_as_its_own(model):
    proto = convert(model)
    proto.opset_import[0].version = 99
    with pytest.raises(ExportError, match=r"onnxruntime \S+ does not run|no valid ONNX"):
        check(model, proto, X)


def test_the_row_of_a_bad_cell_is_counted_through_all_pieces():
    table = pa.table({"a": [1.0, 2.0, 9.0, 8.0] * 10})
    model = TabularClassifier(preset="quick", max_iter=2, random_state=0)
    model.fit(table, ["small", "small", "big", "big"] * 10)
    pieces = pa.chunked_array([["1", "2", "3"], ["4", "x"]])
    with pytest.raises(DataError, match="row 5"):
        onnx_inputs(model, pa.table({"a": pieces}))


def test_no_path_of_this_machine_is_in_the_file(tmp_path):
    model = MLPClassifier((8,), max_iter=300, tol=1e9, checkpoint=tmp_path / "run").fit(X, Y)
    assert str(tmp_path) not in str(convert(model))


def test_without_onnxruntime_onnx_runs_it_itself(model, monkeypatch):
    monkeypatch.setattr(checking, "find_spec", lambda name: None)
    assert check(model, convert(model), X).runtime == "onnx.reference"


def test_without_onnx_the_extra_is_named(model, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'deltarule\[onnx\]'"):
        to_onnx(model)


def test_what_cannot_be_exported():
    with pytest.raises(SettingError, match="A MLPClassifier cannot be exported: give a fitted"):
        to_onnx(Theirs())
    with pytest.raises(NotFittedError):
        to_onnx(MLPClassifier())
    with pytest.raises(NotFittedError):
        to_onnx(TabularClassifier())


def test_the_file_says_what_it_is():
    table = {"size": [1.0, 2.0, 9.0, 8.0] * 10, "kind": ["a", "b", "b", None] * 10}
    model = TabularClassifier(preset="quick", max_iter=3, random_state=0)
    model.fit(table, ["small", "small", "big", "big"] * 10)
    proto = to_onnx(model, table)
    facts = {entry.key: json.loads(entry.value) for entry in proto.metadata_props}
    assert facts["estimator"] == "TabularClassifier"
    assert facts["classes"] == ["big", "small"]
    assert facts["columns"] == [
        {"name": "size", "kind": "numeric", "input": "size"},
        {"name": "kind", "kind": "categorical", "input": "kind"},
    ]
    assert facts["settings"]["preset"] == "quick"
    assert facts["training"]["epochs"] == 3
    assert "TabularClassifier of deltarule" in proto.doc_string
    assert [i.type.tensor_type.shape.dim[0].dim_param for i in proto.graph.input] == ["rows"] * 2
