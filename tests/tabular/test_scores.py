"""The score that picks the epoch: scikit-learn's own number, and NaN where there is none."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from deltarule.data import Targets
from deltarule.tabular.metrics import METRICS

FEWER = settings(max_examples=settings().max_examples // 4)  # scikit-learn takes its time
SEEDS = st.integers(0, 2**32 - 1)


def rows(seed, n_classes, n_rows=60, *, weighted=False):
    """Draw scores that tell something, class indices with every class among them, weights."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n_rows) % n_classes)
    scores = rng.normal(size=(n_rows, n_classes)) + np.eye(n_classes)[y]
    weights = rng.integers(0, 4, n_rows) + rng.random(n_rows) if weighted else None
    return scores.astype(np.float32), y, weights


def score(metric, scores, y, weights=None):
    targets = Targets.learn(np.arange(scores.shape[1]))
    return METRICS[metric].score(targets, scores, y, weights)


def softmax(scores):
    p = np.exp(scores.astype(np.float64))
    return p / p.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3, 5])
@FEWER
@given(seed=SEEDS)
def test_error_is_scikit_learns_accuracy(n_classes, weighted, seed):
    scores, y, weights = rows(seed, n_classes, weighted=weighted)
    expected = accuracy_score(y, scores.argmax(axis=1), sample_weight=weights)
    assert score("error", scores, y, weights) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3, 5])
@FEWER
@given(seed=SEEDS)
def test_log_loss_is_scikit_learns_but_for_its_sign(n_classes, weighted, seed):
    scores, y, weights = rows(seed, n_classes, weighted=weighted)
    expected = -log_loss(y, softmax(scores), sample_weight=weights, labels=range(n_classes))
    assert score("log_loss", scores, y, weights) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
@FEWER
@given(seed=SEEDS)
def test_roc_auc_of_two_classes_is_scikit_learns(weighted, seed):
    scores, y, weights = rows(seed, 2, weighted=weighted)
    expected = roc_auc_score(y, softmax(scores)[:, 1], sample_weight=weights)
    assert score("roc_auc", scores, y, weights) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("n_classes", [3, 5])
@FEWER
@given(seed=SEEDS)
def test_roc_auc_of_more_classes_is_the_mean_of_each_against_the_rest(n_classes, seed):
    scores, y, _ = rows(seed, n_classes)
    expected = roc_auc_score(y, softmax(scores), multi_class="ovr", average="macro")
    assert score("roc_auc", scores, y) == pytest.approx(expected, abs=1e-3)


@FEWER
@given(seed=SEEDS)
def test_a_whole_weight_counts_like_as_many_rows(seed):
    scores, y, _ = rows(seed, 3, 20)
    weights = np.random.default_rng(seed).integers(1, 4, 20)
    repeated = np.repeat(np.arange(20), weights)
    for metric in METRICS:
        expected = score(metric, scores[repeated], y[repeated])
        got = score(metric, scores, y, weights.astype(np.float64))
        assert got == pytest.approx(expected, abs=1e-6)


def test_roc_auc_of_ties_is_one_half():
    assert score("roc_auc", np.zeros((6, 2), np.float32), np.array([0, 1] * 3)) == 0.5


def test_classes_without_rows_are_left_out_of_the_mean_roc_auc():
    scores, y, _ = rows(0, 4)
    there = y != 2
    p = softmax(scores)[there]
    areas = [roc_auc_score(y[there] == c, p[:, c]) for c in (0, 1, 3)]
    got = score("roc_auc", scores[there], y[there])
    assert got == pytest.approx(np.mean(areas), abs=1e-3)


@pytest.mark.parametrize("n_classes", [1, 2, 4])
def test_roc_auc_is_nan_where_all_rows_are_of_one_class(n_classes):
    scores, _, _ = rows(0, n_classes)
    assert np.isnan(score("roc_auc", scores, np.zeros(len(scores), int)))
    assert np.isnan(score("roc_auc", scores[:0], np.zeros(0, int)))


def test_roc_auc_is_nan_where_all_weight_is_on_one_class():
    scores, y, _ = rows(0, 2)
    assert np.isnan(score("roc_auc", scores, y, y.astype(np.float64)))


@pytest.mark.parametrize("size", [1e2, 1e4, 1e30])
def test_certain_scores_are_no_nan(size):
    scores = size * np.eye(2, dtype=np.float32)[[0, 1, 0, 1]]
    y = np.array([0, 1, 1, 0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert score("log_loss", scores, y) == pytest.approx(-size / 2)
        assert score("error", scores, y) == score("roc_auc", scores, y) == 0.5
