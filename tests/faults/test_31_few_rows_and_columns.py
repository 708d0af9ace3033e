"""Fault 31: no rows, one row, no columns, one column."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from deltarule import MLPClassifier, TabularClassifier

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:Got `batch_size`"),
]

X = np.random.default_rng(0).normal(size=(30, 3))
Y = np.arange(30) % 3
FORMS = {"dense": np.asarray, "sparse": csr_matrix, "float32": lambda X: X.astype(np.float32)}


@pytest.mark.parametrize("form", FORMS)
def test_no_rows_to_train_on_is_a_named_error(form):
    with pytest.raises(ValueError, match="0 sample"):
        MLPClassifier().fit(FORMS[form](X[:0]), Y[:0])
    with pytest.raises(ValueError, match="0 sample"):
        MLPClassifier().partial_fit(FORMS[form](X[:0]), Y[:0], classes=[0, 1])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("classes", [1, 2, 3])
def test_no_rows_to_predict_on_are_no_predictions(form, classes):
    y = Y % classes
    model = MLPClassifier((4,), max_iter=2).fit(FORMS[form](X), y)
    nothing = FORMS[form](X[:0])
    assert model.predict(nothing).shape == (0,)
    assert model.predict(nothing).dtype == y.dtype
    assert model.predict_proba(nothing).shape == (0, classes)
    assert model.predict_log_proba(nothing).shape == (0, classes)


def test_no_rows_of_many_labels_and_of_texts():
    many = MLPClassifier((4,), max_iter=2).fit(X, np.column_stack([Y > 0, Y > 1]))
    assert many.predict(X[:0]).shape == (0, 2)
    texts = MLPClassifier((4,), max_iter=2).fit(X, np.array(["a", "b", "c"])[Y])
    assert texts.predict(X[:0]).tolist() == []


@pytest.mark.parametrize("settings", [{}, {"solver": "lbfgs"}, {"batch_size": 8}], ids=str)
def test_one_row_is_one_class(settings):
    model = MLPClassifier((4,), max_iter=2, **settings).fit(X[:1], ["only"])
    assert model.predict(X[:2]).tolist() == ["only"] * 2


def test_no_columns_is_a_named_error():
    with pytest.raises(ValueError, match="0 feature"):
        MLPClassifier().fit(X[:, :0], Y)


def test_one_column():
    model = MLPClassifier((8,), solver="lbfgs", random_state=0).fit(Y[:, None] - 1.0, Y)
    assert model.score(Y[:, None] - 1.0, Y) == 1


def test_of_a_table_too():
    table = {"a": X[:, 0], "b": X[:, 1]}
    model = TabularClassifier(max_iter=2).fit(table, Y)
    nothing = {name: column[:0] for name, column in table.items()}
    assert model.predict_proba(nothing).shape == (0, 3)
    with pytest.raises(ValueError, match="row"):
        TabularClassifier().fit(nothing, Y[:0])
