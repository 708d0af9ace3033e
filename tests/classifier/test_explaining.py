"""``activations`` and ``input_gradients``: what a network makes of a row, and what moves it."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from deltarule import MLPClassifier
from deltarule.classifier import predictor
from deltarule.errors import DataError, SettingError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

TARGETS = {
    "binary": lambda y: np.array(["no", "yes"])[np.minimum(y, 1)],
    "multi-class": lambda y: np.array(["a", "b", "c"])[y],
    "multi-label": lambda y: np.column_stack([y > 0, y == 1]).astype(int),
}


@pytest.fixture(params=TARGETS)
def fitted(request, iris):
    X, y = iris
    y = TARGETS[request.param](y)
    settings = {"activation": ["tanh", "softplus"], "dropout": 0.2, "max_iter": 40}
    return MLPClassifier((6, 5), random_state=0, **settings).fit(X, y), X, y


def log_probability(model, X, y):
    """Of the labels y, from predict_log_proba."""
    log_p = model.predict_log_proba(X)
    if y.ndim == 2:
        p = model.predict_proba(X)
        return np.where(y == 1, log_p, np.log1p(-p)).sum(axis=1)
    return log_p[np.arange(len(y)), np.searchsorted(model.classes_, y)]


def test_activations_are_the_lines_of_algorithm_1(fitted):
    model, X, _ = fitted
    h = [X]
    for k, f in enumerate((np.tanh, lambda a: np.log1p(np.exp(a)), lambda a: a)):
        h.append(f(h[k] @ model.coefs_[k] + model.intercepts_[k]))
        np.testing.assert_allclose(model.activations(X, k + 1), h[k + 1], atol=1e-12)
    np.testing.assert_allclose(model.activations(X, 3), model._scores_of(X), atol=1e-12)


def test_input_gradients_are_finite_differences(fitted):
    model, X, y = fitted
    found = model.input_gradients(X, y)
    assert found.shape == X.shape
    for column in range(X.shape[1]):
        step = np.zeros(X.shape[1])
        step[column] = 1e-5
        up, down = (log_probability(model, X + d, y) for d in (step, -step))
        np.testing.assert_allclose(found[:, column], (up - down) / 2e-5, rtol=1e-5, atol=1e-7)


def test_the_label_explained_is_the_predicted_one_unless_given(fitted):
    model, X, _ = fitted
    np.testing.assert_array_equal(
        model.input_gradients(X), model.input_gradients(X, model.predict(X))
    )


def test_rows_in_pieces_and_sparse_rows_are_the_same(fitted, monkeypatch):
    model, X, _ = fitted
    whole = model.input_gradients(X), model.activations(X, 1)
    monkeypatch.setattr(predictor, "ROWS_AT_ONCE", 7)
    for form in (X, csr_matrix(X)):
        np.testing.assert_allclose(model.input_gradients(form), whole[0], atol=1e-12)
        np.testing.assert_allclose(model.activations(form, 1), whole[1], atol=1e-12)


def test_labels_in_pieces_are_the_same(fitted, monkeypatch):
    model, X, _ = fitted
    whole = model.predict(X)
    monkeypatch.setattr(predictor, "SCORES_AT_ONCE", 7)
    np.testing.assert_array_equal(model.predict(X), whole)


def test_no_rows_are_no_rows(fitted):
    model, X, _ = fitted
    assert model.activations(X[:0], 2).shape == (0, 5)
    assert model.input_gradients(X[:0]).shape == (0, 4)


@pytest.mark.parametrize("layer", [0, 4, -1, 1.5, "1", None, True])
def test_a_layer_that_is_not_there_is_a_named_error(fitted, layer):
    model, X, _ = fitted
    with pytest.raises(SettingError, match=r"layer must be an int in \[1, 3\]"):
        model.activations(X, layer)


def test_labels_that_cannot_be_explained_are_named_errors(iris):
    X, y = iris
    model = MLPClassifier((5,), max_iter=2).fit(X, y)
    with pytest.raises(DataError, match="The label 9 is not among"):
        model.input_gradients(X, np.full(150, 9))
    with pytest.raises(ValueError, match="3 labels for the 150 rows"):
        model.input_gradients(X, [0, 1, 2])
