"""columns=: kinds that are said instead of found out."""

import warnings

import numpy as np
import pytest

from deltarule import TabularClassifier, load_model
from deltarule.errors import DataError

ROWS = 80
NUMBERED = np.arange(ROWS)


def fit(table, labels, **columns):
    model = TabularClassifier(columns=columns or None, max_iter=3, random_state=0)
    return model.fit(table, labels)


def test_what_looks_like_an_id_can_be_a_number(table, labels):
    with pytest.warns(UserWarning, match=r"'row' is left out: it numbers the rows, from 0 to 79"):
        assert "row" not in fit({**table, "row": NUMBERED}, labels).column_kinds_
    model = fit({**table, "row": NUMBERED}, labels, row="numeric")
    assert model.column_kinds_["row"] == "numeric"
    assert model.left_out_ == {}


def test_text_that_looks_like_names_can_be_categories(table, labels):
    names = [f"name {i}" for i in range(ROWS)]
    with pytest.warns(UserWarning, match="80 different texts in 80 cells"):
        fit({**table, "name": names}, labels)
    model = fit({**table, "name": names}, labels, name="categorical")
    assert model.column_kinds_["name"] == "categorical"


def test_categories_are_compared_by_what_they_say(labels):
    """Of a column of whole numbers: 3, 3.0 and "3" are one category."""
    model = fit({"k": NUMBERED % 3 + 1, "x": NUMBERED * 7 % 5}, labels, k="categorical")
    assert model.layer_sizes_[0] == 3 + 1 + 1
    x = [0.0, 1.0]
    expected = model.predict_proba({"k": [3, 1], "x": x})
    for k in ([3.0, 1.0], ["3", "1"], np.array([3, 1], np.int8)):
        assert np.array_equal(model.predict_proba({"k": k, "x": x}), expected)


def test_dates_booleans_and_text_can_be_said_and_are_found(labels):
    table = {
        "day": np.datetime64("2024-01-01") + NUMBERED * 9 % 80,
        "flag": NUMBERED % 3 == 0,
        "text": np.array(["u", "v", "w"])[NUMBERED % 3 - NUMBERED % 2],
    }
    kinds = {"day": "datetime", "flag": "boolean", "text": "categorical"}
    assert fit(table, labels).column_kinds_ == kinds
    assert fit(table, labels, **kinds).column_kinds_ == kinds
    assert fit(table, labels, flag="categorical").column_kinds_["flag"] == "categorical"


def test_ignored_columns_are_left_out_without_a_word(table, labels, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = fit({**table, "row": NUMBERED}, labels, row="ignored", noise="ignored")
        model.predict(table)
        model.save(tmp_path / "model.deltarule")
        again = load_model(tmp_path / "model.deltarule")
    assert model.left_out_ == {"noise": "is to be ignored", "row": "is to be ignored"}
    assert again.get_params()["columns"] == {"row": "ignored", "noise": "ignored"}
    del table["noise"]
    assert np.array_equal(again.predict_proba(table), model.predict_proba(table))


def test_a_name_that_the_table_lacks_is_an_error_with_the_nearest(table, labels):
    with pytest.raises(DataError, match=r"no column 'color'\. Did you mean 'colour'"):
        fit(table, labels, color="categorical")


def test_columns_that_cannot_be_what_they_are_said_to_be(table, labels):
    with pytest.raises(DataError, match=r"Column 'colour', row 2: 'blue' is no number"):
        fit(table, labels, colour="numeric")


def test_more_columns_left_out_than_one_wants_to_read_are_counted(table, labels):
    many = {f"same {i}": [i] * ROWS for i in range(9)}
    with pytest.warns(UserWarning, match="left out") as caught:
        model = fit({**table, **many}, labels)
    assert len(caught) == 6
    assert str(caught[-1].message).startswith("Column 'same 5' is left out, too, and so are 3 more")
    assert model.left_out_.keys() == many.keys()


def test_columns_that_say_the_same_as_another_are_left_out(table, labels):
    with pytest.warns(UserWarning, match="'again' is left out: it says the same as 'size'"):
        fit({**table, "again": table["size"]}, labels)
