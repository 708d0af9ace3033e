"""TabularClassifier: tables in, predictions out."""

import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score

from deltarule import TabularClassifier, load_model
from deltarule.errors import DataError, SettingError

CONTAINERS = {"dict": dict, "pandas": pd.DataFrame, "arrow": pa.table}


def fit(table, labels, **settings):
    return TabularClassifier(**{"max_iter": 20, "random_state": 0, **settings}).fit(table, labels)


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_container_gives_the_same_bits(table, labels, container):
    model = fit(CONTAINERS[container](table), labels)
    expected = fit(table, labels)
    assert np.array_equal(model.predict_proba(table), expected.predict_proba(table))
    wrapped = CONTAINERS[container](table)
    assert np.array_equal(model.predict(wrapped), expected.predict(table))
    assert model.score(wrapped, labels) > 0.85


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["no", "yes"]),
        np.array(["no", "yes"], dtype=object),
        np.array([3, -7], np.int8),
        np.array([0, 2**40], np.uint64),
        np.array([False, True]),
        np.array([0.0, 1.0]),
        np.array(["", "x"]),
    ],
    ids=["str", "objects", "int8", "uint64", "bool", "whole floats", "empty text"],
)
def test_labels_keep_type_and_value(table, labels, tmp_path):
    """From fit to predict, and through a model file."""
    y = labels[np.arange(80) % 2]
    model = fit(table, y)
    model.save(tmp_path / "model.deltarule")
    for fitted in (model, load_model(tmp_path / "model.deltarule")):
        predicted = fitted.predict(table)
        assert predicted.dtype == y.dtype
        assert (predicted == y).mean() > 0.85
        assert fitted.classes_.tolist() == sorted(labels.tolist())


@pytest.mark.parametrize(
    "wrap",
    [list, pd.Series, pa.array, pd.Categorical, lambda y: pd.Series(y, index=range(80, 0, -1))],
    ids=["list", "pandas", "arrow", "categories", "pandas with an index"],
)
def test_labels_may_come_in_any_container(table, labels, wrap):
    assert (
        fit(table, wrap(labels)).predict(table).tolist()
        == fit(table, labels).predict(table).tolist()
    )


def test_attributes(table, labels):
    with pytest.warns(UserWarning, match="same"):
        model = fit({**table, "same": [1] * 80}, labels, max_iter=3)
    assert model.feature_names_in_.tolist() == ["size", "noise", "colour", "same"]
    assert model.n_features_in_ == 4
    assert model.left_out_ == {"same": "has the same value in every row, 1"}
    kinds = {"size": "numeric", "noise": "numeric", "colour": "categorical"}
    assert model.column_kinds_ == kinds
    assert model.layer_sizes_[0] == 6  # two numbers; red, blue, missing and unknown
    assert model.layer_sizes_[-1] == 2
    assert (model.schedule_epochs_, model.threshold_) == (3, None)
    assert model.n_iter_ == len(model.loss_curve_) == len(model.validation_scores_) == 3
    assert model.stopped_ is None
    assert model.target_ is None


def last_best(model):
    """Return the last of the epochs with the best score, from 1."""
    scores = np.array(model.validation_scores_)
    return int(np.flatnonzero(scores == scores.max())[-1]) + 1


def test_a_fifth_is_held_out_and_the_last_best_epoch_on_it_is_kept(table, labels):
    model = fit(table, labels, max_iter=30, n_models=1)
    held_out = model.validation_rows_
    assert len(held_out) == 16
    rows = pd.DataFrame(table).iloc[held_out]
    score = model.score(rows, labels[held_out])
    assert score == max(model.validation_scores_)
    assert model.best_epoch_ == last_best(model)


def test_rows_given_to_validate_on_are_used_and_not_trained_on(table, labels):
    """With their labels turned round, the best epoch is the one that is worst for the others."""
    turned = np.where(labels == "big", "small", "big")
    settings = {"max_iter": 20, "random_state": 0, "n_models": 1}
    model = TabularClassifier(**settings).fit(table, labels, X_val=table, y_val=turned)
    assert len(model.validation_rows_) == 0
    assert max(model.validation_scores_) == model.score(table, turned)
    assert model.best_epoch_ == last_best(model)
    right = TabularClassifier(**settings).fit(table, labels, X_val=table, y_val=labels)
    assert model.loss_curve_[0] == right.loss_curve_[0], "the same rows are trained on"
    assert right.score(table, labels) > model.score(table, labels)


def test_the_encoder_never_sees_the_rows_to_validate_on(table, labels):
    other = {**table, "size": table["size"] + 1e6, "colour": ["green"] * 80}
    model = TabularClassifier(max_iter=1).fit(table, labels, X_val=other, y_val=labels)
    assert model._encoder == fit(table, labels, max_iter=1)._encoder


def test_too_few_rows_train_without_validation():
    model = fit({"a": [0.0, 1.0, 2.0]}, ["u", "v", "v"], max_iter=3)
    assert len(model.validation_rows_) == 0
    assert model.validation_scores_ == []
    assert model.best_epoch_ == 0


def test_columns_left_out_are_warned_of_by_name(table, labels):
    extra = {"same": [1] * 80, "id": [f"id-{i}" for i in range(80)]}
    with pytest.warns(UserWarning, match="left out") as caught:
        fit({**table, **extra}, labels, max_iter=1)
    messages = sorted(str(warning.message) for warning in caught)
    assert messages == [
        "Column 'id' is left out: it has 80 different texts in 80 cells, like names or IDs.",
        "Column 'same' is left out: it has the same value in every row, 1.",
    ]


def test_the_warning_points_at_the_line_that_called_fit(table, labels):
    with pytest.warns(UserWarning, match="'same' is left out") as caught:
        TabularClassifier(max_iter=1).fit({**table, "same": [1] * 80}, labels)
    assert caught[0].filename == __file__


def test_same_seed_same_bits_another_seed_others(table, labels):
    p = [fit(table, labels, random_state=seed).predict_proba(table) for seed in (3, 3, 4)]
    assert np.array_equal(p[0], p[1])
    assert not np.array_equal(p[0], p[2])


def test_settings_are_checked_at_fit(table, labels):
    with pytest.raises(SettingError, match="'max_iter' parameter of TabularClassifier"):
        fit(table, labels, max_iter=0)


def test_clone_pickle_and_cross_validation(table, labels):
    model = fit(table, labels)
    assert clone(model).get_params() == model.get_params()
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict_proba(table), model.predict_proba(table))
    frame = pd.DataFrame(table)
    assert cross_val_score(clone(model), frame, labels, cv=3, error_score="raise").mean() > 0.75


@pytest.mark.parametrize(
    "method",
    [pytest.param(name) for name in ("predict", "predict_proba", "predict_log_proba")],
)
def test_an_unfitted_estimator_says_so(table, method):
    with pytest.raises(NotFittedError):
        getattr(TabularClassifier(), method)(table)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([None] * 3 + ["a"] * 77, "3 of 80 labels are missing"),
        (np.array(["a", 1] * 40, dtype=object), "labels mix str .* and int"),
        (np.arange(80) / 2, "40 of 80 labels are fractions"),
        (["a"] * 79, r"80 rows, but the labels have shape \(79,\)"),
        (np.zeros((80, 2)), r"80 rows, but the labels have shape \(80, 2\)"),
    ],
    ids=["missing", "mixed", "fractions", "too few", "matrix"],
)
def test_bad_labels_are_named_and_leave_the_model_as_it_was(table, labels, y, words):
    model = fit(table, labels, max_iter=2)
    before = model.predict_proba(table)
    with pytest.raises(DataError, match=words):
        model.fit({"other": range(len(table["size"]))}, y)
    assert np.array_equal(model.predict_proba(table), before)
    assert model.n_features_in_ == 3
