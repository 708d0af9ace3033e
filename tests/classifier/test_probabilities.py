"""What predict_proba and predict_log_proba promise, also where scores saturate or overflow."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deltarule import MLPClassifier
from deltarule.errors import DataError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

ROUNDING = {"float32": 5e-7, "float64": 1e-15}  # of a sum of probabilities
TARGETS = {"binary": lambda y: (y > 0).astype(int), "multi-class": lambda y: y}


@pytest.fixture(params=TARGETS)
def data(request, iris):
    return iris[0], TARGETS[request.param](iris[1])


def fit(X, y, dtype="float64"):
    return MLPClassifier((8,), max_iter=20, learning_rate_init=0.02, random_state=0).fit(
        X.astype(dtype), y
    )


@pytest.mark.parametrize("dtype", ROUNDING)
def test_rows_sum_to_one(data, dtype):
    p = fit(*data, dtype).predict_proba(data[0])
    assert ((p >= 0) & (p <= 1)).all()
    assert p.sum(axis=1) == pytest.approx(1, abs=ROUNDING[dtype])


@pytest.mark.parametrize("dtype", ROUNDING)
def test_log_proba_is_the_logarithm(data, dtype):
    model = fit(*data, dtype)
    p, log_p = model.predict_proba(data[0]), model.predict_log_proba(data[0])
    ordinary = p > 1e-6
    assert log_p[ordinary] == pytest.approx(np.log(p[ordinary]), abs=1e-5)


@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("factor", [1e2, 1e5, 1e20])
def test_saturated_scores(data, dtype, factor):
    """Scores of thousands and far beyond: rows still sum to 1, no logarithm is infinite."""
    X, y = data
    model = fit(X, y, dtype)
    far = (factor * X).astype(dtype)
    p, log_p = model.predict_proba(far), model.predict_log_proba(far)
    assert p.min() == 0 or factor < 1e3, "these scores were to saturate"
    assert p.sum(axis=1) == pytest.approx(1, abs=ROUNDING[dtype])
    assert np.isfinite(log_p).all()
    assert (log_p <= 0).all()
    assert (log_p.argmax(axis=1) == p.argmax(axis=1)).all()


def test_predict_is_the_likeliest_class(data):
    model = fit(*data)
    likeliest = model.classes_[model.predict_proba(data[0]).argmax(axis=1)]
    assert np.array_equal(model.predict(data[0]), likeliest)


def test_small_probabilities_of_two_classes_keep_their_digits(iris):
    """p of the first class is not 1 - p of the second: that would be 0 or noise."""
    X, y = iris[0], TARGETS["binary"](iris[1])
    model = fit(X, y)
    p, log_p = model.predict_proba(20 * X), model.predict_log_proba(20 * X)
    small = (p < 1e-12) & (p > 1e-300)
    assert small[:, 0].any()
    assert small[:, 1].any()
    assert np.log(p[small]) == pytest.approx(log_p[small], rel=1e-9)


@settings(max_examples=50)
@given(magnitude=st.floats(-300, 307), sign=st.sampled_from([-1.0, 1.0]), column=st.integers(0, 3))
def test_any_finite_input_gives_probabilities_or_a_named_error(fitted, magnitude, sign, column):
    """Never a NaN, whatever float64 can hold."""
    row = np.zeros((1, 4))
    row[0, column] = sign * 10**magnitude
    if magnitude < 30:
        assert fitted.predict_proba(row).sum() == pytest.approx(1)
        return
    with contextlib.suppress(DataError):
        assert fitted.predict_proba(row).sum() == pytest.approx(1)


@pytest.fixture(scope="module")
def fitted(load):
    return fit(*load("iris"))


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_overflow_names_the_row(iris, method):
    model = fit(*iris, "float32")
    X = iris[0].copy()
    X[[97, 120]] = 1e300
    with pytest.raises(DataError, match=r"too large for float32, 1e\+300.*row 97, column 0.*Scale"):
        getattr(model, method)(X)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(iris, bad):
    """At fit and at predict; as scikit-learn has it."""
    model, X = fit(*iris), iris[0].copy()
    X[5, 2] = bad
    for call in (lambda: model.predict(X), lambda: fit(X, iris[1])):
        with pytest.raises(ValueError, match="NaN" if np.isnan(bad) else "infinity"):
            call()


@pytest.mark.parametrize("n_columns", [3, 5])
def test_another_number_of_columns_is_refused(iris, n_columns):
    with pytest.raises(ValueError, match=f"X has {n_columns} features.*expecting 4"):
        fit(*iris).predict(np.zeros((1, n_columns)))


def test_every_row_is_predicted_on_its_own(iris):
    """One at a time, or all at once, or backwards."""
    model = fit(*iris)
    p = model.predict_proba(iris[0])
    alone = np.vstack([model.predict_proba(row[None]) for row in iris[0][:20]])
    assert alone == pytest.approx(p[:20], abs=1e-12)
    assert model.predict_proba(iris[0][::-1]) == pytest.approx(p[::-1], abs=1e-12)


def test_more_rows_than_a_chunk_holds(iris):
    """Prediction goes in chunks of 8,192 rows; none is lost or doubled at a seam."""
    model = fit(*iris)
    times = 8192 // len(iris[0]) + 2
    p = model.predict_proba(np.tile(iris[0], (times, 1)))
    assert p == pytest.approx(np.tile(model.predict_proba(iris[0]), (times, 1)), abs=1e-12)
