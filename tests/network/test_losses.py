"""The losses: stable for any scores, and the algebra that cross-entropy must obey."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from deltarule.network import LOSSES

SOFTMAX = LOSSES["softmax"]
N_OUTPUTS, N_EXAMPLES = 3, 4

scores_matrices = arrays(np.float64, (N_OUTPUTS, N_EXAMPLES), elements=st.floats(-50, 50))
labels = arrays(np.int64, N_EXAMPLES, elements=st.integers(0, N_OUTPUTS - 1))
weight_vectors = arrays(np.float64, N_EXAMPLES, elements=st.floats(0, 10))
smoothings = st.sampled_from([0.0, 0.1, 0.7])
shares = st.floats(0.01, 0.99)


def targets_for(loss, y):
    """Class indices as they are, or as a 0/1 indicator for the sigmoid."""
    return y if loss == "softmax" else np.eye(N_OUTPUTS)[y].T


def soft_targets(loss, y, label_smoothing):
    """The smoothed target, written out: (l, b)."""
    indicator = np.eye(N_OUTPUTS)[y].T
    n_ways = N_OUTPUTS if loss == "softmax" else 2
    return (1 - label_smoothing) * indicator + label_smoothing / n_ways


def cross_entropy(loss, target, scores):
    """-sum of target log p, one number at a time from math.exp and math.log alone."""
    losses = []
    for t, s in zip(target.T.tolist(), scores.T.tolist(), strict=True):
        if loss == "softmax":
            total = math.fsum(math.exp(x) for x in s)
            terms = [ti * (math.log(total) - x) for ti, x in zip(t, s, strict=True)]
        else:
            terms = [
                ti * math.log1p(math.exp(-x)) + (1 - ti) * math.log1p(math.exp(x))
                for ti, x in zip(t, s, strict=True)
            ]
        losses.append(math.fsum(terms))
    return np.array(losses)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_takes_a_small_and_a_huge_column_in_one_batch(dtype):
    """One log-sum-exp per column: the columns (0, 1, 2) and (1000, 0, 0), each with each label."""
    columns = np.repeat([[0, 1, 2], [1000, 0, 0]], 3, axis=0).T.astype(dtype)
    losses, g = SOFTMAX.value_and_gradient(columns, np.array([0, 1, 2] * 2))
    total = math.fsum(math.exp(x) for x in (0, 1, 2))
    small = [math.log(total) - x for x in (0, 1, 2)]
    p = [math.exp(x) / total for x in (0, 1, 2)]
    np.testing.assert_allclose(losses, [*small, 0, 1000, 1000], rtol=4 * np.finfo(dtype).eps)
    expected = np.array([p] * 3 + [[1, 0, 0]] * 3) - np.tile(np.eye(3), (2, 1))
    np.testing.assert_allclose(g, expected.T, atol=2 * np.finfo(dtype).eps)


@given(scores_matrices, labels, st.floats(-1000, 1000))
def test_softmax_does_not_see_a_shift_of_all_scores(scores, y, shift):
    losses, g = SOFTMAX.value_and_gradient(scores, y)
    shifted_losses, shifted_g = SOFTMAX.value_and_gradient(scores + shift, y)
    np.testing.assert_allclose(shifted_losses, losses, atol=1e-12)
    np.testing.assert_allclose(shifted_g, g, atol=1e-12)


@given(scores_matrices, labels)
def test_columns_of_the_softmax_gradient_sum_to_zero(scores, y):
    """Eq. 14: the probabilities sum to 1 and so does the target."""
    _, g = SOFTMAX.value_and_gradient(scores, y)
    np.testing.assert_allclose(g.sum(axis=0), 0, atol=1e-15 * N_OUTPUTS)


@pytest.mark.parametrize("loss", LOSSES)
@given(
    scores=scores_matrices,
    y=labels,
    weights=weight_vectors,
    smoothing=smoothings,
    order=st.permutations(range(N_EXAMPLES)),
)
def test_the_order_of_the_examples_only_permutes(loss, scores, y, weights, smoothing, order):
    targets = targets_for(loss, y)
    losses, g = LOSSES[loss].value_and_gradient(scores, targets, weights, smoothing)
    permuted = LOSSES[loss].value_and_gradient(
        scores[:, order], targets[..., order], weights[order], smoothing
    )
    np.testing.assert_allclose(permuted[0], losses[order], rtol=1e-15)
    np.testing.assert_allclose(permuted[1], g[:, order], rtol=1e-15, atol=1e-15)


@pytest.mark.parametrize("loss", LOSSES)
@given(scores=scores_matrices, y=labels, weights=weight_vectors)
def test_a_weight_multiplies_loss_and_gradient(loss, scores, y, weights):
    targets = targets_for(loss, y)
    losses, g = LOSSES[loss].value_and_gradient(scores, targets)
    weighted_losses, weighted_g = LOSSES[loss].value_and_gradient(scores, targets, weights)
    for k, w in enumerate(weights):
        assert weighted_losses[k] == w * losses[k]
        np.testing.assert_array_equal(weighted_g[:, k], w * g[:, k])


@pytest.mark.parametrize("loss", LOSSES)
@given(scores=scores_matrices, y=labels, smoothing=shares)
def test_label_smoothing_is_cross_entropy_with_soft_targets(loss, scores, y, smoothing):
    losses, g = LOSSES[loss].value_and_gradient(scores, targets_for(loss, y), None, smoothing)
    target = soft_targets(loss, y, smoothing)
    expected = cross_entropy(loss, target, scores)
    np.testing.assert_allclose(losses, expected, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(g, LOSSES[loss].probabilities(scores) - target, atol=1e-14)


@pytest.mark.parametrize("loss", LOSSES)
@given(scores=scores_matrices, y=labels)
def test_the_loss_is_cross_entropy(loss, scores, y):
    losses, _ = LOSSES[loss].value_and_gradient(scores, targets_for(loss, y))
    expected = cross_entropy(loss, soft_targets(loss, y, 0), scores)
    np.testing.assert_allclose(losses, expected, rtol=1e-13, atol=1e-13)


@given(scores_matrices)
def test_softmax_probabilities_sum_to_one(scores):
    np.testing.assert_allclose(SOFTMAX.probabilities(scores).sum(axis=0), 1, rtol=1e-15 * N_OUTPUTS)


@given(scores_matrices)
def test_a_yes_and_a_no_of_the_sigmoid_sum_to_one(scores):
    sigmoid = LOSSES["sigmoid"]
    both = sigmoid.probabilities(scores) + sigmoid.probabilities(-scores)
    np.testing.assert_allclose(both, 1, rtol=1e-15)


@pytest.mark.parametrize("loss", LOSSES)
@given(scores=scores_matrices)
def test_log_probabilities_are_the_logarithm_of_the_probabilities(loss, scores):
    log_p, p = LOSSES[loss].log_probabilities(scores), LOSSES[loss].probabilities(scores)
    np.testing.assert_allclose(log_p, np.log(p), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("loss", LOSSES)
@given(scores=scores_matrices)
def test_the_decision_is_the_target_of_least_loss(loss, scores):
    """Against every constant target there is."""
    losses = LOSSES[loss]
    decision = losses.decide(scores)
    least, _ = losses.value_and_gradient(scores, decision)
    if loss == "softmax":
        others = [np.full(N_EXAMPLES, c) for c in range(N_OUTPUTS)]
    else:
        bits = np.indices((2,) * N_OUTPUTS).reshape(N_OUTPUTS, -1)
        others = [np.tile(column[:, None], N_EXAMPLES) for column in bits.T]
    assert decision.shape == others[0].shape
    assert all((least <= losses.value_and_gradient(scores, y)[0]).all() for y in others)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", LOSSES)
def test_nothing_overflows_for_huge_scores(loss, dtype):
    """Where p itself is 0, log p is still a number, and loss and gradient are finite."""
    s = 1e30
    scores = np.array([[s, -s, s, 0], [-s, s, s, -s], [0, 0, s, -s]], dtype)
    y = np.array([1, 0, 2, 0])
    log_p = LOSSES[loss].log_probabilities(scores)
    losses, g = LOSSES[loss].value_and_gradient(scores, targets_for(loss, y))
    assert log_p.min() < -0.9 * s
    for array in (log_p, losses, g):
        assert array.dtype == dtype
        assert np.isfinite(array).all()
    assert LOSSES[loss].probabilities(scores).min() == 0


@pytest.mark.parametrize("loss", LOSSES)
def test_a_nan_among_the_scores_is_seen_in_the_loss(loss):
    """A divergence must never be smoothed over, nor touch the other examples."""
    scores = np.zeros((N_OUTPUTS, N_EXAMPLES))
    scores[1, 2] = np.nan
    y = np.array([0, 1, 2, 0])
    losses, _ = LOSSES[loss].value_and_gradient(scores, targets_for(loss, y))
    np.testing.assert_array_equal(np.isnan(losses), [False, False, True, False])
