"""The area under the ROC curve, from counts: scikit-learn's, whatever the batches."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from deltarule.tabular.ranking import RankTally


def case(n, seed, decimals=None):
    rng = np.random.default_rng(seed)
    is_own = rng.random(n) < 0.3
    p = rng.beta(1 + is_own, 2, n)
    return (p if decimals is None else p.round(decimals)).astype(np.float32), is_own


def tally_of(p, is_own, size=1000, **options):
    tally = RankTally(**options)
    for start in range(0, len(p), size):
        tally.add(p[start : start + size], is_own[start : start + size])
    return tally


@pytest.mark.parametrize("decimals", [None, 3, 1, 0])
@pytest.mark.parametrize("size", [1, 700, 10**6])
def test_agrees_with_scikit_learn(decimals, size):
    p, is_own = case(3000, 1, decimals)
    tally = tally_of(p, is_own, size)
    assert tally.area == pytest.approx(roc_auc_score(is_own, p), abs=1e-12)
    assert tally.error == 0


def test_the_ends_of_the_range_are_as_good_as_any():
    p = np.array([0, 1e-45, 1e-38, 0.5, 1 - 6e-8, 1, -0.0, 1], np.float32)
    is_own = np.array([0, 1, 0, 1, 0, 1, 1, 0], bool)
    assert tally_of(p, is_own).area == pytest.approx(roc_auc_score(is_own, p))


@pytest.mark.parametrize("own", [0, 1])
def test_there_is_no_area_without_rows_on_both_sides(own):
    tally = tally_of(np.array([0.1, 0.2], np.float32), np.full(2, own, bool))
    assert tally.area is None
    assert tally.error == 0
    assert RankTally().area is None


@pytest.mark.parametrize("most", [4, 64, 1000])
def test_with_less_memory_it_is_as_good_as_it_says(most):
    p, is_own = case(20_000, 2)
    tally = tally_of(p, is_own, most=most)
    off = abs(tally.area - roc_auc_score(is_own, p))
    assert 0 < off <= tally.error
    assert tally.error < {4: 0.5, 64: 0.05, 1000: 0.003}[most]
    assert len(tally._keys) <= most


def test_order_and_batches_do_not_matter():
    p, is_own = case(5000, 3)
    order = np.random.default_rng(0).permutation(5000)
    one, other = tally_of(p, is_own, most=100), tally_of(p[order], is_own[order], 77, most=100)
    assert (one.area, one.error) == (other.area, other.error)
