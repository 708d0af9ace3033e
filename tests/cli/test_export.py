"""export: a model as ONNX, tried before it is written."""

import json

import numpy as np
import onnxruntime
import pytest

from deltarule import MLPClassifier, load_model
from deltarule.export import checking, onnx_inputs

TRAIN = ("train", "t.csv", "--target", "label", "--preset", "quick", "--max-iter", 3, "--seed", 0)


@pytest.fixture
def trained(tmp_path, call):
    rows = [f"{i % 7},{'abc'[i % 3]},{'yes' if i % 7 > 2 else 'no'}" for i in range(200)]
    (tmp_path / "t.csv").write_text("\n".join(["x,kind,label", *rows]) + "\n")
    assert call(*TRAIN).returncode == 0
    return tmp_path


def test_what_is_written_says_what_the_model_says(trained, call):
    done = call("export", "t.deltarule", "--onnx", "m.onnx")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith(
        "Saved m.onnx: 2 inputs, one a column, and 2 outputs. On 512 made-up rows onnxruntime "
        "gives the model's probabilities to "
    )
    model = load_model(trained / "t.deltarule")
    rows = {"x": [1.0, None, 6.0], "kind": ["a", "b", None]}
    session = onnxruntime.InferenceSession(trained / "m.onnx")
    label, p = session.run(None, onnx_inputs(model, rows))
    assert label.tolist() == model.predict(rows).tolist()
    np.testing.assert_allclose(p, model.predict_proba(rows), rtol=0, atol=1e-5)


def test_it_is_tried_on_the_rows_given(trained, call):
    done = call("export", "t.deltarule", "t.csv", "--onnx", "m.onnx", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told.pop("difference") < 1e-5
    assert told == {
        "file": "m.onnx",
        "inputs": [{"name": "x", "type": "double"}, {"name": "kind", "type": "string"}],
        "outputs": [
            {"name": "label", "type": "string"},
            {"name": "probabilities", "type": "float"},
        ],
        "rows": 200,
        "runtime": "onnxruntime",
    }


def test_a_network_of_arrays(tmp_path, call):
    X = np.random.default_rng(0).normal(size=(50, 3))
    model = MLPClassifier(tol=1e9, random_state=0).fit(X, X[:, 0] > 0)
    model.save(tmp_path / "m.deltarule")
    done = call("export", "m.deltarule", "--onnx", "m.onnx")
    assert done.returncode == 0
    assert "Saved m.onnx: 1 input and 2 outputs." in done.stderr


def test_an_export_that_differs_is_not_written(trained, call, monkeypatch):
    def differing(proto, fed):
        label, p, runtime = run(proto, fed)
        return label, p + np.float32(1e-3), runtime

    run = checking.run
    monkeypatch.setattr(checking, "run", differing)
    done = call("export", "t.deltarule", "--onnx", "m.onnx")
    assert done.returncode == 65
    assert "probabilities differ from the model's by up to 1.0e-03" in done.stderr
    assert not (trained / "m.onnx").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["no.deltarule", "--onnx", "m.onnx"], 66, "Cannot open no.deltarule"),
        (["t.csv", "--onnx", "m.onnx"], 65, "t.csv is not a usable model file"),
        (["t.deltarule", "--onnx", "no/m.onnx"], 73, "no/m.onnx"),
        (["t.deltarule", "no.csv", "--onnx", "m.onnx"], 66, "no.csv"),
        (["t.deltarule"], 2, "Missing option '--onnx'"),
    ],
)
def test_what_cannot_be_is_said_on_one_line(arguments, code, message, trained, call):
    done = call("export", *arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert not (trained / "m.onnx").exists()
