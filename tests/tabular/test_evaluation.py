"""evaluate() says what sklearn.metrics say."""

import json

import numpy as np
import pytest
from sklearn import metrics
from sklearn.exceptions import DataConversionWarning, NotFittedError

from deltarule import TabularClassifier
from deltarule.errors import DataError
from deltarule.tabular import evaluate


@pytest.fixture(params=[2, 5])
def case(request):
    """A model that is right more often than not, rows, and their labels."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, request.param, 300)
    table = {"a": y + rng.normal(size=300), "b": rng.normal(size=300)}
    names = np.array([f"class {i}" for i in range(request.param)])
    model = TabularClassifier(n_models=1, max_iter=5, random_state=0).fit(table, names[y])
    return model, table, names[y]


def test_agrees_with_scikit_learn(case):
    model, table, y = case
    found, guess = evaluate(model, table, y), model.predict(table)
    assert found.classes == model.classes_.tolist()
    assert 0.3 < found.accuracy < 1
    assert found.accuracy == metrics.accuracy_score(y, guess)
    p = model.predict_proba(table).astype(float)
    p /= p.sum(axis=1, keepdims=True)
    assert found.log_loss == pytest.approx(metrics.log_loss(y, p), abs=1e-5)
    expected = metrics.precision_recall_fscore_support(y, guess, zero_division=0)
    for ours, theirs in zip(
        (found.precision, found.recall, found.f1, found.support), expected, strict=True
    ):
        assert np.array_equal(ours, theirs)
    assert np.array_equal(found.confusion, metrics.confusion_matrix(y, guess))
    areas = [metrics.roc_auc_score(y == label, p[:, i]) for i, label in enumerate(found.classes)]
    assert found.roc_auc == pytest.approx(np.mean(areas[-1:] if len(areas) == 2 else areas))


def test_there_is_no_area_where_all_rows_are_of_one_class(case):
    """And none of the classes without rows counts in the mean."""
    model, table, y = case
    one = {name: column[y == "class 0"] for name, column in table.items()}
    assert evaluate(model, one, y[y == "class 0"]).roc_auc is None


def test_the_confusion_matrix_adds_up(case):
    """True classes are rows, predicted ones columns."""
    model, table, y = case
    found = evaluate(model, table, y)
    assert np.array_equal(found.confusion.sum(axis=1), found.support)
    predicted = [(model.predict(table) == label).sum() for label in found.classes]
    assert found.confusion.sum(axis=0).tolist() == predicted
    assert found.confusion.trace() / len(y) == pytest.approx(found.accuracy)


def test_a_class_without_rows_has_support_0_and_rates_0(case):
    """Row 28: defined, and in its place."""
    model, table, y = case
    rows = {name: column[y != "class 1"] for name, column in table.items()}
    found = evaluate(model, rows, y[y != "class 1"])
    assert found.support[1] == found.recall[1] == found.precision[1] == found.f1[1] == 0
    assert found.confusion.shape == (len(found.classes),) * 2
    assert np.isfinite(found.log_loss)


def test_certain_mistakes_have_a_finite_loss(case):
    model, _, _ = case
    for parameters in model._parameters:
        parameters.W[max(parameters.W)] *= 1e4
    row = {"a": [1e8], "b": [0.0]}
    assert model.predict_proba(row)[0, 0] == 0
    assert np.isfinite(evaluate(model, row, ["class 0"]).log_loss)


def test_survives_json(case):
    model, table, y = case
    found = evaluate(model, table, y)
    members = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert members["rows"] == 300
    assert members["accuracy"] == found.accuracy
    assert members["confusion"] == found.confusion.tolist()
    assert members["classes"] == found.classes


def test_strange_labels_are_named(case):
    model, table, y = case
    with pytest.raises(DataError, match="'class 9' is not among the labels"):
        evaluate(model, table, np.where(np.arange(300) == 0, "class 9", y))


def test_an_unfitted_model_says_so():
    with pytest.raises(NotFittedError):
        evaluate(TabularClassifier(), {"a": [1]}, ["x"])


@pytest.mark.parametrize("rows", [0, 1], ids=["no rows", "fewer labels than rows"])
def test_rows_and_labels_that_do_not_fit_are_named_errors(case, rows):
    """As the docstring says for no rows."""
    model, table, y = case
    taken = {name: column[:rows] for name, column in table.items()} if rows == 0 else table
    with pytest.raises(DataError, match="rows"):
        evaluate(model, taken, y[:rows])


def test_a_column_of_labels_gives_the_same_loss_with_scikit_learns_warning(case):
    model, table, y = case
    with pytest.warns(DataConversionWarning, match="column-vector"):
        found = evaluate(model, table, y[:, None])
    assert found.log_loss == evaluate(model, table, y).log_loss
