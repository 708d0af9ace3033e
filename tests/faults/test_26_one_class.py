"""Fault 26: with one class only, fit works and predicts it with probability 1."""

import numpy as np
import pytest

from deltarule import MLPClassifier, TabularClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).normal(size=(40, 3))


@pytest.mark.parametrize("label", ["yes", 7, True])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"solver": "sgd"},
        {"solver": "lbfgs"},
        {"solver": "lbfgs", "alpha": 0},  # no slope anywhere: not one iteration
        {"early_stopping": True},
        {"class_weight": "balanced"},
        {"label_smoothing": 0.1},
        {"dtype": "float32"},
    ],
    ids=str,
)
def test_the_one_class_has_probability_1(label, settings):
    model = MLPClassifier((4,), max_iter=3, **settings).fit(X, np.full(40, label))
    assert model.predict(X).tolist() == [label] * 40
    assert (model.predict_proba(X) == 1).all()
    assert model.predict_proba(X).shape == (40, 1)
    assert (model.predict_log_proba(X) == 0).all()
    assert len(model.loss_curve_) >= 1


def test_so_it_is_for_a_table():
    table = {"a": X[:, 0], "b": X[:, 1]}
    model = TabularClassifier(max_iter=2).fit(table, ["yes"] * 40)
    assert (model.predict_proba(table) == 1).all()
