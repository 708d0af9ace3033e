"""Fault 38, through ONNX: names of any characters and of any length come out as they went in."""

import numpy as np
import onnx
import pytest
from onnxruntime import InferenceSession

from deltarule import TabularClassifier
from deltarule.export import onnx_inputs, to_onnx
from tests.faults.test_38_strange_names_tables import LABEL, STRANGE, X, kinds_of


def table_of(name):
    return {name: X, f"{name} kind": kinds_of(name)}


def fitted(name):
    classes = np.array([f"{name}no", f"{name}yes"])
    model = TabularClassifier(preset="quick", max_iter=2, random_state=0)
    return model.fit(table_of(name), classes[LABEL])


@pytest.mark.parametrize("kind", STRANGE)
def test_columns_categories_and_classes(kind, tmp_path):
    name = STRANGE[kind]
    model, table = fitted(name), table_of(name)
    onnx.save(to_onnx(model, table), tmp_path / "m.onnx")
    session = InferenceSession(tmp_path / "m.onnx", providers=["CPUExecutionProvider"])
    assert [each.name for each in session.get_inputs()] == list(table)
    labels, p = session.run(None, onnx_inputs(model, table))
    assert labels.tolist() == model.predict(table).tolist()
    np.testing.assert_allclose(p, model.predict_proba(table), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["label", "probabilities", "gemm_12", "constant_1", "rows", "X"])
def test_names_that_others_have_too(name, compare):
    model, table = fitted(name), table_of(name)
    compare(model, table)
    outputs = [output.name for output in to_onnx(model, table).graph.output]
    assert outputs == [f"{out}_" if out == name else out for out in ("label", "probabilities")]


def test_a_column_without_a_name_has_one_in_onnx(compare):
    table = {"": X, "unnamed": X[::-1]}
    model = TabularClassifier(preset="quick", max_iter=2, random_state=0).fit(table, LABEL)
    assert list(compare(model, table)) == ["unnamed_", "unnamed"]
