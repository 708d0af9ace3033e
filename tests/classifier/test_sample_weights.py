"""A weight of k is the same as k equal rows; a weight of 0 is no row at all."""

import numpy as np
import pytest

from deltarule import MLPClassifier
from deltarule.errors import DataError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

TARGETS = {
    "binary": lambda y: np.array(["no", "yes"])[y % 2],
    "multi-class": lambda y: y,
    "multi-label": lambda y: np.column_stack([y > 0, y == 1]).astype(int),
}
SOLVERS = {"sgd": {"solver": "sgd", "learning_rate_init": 0.1}, "adam": {}}


@pytest.fixture(params=TARGETS)
def data(request):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 30)
    return rng.normal(size=(30, 4)) + y[:, None], TARGETS[request.param](y)


def fit(X, y, weights=None, **settings):
    """Full batches in the rows' order: nothing depends on where the copies of a row lie."""
    return MLPClassifier(
        (6,), shuffle=False, batch_size=len(X), max_iter=40, random_state=0, **settings
    ).fit(X, y, sample_weight=weights)


def assert_same(first, second, X):
    assert first.loss_curve_ == pytest.approx(second.loss_curve_, abs=1e-10)
    for one, other in zip(first.coefs_, second.coefs_, strict=True):
        assert one == pytest.approx(other, abs=1e-10)
    assert first.predict_proba(X) == pytest.approx(second.predict_proba(X), abs=1e-10)


@pytest.mark.parametrize("solver", SOLVERS)
def test_integer_weights_are_repeated_rows(data, solver):
    X, y = data
    weights = np.random.default_rng(1).integers(0, 4, len(X))
    weighted = fit(X, y, weights, **SOLVERS[solver])
    repeated = fit(np.repeat(X, weights, axis=0), np.repeat(y, weights, axis=0), **SOLVERS[solver])
    assert_same(weighted, repeated, X)


@pytest.mark.parametrize("solver", SOLVERS)
def test_rows_of_weight_zero_are_as_if_absent(data, solver):
    """Whatever stands in them."""
    X, y = data
    present = np.arange(len(X)) % 3 > 0
    X = np.where(present[:, None], X, 1e6)
    without = fit(X[present], y[present], **SOLVERS[solver])
    assert_same(fit(X, y, present.astype(float), **SOLVERS[solver]), without, X[present])


@pytest.mark.parametrize("weights", [np.ones(30), [1] * 30, np.ones(30, np.float32), 1.0])
def test_weights_of_one_are_no_weights(data, weights):
    X, y = data
    assert_same(fit(X, y, weights), fit(X, y), X)


def test_without_penalty_only_ratios_of_weights_matter(data):
    X, y = data
    weights = np.random.default_rng(1).uniform(0.1, 3, len(X))
    assert_same(fit(X, y, weights, alpha=0), fit(X, y, 1000 * weights, alpha=0), X)


def test_weights_move_the_decision():
    """The same row with both labels: the heavier label wins, by the share of its weight."""
    X, y = np.zeros((2, 1)), ["a", "b"]
    model = MLPClassifier(
        solver="sgd", learning_rate_init=0.1, n_iter_no_change=np.inf, alpha=0, random_state=0
    ).fit(X, y, [3.0, 1.0])
    assert model.predict_proba(X[:1]) == pytest.approx(np.array([[0.75, 0.25]]), abs=1e-3)


def test_batches_of_weight_zero_are_skipped(blobs):
    """Four batches of ten rows, of which only the first has any weight."""
    X, y = blobs
    weights = np.repeat([1.0, 0, 0, 0], 10)
    settings = {"solver": "sgd", "shuffle": False, "batch_size": 10, "max_iter": 5}
    some = MLPClassifier((4,), random_state=0, **settings).fit(X, y, weights)
    alone = MLPClassifier((4,), random_state=0, **settings).fit(X[:10], y[:10])
    assert np.array_equal(some.coefs_[0], alone.coefs_[0])


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (np.where(np.arange(40) == 7, -0.5, 1), r"not negative; row 7 has -0.5 \(1 such rows\)"),
        (np.where(np.arange(40) > 37, np.nan, 1), r"finite.*row 38 has nan \(2 such rows\)"),
        (np.where(np.arange(40) == 0, np.inf, 1), "finite.*row 0 has inf"),
        (np.zeros(40), "zero in every row"),
        (0.0, "zero in every row"),
        (np.ones(39), r"shape \(39,\).*40 rows"),
        (np.ones((40, 1)), r"shape \(40, 1\).*40 rows"),
    ],
    ids=["negative", "nan", "inf", "zeros", "zero", "short", "column"],
)
def test_bad_weights_are_named_errors(blobs, bad, words):
    with pytest.raises(DataError, match=f"sample_weight.*{words}"):
        MLPClassifier().fit(*blobs, sample_weight=bad)


@pytest.mark.parametrize("bad", [["heavy"] * 40, [1j] * 40], ids=["text", "complex"])
def test_weights_that_are_no_numbers_are_refused(blobs, bad):
    with pytest.raises((ValueError, TypeError)):
        MLPClassifier().fit(*blobs, sample_weight=bad)
