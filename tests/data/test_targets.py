"""What a network's outputs stand for, there and back."""

import numpy as np
import pytest

from deltarule.data import Targets
from deltarule.errors import DataError

# labels, single_output -> outputs, loss, targets
CASES = {
    "two classes, two outputs": (["b", "a", "b"], False, 2, "softmax", [1, 0, 1]),
    "two classes, one output": (["b", "a", "b"], True, 1, "sigmoid", [[1], [0], [1]]),
    "three classes": (["c", "a", "b"], True, 3, "softmax", [2, 0, 1]),
    "one class": (["a", "a", "a"], True, 1, "softmax", [0, 0, 0]),
    "multi-label": ([[1, 0], [0, 0], [1, 1]], True, 2, "sigmoid", [[1, 0], [0, 0], [1, 1]]),
}


@pytest.fixture(params=CASES)
def case(request):
    labels, single_output, *expected = CASES[request.param]
    y = np.array(labels)
    return y, Targets.learn(y, single_output=single_output), expected


def sure_scores(targets, encoded):
    """Return scores that are far on the right side for every row."""
    if targets.loss.name == "softmax":
        encoded = np.eye(targets.n_outputs)[encoded]
    return np.where(np.asarray(encoded, dtype=bool), 30.0, -30.0)


def test_outputs_loss_and_targets(case):
    y, targets, (n_outputs, loss, encoded) = case
    assert (targets.n_outputs, targets.loss.name) == (n_outputs, loss)
    assert targets.encode(y).tolist() == encoded


def test_sure_scores_decode_to_the_labels_they_came_from(case):
    y, targets, _ = case
    decoded = targets.decode(sure_scores(targets, targets.encode(y)))
    assert np.array_equal(decoded, y)
    assert decoded.shape == y.shape


def test_probabilities_are_of_the_classes_in_order(case):
    y, targets, _ = case
    p = targets.probabilities(sure_scores(targets, targets.encode(y)))
    certain = y if y.ndim == 2 else y[:, None] == targets.classes
    assert p == pytest.approx(certain.astype(float), abs=1e-12)


def test_log_probabilities_are_logarithms(case):
    _, targets, _ = case
    scores = np.random.default_rng(0).normal(size=(5, targets.n_outputs))
    p, log_p = targets.probabilities(scores), targets.log_probabilities(scores)
    assert log_p == pytest.approx(np.log(p), abs=1e-12)


def test_accuracy_counts_rows(case):
    y, targets, _ = case
    encoded = targets.encode(y)
    scores = sure_scores(targets, encoded)
    assert targets.accuracy(scores, encoded) == 1
    if len(targets.classes) > 1:
        scores[0] = -scores[0]
        assert targets.accuracy(scores, encoded) == pytest.approx(2 / 3)


def test_a_multi_label_row_is_right_only_as_a_whole():
    targets = Targets.learn(np.zeros((2, 3), int))
    scores = np.array([[9.0, 9, -9], [9, -9, -9]])
    assert targets.accuracy(scores, np.array([[1, 1, 1], [1, 0, 0]])) == 0.5


def test_accuracy_is_weighted():
    targets = Targets.learn(np.array(["a", "b"]))
    scores = np.array([[9.0, 0], [9, 0]])  # "a" twice
    y = np.array([0, 1])
    assert targets.accuracy(scores, y, np.array([3.0, 1])) == 0.75


def test_new_labels_are_refused(case):
    y, targets, _ = case
    if not targets.is_multilabel:
        with pytest.raises(DataError, match="'new' is not among the labels"):
            targets.encode(np.array(["new", y[0]]))
