"""The measures of the comparison of accuracy are what they say."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, log_loss, roc_auc_score

from benchmarks.accuracy.metrics import MEASURES, calibration_error, score


@pytest.fixture
def drawn():
    """Return probabilities of four classes for 200 rows, and labels that somewhat follow them."""
    random = np.random.default_rng(0)
    P = random.dirichlet(np.ones(4), 200)
    y = np.array([random.choice(4, p=p) for p in P])
    return P, y


def test_scores_are_scikit_learns(drawn):
    P, y = drawn
    found = score(P.astype(np.float32), np.arange(4), y)
    assert tuple(found) == MEASURES
    assert found["error"] == pytest.approx(np.mean(P.argmax(axis=1) != y))
    assert found["log_loss"] == pytest.approx(log_loss(y, P), rel=1e-6)
    balanced = balanced_accuracy_score(y, P.argmax(axis=1))
    assert found["balanced_error"] == pytest.approx(1 - balanced)
    assert found["auc"] == pytest.approx(roc_auc_score(y, P, multi_class="ovr"), rel=1e-6)


def test_the_area_of_two_classes_is_that_of_the_second():
    random = np.random.default_rng(0)
    P, y = random.dirichlet([1, 1], 50), random.integers(0, 2, 50)
    found = score(P, np.array([0, 1]), y)
    assert found["auc"] == pytest.approx(roc_auc_score(y, P[:, 1]))


def test_a_class_that_was_never_seen_has_no_probability(drawn):
    P, y = drawn
    found = score(np.delete(P, 1, axis=1), np.array([0, 2, 3]), y)
    assert found["error"] >= np.mean(y == 1)
    assert found["log_loss"] > np.mean(y == 1) * 30


def test_a_class_without_a_test_row_has_no_area(drawn):
    P, y = drawn
    there = y != 1
    known = [roc_auc_score(y[there] == c, P[there, c]) for c in (0, 2, 3)]
    assert score(P[there], np.arange(4), y[there])["auc"] == pytest.approx(np.mean(known))


def test_the_calibration_error_is_that_of_its_definition(drawn):
    P, y = drawn
    top, right = P.max(axis=1), P.argmax(axis=1) == y
    expected = 0.0
    for low in np.arange(15) / 15:
        inside = (top > low) & (top <= low + 1 / 15)
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - top[inside].mean())
    assert calibration_error(P, right) == pytest.approx(expected)


def test_being_sure_and_right_is_calibrated_and_sure_and_wrong_is_not():
    P = np.eye(3)
    assert calibration_error(P, np.array([True, True, True])) == 0
    assert calibration_error(P, np.array([False, False, False])) == 1
