"""Predictions from tables that differ from the one trained on."""

import numpy as np
import pyarrow as pa
import pytest

from deltarule import TabularClassifier
from deltarule.errors import DataError


@pytest.fixture
def model(table, labels):
    return TabularClassifier(max_iter=20, random_state=0).fit(table, labels)


def test_columns_in_another_order_and_extra_ones_change_nothing(table, model):
    other = {"extra": ["?"] * 80, **dict(reversed(table.items()))}
    with pytest.warns(UserWarning, match="'extra'"):
        p = model.predict_proba(other)
    assert np.array_equal(p, model.predict_proba(table))


def test_columns_that_lack_are_named(table, model):
    del table["colour"], table["noise"]
    with pytest.raises(DataError, match="lacks 'noise', 'colour'"):
        model.predict(table)


def test_unknown_categories_and_missing_cells_are_predicted(model):
    rows = {
        "size": pa.array([None, 3.0, 3.0], pa.float64()),
        "noise": [0.0, float("nan"), 0.0],
        "colour": ["red", "mauve", None],
    }
    with pytest.warns(UserWarning, match="'colour'"):
        p = model.predict_proba(rows)
    assert np.isfinite(p).all()
    assert p.sum(axis=1) == pytest.approx(1, abs=1e-6)


def test_unknown_categories_are_warned_of_and_counted(model):
    with pytest.warns(UserWarning, match=r"2 .*'colour'"):
        model.predict({"size": [1.0] * 3, "noise": [1.0] * 3, "colour": ["mauve", "red", "teal"]})


def test_extra_columns_are_warned_of(table, model):
    with pytest.warns(UserWarning, match="'extra'"):
        model.predict({**table, "extra": [1] * 80})


def test_no_rows_have_no_predictions(model):
    none = pa.table(
        {
            "size": pa.array([], pa.float64()),
            "noise": pa.array([], pa.float64()),
            "colour": pa.array([], pa.string()),
        }
    )
    assert model.predict(none).shape == (0,)
    assert model.predict_proba(none).shape == (0, 2)


def test_probabilities_are_in_the_order_of_the_classes(table, labels, model):
    p = model.predict_proba(table)
    assert model.classes_.tolist() == ["big", "small"]
    assert np.array_equal(model.classes_[p.argmax(axis=1)], model.predict(table))
    assert p[labels == "big", 0].mean() > 0.5 > p[labels == "small", 0].mean()


def test_log_probabilities_are_finite_where_probabilities_are_0(model):
    """With scores that the scaled columns do not let a trained network reach."""
    row = {"size": [1e8], "noise": [0.0], "colour": ["red"]}
    model._parameters = model._parameters[:1]  # several need not agree
    for parameters in model._parameters:
        parameters.W[max(parameters.W)] *= 1e4
    assert model.predict_proba(row).min() == 0
    assert np.isfinite(model.predict_log_proba(row)).all()


def test_a_row_far_outside_of_anything_seen_is_not_infinitely_sure(model):
    """Numbers are clipped smoothly: 1e8 is not much further than 1e4, and order stays."""
    rows = {"size": [1e4, 1e8, 1e30, -1e30], "noise": [0.0] * 4, "colour": ["red"] * 4}
    p = model.predict_proba(rows)[:, 0]
    assert 0 < p[0] < 1
    assert p[:3] == pytest.approx(p[0], abs=0.01)
    assert p[3] != pytest.approx(p[0], abs=0.1)


def test_a_number_too_large_is_refused_by_column_and_row(model):
    rows = {"size": [1.0, 1e300], "noise": [1.0, 1.0], "colour": ["red", "red"]}
    with pytest.raises(DataError, match=r"Column 'size', row 2: 1e\+300"):
        model.predict(rows)


def test_one_class_only_is_predicted_with_probability_1(table):
    model = TabularClassifier(max_iter=2).fit(table, ["only"] * 80)
    assert model.predict(table).tolist() == ["only"] * 80
    assert model.predict_proba(table).tolist() == [[1.0]] * 80


def test_float_features_from_integers(labels):
    """Integers in training, floats with a gap in prediction: one missing cell changes the type."""
    model = TabularClassifier(max_iter=2).fit({"a": [i * 7 % 10 for i in range(80)]}, labels)
    assert model.predict({"a": pa.array([1.5, None])}).shape == (2,)


def test_column_types_tell_how_to_read_a_file(model):
    """So that a column of texts like "1" stays text, and whole numbers may have gaps."""
    numbers = dict.fromkeys(["size", "noise"], pa.float64())
    assert model.column_types() == {**numbers, "colour": pa.string()}


def test_locate_gives_indices_and_names_strangers(model):
    assert model.locate(["small", "big"]).tolist() == [1, 0]
    with pytest.raises(DataError, match="'huge' is not among the labels"):
        model.locate(["small", "huge"])
