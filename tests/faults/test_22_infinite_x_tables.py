"""Fault 22: infinity, and numbers that float32 has not, are named errors; so are Python's ints."""

from decimal import Decimal

import numpy as np
import pytest

from deltarule import TabularClassifier
from deltarule.errors import DataError

N = 40
LABEL = np.arange(N) % 2
X = np.random.default_rng(0).normal(LABEL)
CELLS = {  # a cell, and how messages show it
    "infinity": (np.inf, "inf"),
    "minus infinity": (-np.inf, "-inf"),
    "1e300": (1e300, r"1e\+300"),
    "beyond float32": (-1e39, r"-1e\+39"),
}


def spoiled(cell):
    column = X.copy()
    column[7] = cell
    return {"size": column, "other": X}


@pytest.fixture(scope="module")
def model():
    return TabularClassifier(max_iter=2, random_state=0).fit({"size": X, "other": X**2}, LABEL)


@pytest.mark.parametrize("cell", CELLS)
def test_the_first_such_cell_is_named(model, cell):
    value, shown = CELLS[cell]
    table, good = spoiled(value), {"size": X, "other": X**2}
    message = rf"Column 'size', row 8: {shown} is too large.*3\.4e\+38.*Leave the cell empty"
    for refused in (
        lambda: TabularClassifier().fit(table, LABEL),
        lambda: TabularClassifier().fit(good, LABEL, X_val=table, y_val=LABEL),
        lambda: model.predict(table),
        lambda: model.predict_proba(table),
        lambda: model.score(table, LABEL),
    ):
        with pytest.raises(DataError, match=message):
            refused()


def test_the_largest_number_that_there_is_is_none_of_them(model):
    most = float(np.finfo(np.float32).max)
    assert np.isfinite(model.predict_proba(spoiled(most))).all()
    fitted = TabularClassifier(max_iter=2).fit(spoiled(most), LABEL)
    assert np.isfinite(fitted.predict_proba(spoiled(-most))).all()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f8"])
def test_infinity_in_every_type_that_has_it(model, dtype):
    with pytest.raises(DataError, match="Column 'size', row 8: inf is too large"):
        model.predict(spoiled(np.inf) | {"size": spoiled(np.inf)["size"].astype(dtype)})


@pytest.mark.parametrize("text", ["inf", "Infinity", "1e300", "1" + "0" * 400])
def test_text_that_is_such_a_number(model, text):
    column = [text if i == 7 else f"{x:.3f}" for i, x in enumerate(X)]
    with pytest.raises(DataError, match=r"Column 'size', row 8: (inf|1e\+300) is too large"):
        model.predict({"size": column, "other": X})


@pytest.mark.parametrize("ints", [[10**400, 1], [10**400, 1.5], [10**39, -1]])
def test_ints_of_python_name_the_column(model, ints):
    for refused in (
        lambda: model.predict({"size": ints, "other": [1, 2]}),
        lambda: TabularClassifier().fit({"size": ints}, [0, 1]),
    ):
        with pytest.raises(DataError, match="Column 'size'"):
            refused()


@pytest.mark.parametrize(
    "cells",
    [[10**400, 1], [10**400, 1.5], [Decimal("1e300"), Decimal(1)], [Decimal("Infinity")] * 2],
    ids=["int", "int beside float", "Decimal", "infinite Decimal"],
)
def test_numbers_of_python_are_said_to_be_too_large(model, cells):
    with pytest.raises(DataError, match=r"Column 'size', row 1: .* too large"):
        model.predict({"size": cells, "other": [1, 2]})


FAR = ["inf", "-Infinity", "1e300", "1" + "0" * 400]


@pytest.mark.parametrize("cell", FAR, ids=[cell[:9] for cell in FAR])
def test_on_the_command_line(text, table_refused, model_of_text, tmp_path, cell):
    (tmp_path / "far.csv").write_text(text.replace("\n", f"\n{cell},u,no\n", 2))
    for command in (
        ("train", "far.csv"),
        ("predict", model_of_text, "far.csv"),
        ("evaluate", model_of_text, "far.csv"),
    ):
        message = table_refused(*command)
        assert message.startswith("far.csv, line 2: Column 'x', row 1: ")
        assert "too large" in message
    message = table_refused("train", "table.csv", "--valid", "far.csv")
    assert "Column 'x', row 1: " in message


def test_of_a_file_to_validate_on_names_that_file(text, table_refused, tmp_path):
    (tmp_path / "far.csv").write_text(text.replace("\n", "\ninf,u,no\n", 1))
    message = table_refused("train", "table.csv", "--valid", "far.csv")
    assert message.startswith("far.csv, line 2: ")
