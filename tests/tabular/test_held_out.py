"""Which rows are validated on: whole groups, the latest, or those that were given."""

import numpy as np
import pytest

from deltarule import TabularClassifier
from deltarule.errors import DataError, SettingError

PATIENTS = np.repeat(np.arange(20), 4)
DAYS = np.datetime64("2024-01-01") + np.random.default_rng(3).permutation(80)


def fit(table, labels, **given):
    return TabularClassifier(max_iter=2, n_models=1, random_state=0).fit(table, labels, **given)


@pytest.mark.parametrize(
    "groups", [PATIENTS, [f"patient {p}" for p in PATIENTS]], ids=["int", "str"]
)
def test_groups_are_held_out_whole(table, labels, groups):
    held_out = fit(table, labels, groups=groups).validation_rows_
    assert len(held_out) == 16
    assert len(set(PATIENTS[held_out])) == 4
    assert len(set(PATIENTS[fit(table, labels).validation_rows_])) > 4, "else this shows little"


def test_a_column_of_groups_is_not_trained_on(table, labels):
    """And what comes out is what an array gives."""
    model = fit({"patient": PATIENTS, **table}, labels, groups="patient")
    assert model.left_out_ == {"patient": "is to be ignored"}
    assert "patient" not in model.column_kinds_
    by_array = fit(table, labels, groups=PATIENTS)
    assert np.array_equal(model.validation_rows_, by_array.validation_rows_)
    assert np.array_equal(model.predict_proba(table), by_array.predict_proba(table))


@pytest.mark.parametrize("order", [DAYS, DAYS.astype(int) * 1.5], ids=["dates", "numbers"])
def test_the_latest_fifth_is_held_out(table, labels, order):
    held_out = fit(table, labels, order=order).validation_rows_
    assert set(held_out) == set(np.argsort(DAYS)[-16:])


@pytest.mark.parametrize("days", [DAYS, DAYS.astype(str)], ids=["dates", "text"])
def test_a_column_of_dates_orders_and_is_trained_on(table, labels, days):
    model = TabularClassifier(columns={"day": "datetime"}, max_iter=2, random_state=0)
    model.fit({"day": days, **table}, labels, order="day")
    assert model.column_kinds_["day"] == "datetime"
    assert set(model.validation_rows_) == set(np.argsort(DAYS)[-16:])


def test_rows_of_one_moment_are_on_one_side(table, labels):
    held_out = fit(table, labels, order=PATIENTS).validation_rows_
    assert set(PATIENTS[held_out]) == {16, 17, 18, 19}


@pytest.mark.parametrize("what", ["groups", "order"])
@pytest.mark.parametrize(
    ("given", "words"),
    [
        (PATIENTS[:-1], r"has shape \(79,\), but the table has 80 rows"),
        (PATIENTS[:, None], r"has shape \(80, 1\)"),
        ("patinet", "no column 'patinet'. Did you mean 'patient'"),
        ("gaps", "column 'gaps', needs a value in every row, and lacks one in 1"),
    ],
)
def test_groups_and_order_that_do_not_fit(table, labels, what, given, words):
    more = {"patient": PATIENTS, "gaps": [None, *PATIENTS[1:].tolist()], **table}
    with pytest.raises(DataError, match=words):
        fit(more, labels, **{what: given})


def test_two_ways_to_say_it_are_an_error(table, labels):
    with pytest.raises(SettingError, match="Give one of them"):
        fit(table, labels, groups=PATIENTS, order=PATIENTS)
    for what in ("groups", "order"):
        with pytest.raises(SettingError, match=r"X_val \(--valid\) has those"):
            fit(table, labels, X_val=table, y_val=labels, **{what: PATIENTS})


def test_rows_to_validate_on_come_with_their_labels(table, labels):
    with pytest.raises(DataError, match="X_val needs y_val"):
        fit(table, labels, X_val=table)
    with pytest.raises(DataError, match="need X_val"):
        fit(table, labels, y_val=labels)
    with pytest.raises(DataError, match="need X_val"):
        fit(table, labels, sample_weight_val=np.ones(80))


def test_rows_to_validate_on_are_matched_by_name(table, labels):
    turned = dict(reversed(table.items()))
    expected = fit(table, labels, X_val=table, y_val=labels)
    with pytest.warns(UserWarning, match="no such column: 'extra'"):
        model = fit(table, labels, X_val={"extra": ["?"] * 80, **turned}, y_val=labels)
    assert model.validation_scores_ == expected.validation_scores_


@pytest.mark.parametrize(
    ("change", "y_val", "words"),
    [
        ({"colour": None}, "small", "lacks 'colour'"),
        ({"size": ["wide"] * 80}, "small", "Column 'size', row 1: 'wide'"),
        ({}, "huge", "'huge' is not among the labels"),
    ],
)
def test_what_is_wrong_with_them_is_said_to_be_theirs(table, labels, change, y_val, words):
    other = {k: v for k, v in {**table, **change}.items() if v is not None}
    with pytest.raises(DataError, match=rf"^In the rows to validate on \(X_val\): .*{words}"):
        fit(table, labels, X_val=other, y_val=[y_val] * 80)
