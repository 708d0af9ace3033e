"""metric=: what picks the epoch, and the loss that goes with it."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from deltarule import TabularClassifier
from deltarule.errors import SettingError

NAMES = ["error", "log_loss", "roc_auc"]


def one_against_the_rest(y, p):
    """Return the mean of each class's area; for two classes the second one's."""
    if p.shape[1] == 2:
        return roc_auc_score(y == 1, p[:, 1])
    return np.mean([roc_auc_score(y == c, p[:, c]) for c in range(p.shape[1])])


THEIRS = {
    "error": lambda y, p: accuracy_score(y, p.argmax(axis=1)),
    "log_loss": lambda y, p: -log_loss(y, p / p.sum(axis=1, keepdims=True)),
    "roc_auc": one_against_the_rest,
}


ONE = {"preset": "td-s", "max_iter": 12, "random_state": 0}  # network


@pytest.fixture(scope="module", params=[2, 3])
def noisy(request):
    """Rows that no network separates, and their classes."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, request.param, 300)
    return {"a": y + rng.normal(size=300), "b": rng.normal(size=300)}, y


@pytest.mark.parametrize("metric", NAMES)
def test_scores_are_scikit_learns_and_the_last_best_epoch_is_kept(noisy, metric):
    table, y = noisy
    model = TabularClassifier(metric=metric, calibrate=False, **ONE).fit(table, y)
    rows = model.validation_rows_
    p = model.predict_proba({k: v[rows] for k, v in table.items()}).astype(float)
    scores = np.array(model.validation_scores_)
    assert THEIRS[metric](y[rows], p) == pytest.approx(scores.max(), abs=1e-6)
    assert model.best_epoch_ == np.flatnonzero(scores == scores.max())[-1] + 1
    assert len(set(scores)) > 1, "a metric that never changes picks nothing"


def test_metrics_pick_different_epochs(noisy):
    """Of runs that are the same otherwise."""
    table, y = noisy
    differ = 0
    for seed in range(4):
        settings = {**ONE, "max_iter": 20, "random_state": seed}
        by_loss = TabularClassifier(metric="log_loss", **settings).fit(table, y)
        by_area = TabularClassifier(metric="roc_auc", **settings).fit(table, y)
        assert by_loss.loss_curve_ == by_area.loss_curve_
        differ += by_loss.best_epoch_ != by_area.best_epoch_
    assert differ >= 2


def test_only_error_trains_with_label_smoothing():
    """0.05 of it: no loss of two classes is less than the entropy of (0.975, 0.025)."""
    x = np.random.default_rng(0).normal(size=200)
    least = -(0.975 * np.log(0.975) + 0.025 * np.log(0.025))
    loss = {
        metric: TabularClassifier(metric=metric, n_models=2, max_iter=60, random_state=0)
        .fit({"x": x + np.sign(x)}, x > 0)
        .loss_curve_
        for metric in NAMES
    }
    assert min(loss["error"]) >= least
    assert min(loss["log_loss"]) < least / 2
    assert loss["roc_auc"] == loss["log_loss"]


def test_an_area_that_is_not_defined_leaves_the_last_epoch(table, labels):
    """All rows to validate on are of one class: it warns, and none is best."""
    big = {name: column[labels == "big"] for name, column in table.items()}
    model = TabularClassifier(metric="roc_auc", max_iter=3, random_state=0)
    with pytest.warns(UserWarning, match=r"not defined on the 40 rows .* all of class 'big'"):
        model.fit(table, labels, X_val=big, y_val=["big"] * 40)
    assert all(score is None or np.isnan(score) for score in model.validation_scores_)
    plain = TabularClassifier(metric="log_loss", max_iter=3, random_state=0)
    plain.fit(table, labels, X_val=table, y_val=labels)
    assert model.loss_curve_ == plain.loss_curve_
    assert np.isfinite(model.predict_proba(table)).all()


def test_an_unknown_metric_is_a_named_error(table, labels):
    with pytest.raises(SettingError, match=r"'metric'.*'accuracy'"):
        TabularClassifier(metric="accuracy").fit(table, labels)
