"""Fault 27: a class with one row stays in training with early stopping, with a warning."""

import numpy as np
import pytest

from deltarule import MLPClassifier, TabularClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).normal(size=(40, 3))
LABELS = {
    "two classes": np.arange(40) == 17,
    "three classes": np.where(np.arange(40) == 17, 2, np.arange(40) % 2),
}


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("seed", range(5))
def test_the_row_is_never_held_out(labels, seed):
    y = LABELS[labels]
    seen = []

    def scorer(model, X, y):
        seen.append(y)
        return model.score(X, y)

    model = MLPClassifier((4,), early_stopping=True, max_iter=2, scoring=scorer, random_state=seed)
    with pytest.warns(UserWarning, match=r"1 of the classes have a single row each \((True|2)\)"):
        model.fit(X, y)
    assert y[17] not in np.concatenate(seen)
    assert model.t_ == 2 * 36
    assert set(model.classes_) == set(y)


def test_the_warning_points_at_the_line_that_called_fit():
    with pytest.warns(UserWarning, match="single row") as caught:
        MLPClassifier(early_stopping=True, max_iter=1).fit(X, LABELS["two classes"])
    assert caught[0].filename == __file__


def test_for_a_table_too():
    table = {"a": X[:, 0], "b": X[:, 1]}
    with pytest.warns(UserWarning, match="Classes with a single row: 2. Those rows stay"):
        model = TabularClassifier(max_iter=2).fit(table, LABELS["three classes"])
    assert 17 not in model.validation_rows_
    assert model.classes_.tolist() == [0, 1, 2]
