"""Fault 22: infinity, and numbers that float32 has not, are named errors with the column."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from deltarule import MLPClassifier, TabularClassifier
from deltarule.errors import DataError, DivergenceError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).normal(size=(60, 4))
Y = (X[:, 0] > 0).astype(int)


def with_cell(value):
    spoilt = X.copy()
    spoilt[7, 2] = value
    return spoilt


@pytest.mark.parametrize("form", [np.asarray, csr_matrix])
@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_infinity(form, value, dtype):
    model = MLPClassifier((3,), dtype=dtype, max_iter=1).fit(form(X), Y)
    message = r"Input X contains infinity: in row 7, column 2, the only such cell"
    for call in (lambda X: model.fit(X, Y), model.predict, model.predict_proba):
        with pytest.raises(DataError, match=message):
            call(form(with_cell(value)))


@pytest.mark.parametrize("form", [np.asarray, csr_matrix])
@pytest.mark.parametrize("value", [1e300, -1e39])
def test_a_number_that_float32_has_not(form, value):
    model = MLPClassifier((3,), dtype="float32", max_iter=1).fit(form(X), Y)
    message = rf"too large for float32, {value:g}".replace("+", r"\+") + ".*row 7, column 2"
    for call in (lambda X: model.fit(X, Y), model.predict, model.predict_proba):
        with pytest.raises(DataError, match=message):
            call(form(with_cell(value)))


def test_also_where_the_network_is_float32_because_its_rows_were():
    model = MLPClassifier((3,), max_iter=1).fit(X.astype(np.float32), Y)
    for rows in (with_cell(1e300), with_cell(1e300)[7:8]):
        with pytest.raises(DataError, match="too large for float32"):
            model.predict_proba(rows)


def test_a_number_that_float64_has_but_its_products_have_not():
    """Found in training as divergence, in a prediction as a row whose scores overflow."""
    rows = X.copy()
    rows[[np.argmin(Y), np.argmax(Y)]] = 1e308  # of both labels: one of them must be wrong
    with pytest.raises(DivergenceError, match="rows of X with very large values"):
        MLPClassifier((3,), "identity", solver="sgd", max_iter=5).fit(rows, Y)
    model = MLPClassifier((3,), "identity", max_iter=5).fit(X, Y)
    rows = np.full((2, 4), 1e308) * np.array([[0], [1]])
    model.coefs_[0][:] = 10
    with pytest.raises(DataError, match=r"Row 1 overflows float64.*1e\+308"):
        model.predict_proba(rows)


def test_infinity_in_a_table_names_its_column():
    table = {f"c{j}": column for j, column in enumerate(with_cell(np.inf).T)}
    with pytest.raises(DataError, match="Column 'c2', row 8: inf is too large"):
        TabularClassifier().fit(table, Y)
