"""Where to draw the line between two classes: none of the others scores better."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, precision_score

from deltarule.data import Targets
from deltarule.errors import SettingError
from deltarule.tabular import thresholds
from deltarule.tabular.predictions import Predictions
from deltarule.tabular.thresholds import best_threshold

SCORERS = {
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "f1": f1_score,
    "precision": lambda y, guess, **kw: precision_score(y, guess, zero_division=0, **kw),
}
QUIET = pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
PROBABILITIES = st.one_of(
    st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), st.floats(0, 1, allow_subnormal=False)
)


@st.composite
def validated(draw, weighted=False):
    """Probabilities, both classes, and weights."""
    n = draw(st.integers(4, 12))
    p = np.array(draw(st.lists(PROBABILITIES, min_size=n, max_size=n)))
    y = np.array([0, 1, *draw(st.lists(st.integers(0, 1), min_size=n - 2, max_size=n - 2))])
    weights = draw(st.lists(st.integers(1, 5), min_size=n, max_size=n)) if weighted else None
    return p, y, None if weights is None else np.array(weights, np.float64)


def scored(scorer, decisions, y, weights=None):
    return SCORERS[scorer](y, decisions.astype(int), sample_weight=weights)


@QUIET
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("scorer", SCORERS)
@settings(max_examples=settings().max_examples // 5)
@given(data=st.data())
def test_no_line_between_two_probabilities_scores_better(scorer, weighted, data):
    p, y, weights = data.draw(validated(weighted))
    got = scored(scorer, p >= best_threshold(scorer, p, y, weights), y, weights)
    lines = [*np.unique(p)[1:], 0.5]
    best = max(scored(scorer, p >= line, y, weights) for line in lines)
    assert got >= best - 1e-12


@pytest.mark.parametrize(
    ("scorer", "p", "y"),
    [
        ("f1", [0.1, 0.2, 0.4], [1, 0, 1]),
        ("accuracy", [0.1, 0.2, 0.4], [1, 1, 1]),
        ("accuracy", [0.6, 0.7, 0.8], [0, 0, 0]),
    ],
)
def test_all_rows_are_decided_for_one_class_where_that_scores_best(scorer, p, y):
    p, y = np.array(p), np.array(y)
    got = scored(scorer, p >= best_threshold(scorer, p, y), y)
    assert got == max(scored(scorer, p >= line, y) for line in [*p, 2.0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_of_many_probabilities_some_lines_are_tried_and_one_near_the_best_is_found(
    monkeypatch, dtype
):
    monkeypatch.setattr(thresholds, "MOST_TRIED", 50)
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 2000)
    p = (1 / (1 + np.exp(-rng.normal(size=2000) - 2 * y + 3))).astype(dtype)
    line = best_threshold("balanced_accuracy", p, y)
    best = max(balanced_accuracy_score(y, p >= q) for q in np.quantile(p, np.linspace(0, 1, 200)))
    assert balanced_accuracy_score(y, p >= line) == pytest.approx(best, abs=0.01)


def test_no_more_lines_are_tried_than_are_said(monkeypatch):
    tried = []
    monkeypatch.setattr(thresholds, "get_scorer", lambda _: lambda *a: tried.append(a) or 0.0)
    best_threshold("f1", np.random.default_rng(0).random(5000), np.arange(5000) % 2)
    assert 90 < len(tried) <= 102


def test_weights_move_the_line():
    p, y = np.array([0.1, 0.3, 0.6, 0.8]), np.array([0, 1, 0, 1])
    heavy = [best_threshold("accuracy", p, y, np.array(w)) for w in ([1.0, 9, 1, 1], [1, 1, 9, 1])]
    assert heavy == pytest.approx([0.2, 0.7])


def test_of_several_lines_the_one_nearest_to_one_half_is_taken():
    p, y = np.array([0.1, 0.4, 0.6, 0.9]), np.array([0, 0, 1, 1])
    assert best_threshold("f1", p, y) == 0.5
    p, y = np.array([0.55, 0.65, 0.75, 0.85, 0.95]), np.array([0, 1, 0, 1, 1])
    assert best_threshold("accuracy", p, y) == pytest.approx(0.6)


def test_it_is_the_middle_between_two_probabilities():
    p, y = np.array([0.1, 0.2, 0.4]), np.array([0, 0, 1])
    assert best_threshold("f1", p, y) == pytest.approx(0.3)


def test_one_probability_is_no_line():
    assert best_threshold("accuracy", np.full(4, 0.3), np.array([0, 0, 1, 0])) == 0.5


@pytest.mark.parametrize(
    "scorer", ["roc_auc", "neg_log_loss", "average_precision", "neg_brier_score", "top_k_accuracy"]
)
def test_a_scorer_of_probabilities_is_refused(scorer):
    with pytest.raises(SettingError, match=f"^threshold='{scorer}' scores probabilities"):
        best_threshold(scorer, np.array([0.1, 0.6, 0.8]), np.array([0, 1, 1]))


@pytest.mark.parametrize("scorer", ["precision", "recall"])
def test_a_line_at_which_a_score_is_undefined_is_no_cause_for_a_warning(scorer):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        best_threshold(scorer, np.array([0.1, 0.2, 0.3]), np.array([0, 1, 1]))
        best_threshold(scorer, np.array([0.1, 0.2, 0.8]), np.array([0, 0, 0]))


def test_validation_rows_of_one_class_are_no_cause_for_a_warning():
    best_threshold("balanced_accuracy", np.array([0.1, 0.2, 0.8]), np.array([0, 0, 0]))


def predictions(p, threshold):
    """Return predictions whose probabilities are exactly these."""

    class Exact(Predictions):
        probabilities = np.column_stack([1 - p, p]).astype(np.float32)

    return Exact(np.log(np.column_stack([1 - p, p])), Targets.learn(np.arange(2)), threshold)


@pytest.mark.parametrize("threshold", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_the_second_class_is_decided_for_from_the_threshold_on(threshold):
    p = np.array([0.125, 0.25, 0.5, 0.75, 0.875], np.float32)
    assert predictions(p, threshold).indices.tolist() == (p >= threshold).astype(int).tolist()


def test_without_a_threshold_the_likelier_class_is_decided_for():
    p = np.array([0.125, 0.49, 0.51, 0.875], np.float32)
    assert predictions(p, None).indices.tolist() == [0, 0, 1, 1]


def test_predictions_decide_as_the_threshold_was_judged_also_between_two_neighbours():
    low = np.float32(0.7)
    for _ in range(10):
        high = np.nextafter(low, np.float32(1))
        p = np.array([low, high])
        threshold = best_threshold("accuracy", p, np.array([0, 1]))
        assert predictions(p, threshold).indices.tolist() == [0, 1]
        low = high
