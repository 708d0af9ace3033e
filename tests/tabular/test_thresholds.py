"""threshold=: where to draw the line between two classes."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from deltarule import TabularClassifier, load_model
from deltarule.errors import SettingError
from deltarule.tabular import evaluate

SCORERS = {"f1": f1_score, "balanced_accuracy": balanced_accuracy_score}


@pytest.fixture(scope="module")
def lopsided():
    """One in six rows is True, and the numbers tell it only roughly."""
    rng = np.random.default_rng(0)
    y = rng.random(400) < 1 / 6
    return {"a": y + rng.normal(size=400), "b": rng.normal(size=400)}, y


def fit(data, threshold, n_models=None, **given):
    model = TabularClassifier(
        metric="log_loss", threshold=threshold, n_models=n_models, max_iter=8, random_state=0
    )
    return model.fit(*data, **given)


@pytest.mark.parametrize("threshold", [0, 0.1, 0.5, 0.9, 1])
def test_a_number_is_the_probability_from_which_the_second_is_predicted(lopsided, threshold):
    model = fit(lopsided, threshold)
    assert model.threshold_ == threshold
    p = model.predict_proba(lopsided[0])[:, 1]
    assert np.array_equal(model.predict(lopsided[0]), p >= threshold)
    assert evaluate(model, *lopsided).accuracy == np.mean((p >= threshold) == lopsided[1])


def test_a_threshold_changes_decisions_and_no_probability(lopsided):
    plain, low = fit(lopsided, None), fit(lopsided, 0.1)
    assert plain.threshold_ is None
    assert np.array_equal(plain.predict_proba(lopsided[0]), low.predict_proba(lopsided[0]))
    assert low.predict(lopsided[0]).sum() > plain.predict(lopsided[0]).sum()


@pytest.mark.parametrize("scorer", SCORERS)
def test_a_scorer_chooses_the_best_line_on_the_validation_rows(lopsided, scorer):
    """None of all the lines that one could draw between the rows is better."""
    _, y = lopsided
    model = fit(lopsided, scorer, n_models=1)
    rows = model.validation_rows_
    p = model.validation_proba_[:, 1]
    score = SCORERS[scorer]
    lines = np.concatenate([[0], np.sort(p), [1.1]])
    best = max(score(y[rows], p >= line) for line in lines)
    assert score(y[rows], p >= model.threshold_) == best
    assert best > score(y[rows], p >= 0.5)


def test_weights_of_validation_rows_count(lopsided):
    """Whoever minds the rare class ten times as much draws the line lower."""
    table, y = lopsided
    given = {"X_val": table, "y_val": y}
    plain = fit(lopsided, "accuracy", **given)
    heavy = fit(lopsided, "accuracy", **given, sample_weight_val=np.where(y, 10.0, 1.0))
    p = heavy.predict_proba(table)[:, 1]
    score = np.average((p >= heavy.threshold_) == y, weights=np.where(y, 10.0, 1.0))
    assert heavy.threshold_ < plain.threshold_
    best = max(np.average((p >= q) == y, weights=np.where(y, 10.0, 1.0)) for q in p)
    assert score >= best - 0.005  # not every line is tried


@pytest.mark.parametrize("threshold", [0.2, "f1"])
def test_a_threshold_survives_a_file(lopsided, tmp_path, threshold):
    model = fit(lopsided, threshold)
    model.save(tmp_path / "model.deltarule")
    again = load_model(tmp_path / "model.deltarule")
    assert again.threshold_ == model.threshold_
    assert again.get_params()["threshold"] == threshold
    assert np.array_equal(again.predict(lopsided[0]), model.predict(lopsided[0]))


@pytest.mark.parametrize("threshold", [0.3, "f1"])
@pytest.mark.parametrize("classes", [1, 3])
def test_a_threshold_tells_two_classes_apart(table, threshold, classes):
    model = TabularClassifier(threshold=threshold, max_iter=1)
    with pytest.raises(SettingError, match=f"two classes apart, and y has {classes}"):
        model.fit(table, np.arange(80) % classes)


@pytest.mark.parametrize(
    ("threshold", "words"),
    [
        ("roc_auc", "'roc_auc' scores probabilities, which no threshold changes"),
        ("neg_log_loss", "scores probabilities"),
        ("f2", "threshold"),
    ],
)
def test_scorers_that_no_threshold_can_serve(lopsided, threshold, words):
    """And the model is what it was before."""
    model = fit(lopsided, 0.4)
    before = model.predict_proba(lopsided[0])
    with pytest.raises(SettingError, match=words):
        model.set_params(threshold=threshold).fit(*lopsided)
    assert model.threshold_ == 0.4
    assert np.array_equal(model.predict_proba(lopsided[0]), before)


def test_without_validation_rows_no_line_is_chosen():
    model = TabularClassifier(threshold="f1", max_iter=1)
    with pytest.warns(UserWarning, match="threshold='f1' needs rows to validate on"):
        model.fit({"a": [0.0, 1.0, 2.0]}, ["u", "v", "v"])
    assert model.threshold_ is None
