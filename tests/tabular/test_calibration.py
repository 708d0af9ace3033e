"""The temperature: what is held out tells it, and for the average of all networks."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from deltarule.tabular.calibration import HOTTEST, HeldOut, fitted_temperature, log_average

RNG = np.random.default_rng(0)
N, CLASSES = 4000, 3
TRUE = RNG.normal(0, 2, (N, CLASSES))  # scores whose softmax is the truth
Y = np.array([RNG.choice(CLASSES, p=p) for p in softmax(TRUE, axis=1)])


def test_average_of_one_is_the_softmax():
    assert np.allclose(log_average([TRUE], 2.0), log_softmax(TRUE / 2, axis=1), rtol=1e-12)


def test_average_is_of_probabilities():
    scores = [RNG.normal(size=(5, 3)) for _ in range(4)]
    expected = np.mean([softmax(z / 0.7, axis=1) for z in scores], axis=0)
    assert np.allclose(np.exp(log_average(scores, 0.7)), expected, rtol=1e-12)


def test_average_is_finite_where_p_is_0_and_keeps_float32():
    scores = [np.array([[0.0, -5000.0]], np.float32)] * 2
    told = log_average(scores, 1.0)
    assert told.dtype == np.float32
    assert np.allclose(told, [[0, -5000]])


@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
def test_a_factor_on_true_scores_is_found(factor):
    assert fitted_temperature([[TRUE * factor]], Y) == pytest.approx(factor, rel=0.05)


def test_weights_say_which_rows_count():
    scores = np.where(np.arange(N)[:, None] < N // 2, TRUE * 3, TRUE)
    first_half = (np.arange(N) < N // 2).astype(float)
    assert fitted_temperature([[scores]], Y, first_half) == pytest.approx(3, rel=0.07)
    assert fitted_temperature([[scores]], Y, 1 - first_half) == pytest.approx(1, rel=0.07)


def test_few_rows_that_are_all_right_do_not_freeze_it():
    scores, y = np.eye(3)[[0, 1, 2]] * 4, np.arange(3)
    assert 0.3 < fitted_temperature([[scores]], y) < 1


def test_no_rows_no_temperature():
    nothing = HeldOut.of([np.arange(0)] * 2, [np.zeros((0, 3))] * 2, 2)
    assert nothing.temperature(np.arange(0)) == 1


def networks(count, noise):
    """Return scores of networks that err each in its own way, as confident as if they did not."""
    return [TRUE + RNG.normal(0, noise, TRUE.shape) for _ in range(count)]


def test_two_rounds_tell_of_ten_networks():
    """Every row is held out by two of ten; what is best for the ten is known here, not to it."""
    scores, fold = networks(10, 1.0), np.arange(N) % 5
    rows = [np.flatnonzero(fold == m % 5) for m in range(10)]
    held_out = HeldOut.of(rows, [z[r] for z, r in zip(scores, rows, strict=True)], len(scores))
    assert len(held_out.rounds) == 2
    best = fitted_temperature([networks(10, 1.0)], Y)
    alone, told = fitted_temperature([[scores[0]]], Y), held_out.temperature(Y)
    assert alone > 1.5 * best  # one network needs quite another one
    assert best < told < held_out.own_temperature(Y) < alone
    assert told - best < 0.3 * (alone - best)


def test_networks_that_hold_out_the_same_rows_tell_it_exactly():
    scores = networks(4, 1.5)
    held_out = HeldOut.of([np.arange(N)] * 4, scores, 4)
    assert held_out.temperature(Y) == pytest.approx(fitted_temperature([scores], Y), rel=1e-6)


def test_one_network_that_the_others_speak_for_has_that_of_one():
    """Four hold rows out, and another one decides: it is as sure as one of them."""
    scores = networks(4, 1.5)
    held_out = HeldOut.of([np.arange(N)] * 4, scores, 1)
    alone = fitted_temperature([[z] for z in scores], Y)
    assert held_out.temperature(Y) == pytest.approx(alone, rel=1e-6)


def test_one_network_has_its_own():
    (scores,) = networks(1, 1.5)
    held_out = HeldOut.of([np.arange(N)], [scores], 1)
    assert held_out.temperature(Y) == pytest.approx(fitted_temperature([[scores]], Y), rel=1e-6)
    assert held_out.temperature(Y) == held_out.own_temperature(Y)


def test_rows_that_few_have_held_out_are_told_of_but_do_not_count():
    """Seven networks, folds of a fifth: two fifths are held out twice, which most are not."""
    scores, fold = networks(7, 1.0), np.arange(N) % 5
    rows = [np.flatnonzero(fold == m % 5) for m in range(7)]
    said = [z[r] for z, r in zip(scores, rows, strict=True)]
    held_out = HeldOut.of(rows, said, 7)
    assert (len(held_out.rounds), held_out.n_models) == (2, 7)
    assert np.array_equal(held_out.rows, np.arange(N))
    assert np.array_equal(held_out.rounds[0][rows[3]], scores[3][rows[3]])
    assert np.isnan(held_out.rounds[1][rows[3]]).all()
    log_p = held_out.log_probabilities(1.5)
    assert np.allclose(log_p[rows[3]], log_average([scores[3][rows[3]]], 1.5))
    both = [scores[1][rows[1]], scores[6][rows[1]]]
    assert np.allclose(log_p[rows[1]], log_average(both, 1.5))


def test_networks_that_hold_out_overlapping_rows():
    """Five, of tenths each two that follow each other: every row is held out twice."""
    scores, tenth = networks(5, 1.0), np.arange(N) % 10
    rows = [np.flatnonzero((tenth == m) | (tenth == (m + 1) % 5)) for m in range(5)]
    held_out = HeldOut.of(rows, [z[r] for z, r in zip(scores, rows, strict=True)], len(scores))
    assert not any(np.isnan(z).any() for z in held_out.rounds)
    assert (len(held_out.rounds), len(held_out.rows)) == (2, N // 2)
    best, told = fitted_temperature([networks(5, 1.0)], Y), held_out.temperature(Y[held_out.rows])
    assert best < told < held_out.own_temperature(Y[held_out.rows])


def test_it_stays_within_bounds():
    worthless = [RNG.normal(0, 500, TRUE.shape) for _ in range(2)]
    held_out = HeldOut.of([np.arange(N)] * 2, worthless, 2)
    assert 1 / HOTTEST <= held_out.temperature(Y) <= HOTTEST
