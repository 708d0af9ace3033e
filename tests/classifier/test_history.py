"""``history_``: an entry an epoch, each number what it says."""

import io
from contextlib import redirect_stdout

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier as ScikitMLP

from deltarule import MLPClassifier, load_model
from deltarule.network import LOSSES, Objective, Parameters

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NAMES = {
    "loss",
    "validation_loss",
    "validation_score",
    "rate",
    "gradient_norm",
    "update_ratio",
    "seconds",
}
PLANS = {
    "adam": {},
    "sgd": {"solver": "sgd"},
    "lbfgs": {"solver": "lbfgs"},
    "early stopping": {"early_stopping": True},
}


@pytest.mark.parametrize("plan", PLANS)
def test_every_column_has_an_entry_an_epoch(iris, plan):
    model = MLPClassifier((6, 5), max_iter=7, random_state=0, **PLANS[plan]).fit(*iris)
    assert model.history_.keys() == NAMES
    for name, column in model.history_.items():
        assert column.shape == ((7, 3) if name == "update_ratio" else (7,))
        assert column.dtype == np.float64
    has_scores = plan == "early stopping"
    for name in ("validation_loss", "validation_score"):
        assert np.isfinite(model.history_[name]).all() == has_scores
    assert (model.history_["seconds"] > 0).all()
    assert np.isfinite(model.history_["rate"]).all() == (plan != "lbfgs")


def test_the_curves_of_scikit_learn_derive_from_it(iris):
    model = MLPClassifier((6,), max_iter=7, early_stopping=True, random_state=0).fit(*iris)
    assert model.loss_curve_ == model.history_["loss"].tolist()
    assert model.validation_scores_ == model.history_["validation_score"].tolist()


@pytest.mark.parametrize("settings", [{}, {"alpha": 1.0}, {"solver": "sgd"}], ids=str)
def test_norm_and_ratio_are_those_of_the_epochs_last_step(iris, settings):
    """Full batches, so that an epoch is a step: from the weights before it, and after it."""
    X, y = iris
    make = {"batch_size": 150, "random_state": 0, **settings}
    before = MLPClassifier((6,), max_iter=4, **make).fit(X, y)
    after = MLPClassifier((6,), max_iter=5, **make).fit(X, y)
    gradient = Parameters(before._parameters.layout)
    objective = Objective(before._objective.network, LOSSES["softmax"], after.alpha)
    objective.loss_and_gradient(before._parameters, X.T, y, gradient)
    norm = np.linalg.norm(gradient.theta / len(y))
    assert after.history_["gradient_norm"][-1] == pytest.approx(norm, rel=1e-9)
    ratios = [
        np.linalg.norm(new - old) / np.linalg.norm(old)
        for old, new in zip(before.coefs_, after.coefs_, strict=True)
    ]
    assert after.history_["update_ratio"][-1] == pytest.approx(ratios, rel=1e-9)


def test_a_file_keeps_all_but_the_seconds(iris, tmp_path):
    model = MLPClassifier((6,), max_iter=3, early_stopping=True, random_state=0).fit(*iris)
    model.save(tmp_path / "model.deltarule")
    again = load_model(tmp_path / "model.deltarule").history_
    assert np.isnan(again.pop("seconds")).all()
    for name, column in again.items():
        np.testing.assert_array_equal(column, model.history_[name])


def printed(estimator, data):
    with redirect_stdout(io.StringIO()) as out:
        estimator.fit(*data)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("early_stopping", [False, True])
def test_verbose_prints_scikit_learns_lines(iris, early_stopping):
    settings = {"verbose": True, "max_iter": 3, "early_stopping": early_stopping}
    ours, theirs = (printed(model(**settings), iris) for model in (MLPClassifier, ScikitMLP))
    assert [line.split("=")[0].split(":")[0] for line in ours] == [
        line.split("=")[0].split(":")[0] for line in theirs
    ]
    assert printed(MLPClassifier(max_iter=3), iris) == []


def test_verbose_says_why_it_stopped(iris):
    last = printed(MLPClassifier(tol=10, n_iter_no_change=2, verbose=True), iris)[-1]
    assert last.startswith("Stopping: the training loss did not improve by 10")
