"""scikit-learn's own checks of an estimator, all of them."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from deltarule import TabularClassifier

_HELD_OUT = "a row taken twice and a row of weight 2 are neither held out nor shuffled alike"
EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": _HELD_OUT,
    "check_sample_weight_equivalence_on_sparse_data": _HELD_OUT,
}


pytestmark = [
    pytest.mark.filterwarnings("ignore:Column .* is left out"),
    pytest.mark.filterwarnings("ignore:Classes with a single row"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning"),
]


@parametrize_with_checks(
    [TabularClassifier(preset="quick", max_iter=20)],
    expected_failed_checks=lambda _: EXPECTED_FAILURES,
)
def test_scikit_learns_check(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    [TabularClassifier(max_iter=20)], expected_failed_checks=lambda _: EXPECTED_FAILURES
)
def test_scikit_learns_check_of_the_defaults(estimator, check):
    check(estimator)
