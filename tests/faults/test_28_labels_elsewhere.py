"""Fault 28: a label that validation lacks is no trouble; one that is new there is a named error."""

import numpy as np
import pytest

from deltarule import MLPClassifier, TabularClassifier
from deltarule.errors import DataError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).normal(size=(60, 3))
Y = np.arange(60) % 3
NAMES = np.array(["a", "b", "c", "new"])


@pytest.mark.parametrize("scoring", [None, "accuracy", "f1_macro"])
def test_a_label_that_lacks_leaves_the_metrics_defined(scoring):
    model = MLPClassifier((4,), max_iter=4, scoring=scoring, early_stopping=True)
    rows = Y < 2
    model.fit(X, NAMES[Y], X_val=X[rows], y_val=NAMES[Y[rows]])
    assert np.isfinite(model.validation_scores_).all()
    assert np.isfinite(model.history_["validation_loss"]).all()


@pytest.mark.parametrize("y", [Y, NAMES[Y]], ids=["ints", "texts"])
def test_a_new_label_is_named(y):
    new = y.copy()
    new[[3, 5]] = 9 if y is Y else "new"
    message = rf"The label {new[3].item()!r} is not among the labels"
    with pytest.raises(DataError, match=message):
        MLPClassifier((4,)).fit(X, y, X_val=X, y_val=new)
    model = MLPClassifier((4,)).partial_fit(X, y, classes=np.unique(y))
    with pytest.raises(DataError, match=message):
        model.partial_fit(X, new)
    table = {"a": X[:, 0], "b": X[:, 1]}
    with pytest.raises(DataError, match=message):
        TabularClassifier().fit(table, y, X_val=table, y_val=new)
