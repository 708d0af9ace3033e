"""skl2onnx converts pipelines that have a network of ours."""

import numpy as np
import pytest
from onnxruntime import InferenceSession
from skl2onnx import to_onnx
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import deltarule.export  # noqa: F401 - tells skl2onnx of us
from deltarule import MLPClassifier

X, Y = load_digits(return_X_y=True)
LABELS = {"many": Y, "two": Y > 4, "text": np.array([f"digit {d}" for d in Y])}


def network():
    return MLPClassifier((16,), tol=1e9, n_iter_no_change=3, random_state=0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("labels", LABELS)
def test_a_pipeline_says_the_same(labels, dtype):
    rows = X.astype(dtype)
    pipeline = make_pipeline(StandardScaler(), network()).fit(rows, LABELS[labels])
    proto = to_onnx(pipeline, rows[:1], options={"zipmap": False}, target_opset=18)
    session = InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    label, p = session.run(None, {"X": rows})
    assert label.tolist() == pipeline.predict(rows).tolist()
    assert p.dtype == dtype
    np.testing.assert_allclose(p, pipeline.predict_proba(rows), rtol=0, atol=1e-5)


def test_classes_by_number():
    y = LABELS["text"]
    model = network().fit(X, y)
    options = {MLPClassifier: {"zipmap": False, "nocl": True}}
    proto = to_onnx(model, X[:1], options=options, target_opset=18)
    session = InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    label, _ = session.run(None, {"X": X})
    assert model.classes_[label].tolist() == model.predict(X).tolist()


def test_several_networks_in_one_graph():
    model = CalibratedClassifierCV(network(), cv=2).fit(X, Y)
    proto = to_onnx(model, X[:1], options={"zipmap": False}, target_opset=18)
    session = InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    label, p = session.run(None, {"X": X})
    assert np.mean(label == model.predict(X)) > 0.999
    np.testing.assert_allclose(p, model.predict_proba(X), rtol=0, atol=1e-4)
