"""scikit-learn's own checks of an estimator, all of them."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

from deltarule import MLPClassifier

# Name of a check to the reason why it fails, with early stopping only: without it none does.
_TOO_FEW = "the check has too few rows to hold some of two classes out, for scikit-learn too"
_HELD_OUT = "a row taken twice and a row of weight 2 are not held out alike"
_FEW_EPOCHS = "the score is best before rows of weight 0.0001 are given up"
_NO_PARTIAL_FIT = "partial_fit refuses early stopping, as scikit-learn's does"
EXPECTED_FAILURES = {
    "check_class_weight_classifiers": _FEW_EPOCHS,
    "check_estimators_partial_fit_n_features": _NO_PARTIAL_FIT,
    "check_fit_score_takes_y": _NO_PARTIAL_FIT,
    "check_n_features_in_after_fitting": _NO_PARTIAL_FIT,
    "check_estimators_nan_inf": _TOO_FEW,
    "check_fit2d_1feature": _TOO_FEW,
    "check_sample_weight_equivalence_on_dense_data": _HELD_OUT,
    "check_sample_weight_equivalence_on_sparse_data": _HELD_OUT,
}

CONFIGURED = [
    MLPClassifier(max_iter=30),
    MLPClassifier(max_iter=30, solver="sgd", learning_rate_init=0.1, batch_size=32),
    MLPClassifier(max_iter=30, learning_rate_init=0.01, early_stopping=True),
]


def expected_failures(estimator):
    return EXPECTED_FAILURES if estimator.early_stopping else {}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore:Got `batch_size`")
@parametrize_with_checks(CONFIGURED, expected_failed_checks=expected_failures)
def test_scikit_learns_check(estimator, check):
    check(estimator)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_an_unfitted_estimator_says_so(method):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(MLPClassifier(), method)(np.zeros((1, 2)))


def test_an_unfitted_estimator_has_no_fitted_attributes():
    unfitted = MLPClassifier()
    assert not hasattr(unfitted, "coefs_")
    assert not hasattr(unfitted, "intercepts_")
