"""Fault 21: NaN in X is a named error with the first row and column; never a NaN prediction."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from deltarule import MLPClassifier, TabularClassifier
from deltarule.errors import DataError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).normal(size=(300, 7))
Y = (X[:, 0] > 0).astype(int)
FORMS = {
    "array": np.asarray,
    "float32": lambda X: X.astype(np.float32),
    "float16": lambda X: X.astype(np.float16),
    "columns first": np.asfortranarray,
    "sparse": csr_matrix,
    "list": lambda X: X.tolist(),
}


def spoiled():
    spoilt = X.copy()
    spoilt[[250, 41, 41], [0, 6, 5]] = np.nan
    return spoilt


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("method", ["fit", "partial_fit", "predict", "predict_proba"])
def test_the_first_cell_is_named_and_all_are_counted(form, method):
    model = MLPClassifier((3,), max_iter=1).fit(FORMS[form](X), Y)
    arguments = (Y,) if "fit" in method else ()
    expected = r"Input X contains NaN: in row 41, column 5, the first of 3 such cells\. Impute"
    with pytest.raises(DataError, match=expected):
        getattr(model, method)(FORMS[form](spoiled()), *arguments)


def test_a_column_with_a_name_is_named():
    pandas = pytest.importorskip("pandas", reason="column names come from data frames")
    frame = pandas.DataFrame(spoiled(), columns=list("abcdefg"))
    with pytest.raises(DataError, match=r"row 41, column 5 \('f'\)"):
        MLPClassifier((3,)).fit(frame, Y)


def test_one_row_and_many_pieces(monkeypatch):
    from deltarule.classifier import rows

    monkeypatch.setattr(rows, "AT_ONCE", 10)
    model = MLPClassifier((3,), max_iter=1).fit(X, Y)
    for form in (np.asarray, csr_matrix):
        with pytest.raises(DataError, match=r"row 41, column 5, the first of 3"):
            model.predict(form(spoiled()))
    row = np.zeros((1, 7))
    row[0, 3] = np.nan
    with pytest.raises(DataError, match=r"row 0, column 3, the only such cell"):
        model.predict_proba(row)


def test_a_table_has_gaps_and_its_predictions_have_none():
    table = {f"c{j}": column for j, column in enumerate(spoiled().T)}
    model = TabularClassifier(max_iter=2).fit(table, Y)
    empty = {name: np.full(2, np.nan) for name in table}
    assert np.isfinite(model.predict_proba(empty)).all()
