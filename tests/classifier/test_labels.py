"""Labels of every type come back as they went in; what is no label is refused."""

import numpy as np
import pandas as pd
import pytest

from deltarule import MLPClassifier
from deltarule.errors import DataError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

LABELS = {
    "bool": np.array([False, True]),
    "int8": np.array([-3, 5], np.int8),
    "uint64": np.array([0, 2**63 + 1], np.uint64),
    "str": np.array(["no", "yes"]),
    "objects of str": np.array(["no", "yes"], dtype=object),
    "whole floats": np.array([-1.0, 2.0]),
    "float32": np.array([0, 1], np.float32),
}


def fit(X, y, **settings):
    return MLPClassifier(
        (8,), max_iter=60, learning_rate_init=0.05, random_state=0, **settings
    ).fit(X, y)


@pytest.mark.parametrize("kind", LABELS)
def test_labels_keep_type_and_value(blobs, kind):
    X, y = blobs
    labels = LABELS[kind][y]
    model = fit(X, labels)
    assert model.classes_.tolist() == sorted(set(labels.tolist()))
    predicted = model.predict(X)
    assert predicted.dtype == labels.dtype
    assert (predicted == labels).mean() > 0.9


def test_three_labels_are_in_order_whatever_the_rows_order(iris):
    X, y = iris
    names = np.array(["z", "a", "m"])[y]
    model = fit(X, names)
    assert model.classes_.tolist() == ["a", "m", "z"]
    assert model.classes_[model.predict_proba(X).argmax(axis=1)].tolist() == (
        model.predict(X).tolist()
    )
    assert (model.predict(X) == names).mean() > 0.9


@pytest.mark.parametrize(
    "wrap", [list, pd.Series, pd.Categorical, lambda y: pd.Series(y, index=range(100, 140))]
)
def test_labels_may_come_in_any_container(blobs, wrap):
    X, y = blobs
    names = np.array(["no", "yes"])[y]
    assert fit(X, wrap(names)).predict(X).tolist() == fit(X, names).predict(X).tolist()


def test_a_column_of_labels_is_taken_with_a_warning(blobs):
    X, y = blobs
    with pytest.warns(match="column-vector y was passed"):
        assert fit(X, y[:, None]).predict(X).shape == (40,)


@pytest.mark.parametrize("label", ["only", 3, True, 0.0], ids=["str", "int", "bool", "float"])
def test_one_class_only_is_predicted_with_probability_1(blobs, label):
    X, _ = blobs
    model = fit(X, np.array([label] * 40))
    assert model.classes_.tolist() == [label]
    assert model.predict(X).tolist() == [label] * 40
    assert model.predict_proba(X).tolist() == [[1.0]] * 40
    assert model.predict_log_proba(X).tolist() == [[0.0]] * 40


def test_one_row_is_enough_to_fit():
    model = fit([[1.0, 2.0]], ["only"])
    assert model.predict([[3.0, 4.0]]).tolist() == ["only"]


@pytest.mark.parametrize(
    "y",
    [
        np.linspace(0, 1, 40),
        np.arange(40) / 3,
        np.r_[np.zeros(39), np.nan],
        np.r_[np.zeros(39), 1e400],
    ],
    ids=["continuous", "fractions", "nan", "infinity"],
)
def test_quantities_are_refused(blobs, y):
    """In scikit-learn's words: MLPClassifier keeps its contract."""
    with pytest.raises(ValueError, match=r"continuous|NaN|infinity"):
        MLPClassifier().fit(blobs[0], y)


@pytest.mark.parametrize(
    "y",
    [np.array(["a", 1] * 20, object), np.array(["a", None] * 20, object)],
    ids=["mixed", "None"],
)
def test_labels_that_are_none_or_mixed_are_refused(blobs, y):
    with pytest.raises((ValueError, TypeError)):
        MLPClassifier().fit(blobs[0], y)


@pytest.mark.parametrize(
    "y",
    [
        pytest.param(np.array(["a", 1] * 20, object), id="mixed"),
        pytest.param(np.array(["a", None] * 20, object), id="None"),
        pytest.param(pd.Series(["a", None] * 20, dtype="string"), id="pandas.NA"),
    ],
)
def test_labels_that_are_none_or_mixed_are_named(blobs, y):
    """The docstring's promise: "DataError at fit, for labels that cannot be used"."""
    with pytest.raises(DataError, match=r"mix|missing"):
        MLPClassifier().fit(blobs[0], y)


@pytest.fixture
def indicators(iris):
    """Three labels a row: none, one or two of them at once."""
    X, y = iris
    return X, np.column_stack([y == 0, y > 0, y > 1]).astype(int)


@pytest.mark.parametrize("dtype", ["int64", "int8", "bool", "float64"])
def test_multi_label(indicators, dtype):
    X, Y = indicators
    model = fit(X, Y.astype(dtype))
    assert model.predict(X).shape == Y.shape
    assert set(np.unique(model.predict(X))) == {0, 1}
    assert (model.predict(X) == Y).mean() > 0.9
    assert ((model.predict_proba(X) > 0.5) == model.predict(X)).all()
    assert model.out_activation_ == "logistic"


def test_multi_label_columns_are_independent_of_one_another(indicators):
    """A column that is always 1 is predicted so, whatever the others are."""
    X, Y = indicators
    Y = np.column_stack([Y, np.ones(len(Y), int)])
    assert fit(X, Y).predict(X)[:, 3].tolist() == [1] * len(X)


def test_several_columns_of_classes_are_refused(iris):
    """As by scikit-learn: that is another task than multi-label."""
    X, y = iris
    with pytest.raises(ValueError, match=r"[Mm]ulti"):
        fit(X, np.column_stack([y, y]))


@pytest.mark.parametrize("rows", [39, 41])
def test_another_number_of_labels_than_rows_is_refused(blobs, rows):
    with pytest.raises(ValueError, match="inconsistent"):
        MLPClassifier().fit(blobs[0], np.zeros(rows, int))
