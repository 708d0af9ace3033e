"""Labels of every type, and probabilities, of every kind of outcome."""

import numpy as np
import pytest
from onnx import TensorProto
from scipy.sparse import csr_matrix
from sklearn.datasets import load_digits, make_multilabel_classification

from deltarule import MLPClassifier, TabularClassifier
from deltarule.errors import SettingError
from deltarule.export import convert, onnx_inputs, to_onnx
from deltarule.export.checking import run

X, DIGIT = load_digits(return_X_y=True)
X = X / 16
SMALL = {"hidden_layer_sizes": (12,), "random_state": 0, "tol": 1e9, "n_iter_no_change": 3}

LABELS = {
    "ints": (DIGIT, TensorProto.INT64),
    "small ints": (DIGIT.astype(np.uint8), TensorProto.INT64),
    "negative": (-DIGIT, TensorProto.INT64),
    "two ints": ((DIGIT > 4) * 7, TensorProto.INT64),
    "booleans": (DIGIT > 4, TensorProto.BOOL),
    "floats": (DIGIT.astype(float), TensorProto.DOUBLE),
    "text": (np.array(["gerade", "ungerade 😀"])[DIGIT % 2], TensorProto.STRING),
    "objects of ints": (DIGIT.astype(object), TensorProto.INT64),
    "objects of booleans": ((DIGIT > 4).astype(object), TensorProto.BOOL),
    "objects": (np.array([f"№ {d}" for d in DIGIT], object), TensorProto.STRING),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_keep_their_type(kind, compare):
    y, expected = LABELS[kind]
    rows = {"a": X[:, 20], "b": X[:, 30]}
    model = TabularClassifier(preset="quick", max_iter=2, random_state=0).fit(rows, y)
    compare(model, rows)
    label, _ = to_onnx(model, rows).graph.output
    assert label.type.tensor_type.elem_type == expected
    if not kind.startswith("objects of"):  # scikit-learn knows none
        compare(MLPClassifier(**SMALL).fit(X, y), X)


def test_labels_beyond_int64_are_refused():
    y = np.array([0, 2**63 + 5], np.uint64)[DIGIT % 2]
    with pytest.raises(SettingError, match="The label 9223372036854775813 is beyond int64"):
        to_onnx(MLPClassifier(**SMALL).fit(X, y))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_small_probabilities_keep_their_digits(dtype):
    model = MLPClassifier(dtype=dtype, **SMALL).fit(X, DIGIT > 4)
    model.coefs_[-1][:] = 0
    for score in (-25.0, 25.0, -80.0):
        model.intercepts_[-1][:] = score
        p = run(convert(model), onnx_inputs(model, X[:1]))[1]
        np.testing.assert_allclose(p, model.predict_proba(X[:1]), rtol=1e-5)
        assert p.min() > 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_multilabel(dtype, compare):
    rows, y = make_multilabel_classification(200, random_state=0)
    model = MLPClassifier(dtype=dtype, **SMALL).fit(rows, y)
    compare(model, rows)
    label, probabilities = to_onnx(model, rows).graph.output
    assert [len(out.type.tensor_type.shape.dim) for out in (label, probabilities)] == [2, 2]


def test_a_network_without_hidden_layers(compare):
    compare(MLPClassifier(**SMALL | {"hidden_layer_sizes": ()}).fit(X, DIGIT), X)


def test_a_sparse_matrix_is_fed_as_an_array(compare):
    model = MLPClassifier(**SMALL).fit(csr_matrix(X), DIGIT)
    fed = compare(model, csr_matrix(X))
    assert np.array_equal(fed["X"], X)


def test_no_rows_and_one(compare):
    model = MLPClassifier(**SMALL).fit(X, DIGIT)
    compare(model, X[:1])
    compare(model, X[:0])
    rows = {"a": X[:, 20], "b": np.array(list("xyz"))[DIGIT % 3]}
    table = TabularClassifier(preset="quick", max_iter=2, random_state=0).fit(rows, DIGIT > 4)
    for count in (0, 1):
        compare(table, {name: cells[:count] for name, cells in rows.items()})


def test_an_array_without_names(compare):
    """TabularClassifier calls its columns x0, x1, ...; a constant one is not among the inputs."""
    some = np.column_stack([X[:, 20], np.ones(len(X)), X[:, 30]])
    with pytest.warns(UserWarning, match="left out"):
        model = TabularClassifier(preset="quick", max_iter=2, random_state=0).fit(some, DIGIT)
    fed = compare(model, some)
    assert list(fed) == ["x0", "x2"]
    to_onnx(model)
