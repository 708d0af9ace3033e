"""What is saved is what is loaded: bits, predictions, attributes and settings."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from deltarule import MLPClassifier, TabularClassifier, load_model
from deltarule.errors import DataError, SaveError

ROWS = 12
THREE = np.tile([0, 1, 2], 4)
MULTI_LABEL = np.array([[0, 1, 1], [1, 0, 0], [0, 0, 0]] * 4)
LABELS = {
    "two texts": np.array(["no", "yes"])[THREE % 2],
    "three texts": np.array(["no", "yes", "perhaps"])[THREE],
    "texts as objects": np.array(["no", "yes", "perhaps"], dtype=object)[THREE],
    "int64": np.array([-(2**63), 0, 2**63 - 1])[THREE],
    "int8": np.array([-128, 0, 127], dtype=np.int8)[THREE],
    "uint8": np.array([0, 1, 255], dtype=np.uint8)[THREE],
    "uint64": np.array([0, 1, 2**64 - 1], dtype=np.uint64)[THREE],
    "bool": np.array([False, True])[THREE % 2],
    "float64": np.array([-1.0, 0.0, 2.0**60])[THREE],
    "float32": np.array([-1.0, 0.0, 2.0**60], dtype=np.float32)[THREE],
    "one class": np.full(ROWS, "always"),
    "multi-label": MULTI_LABEL,
    "unicode": np.array(["naïve", "Ωmega", "日本語"])[THREE],
    "emoji": np.array(["🦊", "👩‍👩‍👧", "🏳️‍🌈"])[THREE],
    "newlines and quotes": np.array(["a\nb\r\n", '"a",\\"b\\"', "\t'\x00 \x1b[31m"])[THREE],
    "markup": np.array(["<b>", '{"checksum":"', "[red]"])[THREE],
    "10 kB": np.array(["x" * 10_000 + "1", "x" * 10_000 + "2", "é" * 10_000])[THREE],
    "empty text": np.array(["", " ", "  "])[THREE],
}


NOT_KEPT = ("left_out_", "validation_rows_", "window_")


def attributes(model):
    """Return what fit has set, except what describes the training table alone."""
    fitted = {name: value for name, value in vars(model).items() if name.endswith("_")}
    fitted |= fitted.pop("history_", {})
    fitted.pop("seconds", None)  # which would make another file of each fit
    return {k: v for k, v in fitted.items() if k not in NOT_KEPT}


def assert_same(again, model, X):
    """Equal in every bit, in every attribute and setting, and of the same types."""
    assert type(again) is type(model)
    assert again.get_params() == model.get_params()
    mine, theirs = attributes(model), attributes(again)
    assert mine.keys() == theirs.keys()
    for name, value in mine.items():
        np.testing.assert_array_equal(theirs[name], value, strict=True, err_msg=name)
    p, log_p, labels = model.predict_proba(X), model.predict_log_proba(X), model.predict(X)
    assert again.predict_proba(X).tobytes() == p.tobytes()
    assert again.predict_log_proba(X).tobytes() == log_p.tobytes()
    np.testing.assert_array_equal(again.predict(X), labels, strict=True)
    for before, after in zip(networks(model), networks(again), strict=True):
        assert (after.dtype, after.theta.tobytes()) == (before.dtype, before.theta.tobytes())


def networks(model):
    return model._parameters if isinstance(model._parameters, list) else [model._parameters]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("labels", LABELS)
def test_an_array_model_comes_back_whole(labels, dtype, quick, X, reload):
    X = X.astype(dtype)
    model = quick().fit(X, LABELS[labels])
    assert_same(reload(model), model, X)


@pytest.mark.parametrize("labels", [name for name in LABELS if LABELS[name].ndim == 1])
def test_a_table_model_comes_back_whole(labels, table, reload):
    model = TabularClassifier(max_iter=1, random_state=0).fit(table, LABELS[labels])
    assert_same(reload(model), model, table)


def test_labels_of_another_byte_order_come_back_in_the_machines_own(quick, X, reload):
    model = quick().fit(X, np.array([1, 2, 300], dtype=">i4")[THREE])
    labels = reload(model).predict(X)
    assert labels.dtype == np.dtype("=i4")
    np.testing.assert_array_equal(labels, model.predict(X))


@pytest.mark.parametrize("values", [[1, 2, 3], [False, True, True], [1.0, 2.0, 3.0]])
def test_labels_as_objects_come_back_whole(values, table, reload):
    """What a column of pandas often is: Python's own ints, booleans or floats."""
    model = TabularClassifier(max_iter=1, random_state=0)
    model.fit(table, np.array(values, dtype=object)[THREE])
    again = reload(model)
    assert again.classes_.tolist() == model.classes_.tolist()
    assert list(map(type, again.classes_.tolist())) == list(map(type, model.classes_.tolist()))
    assert again.predict(table).tolist() == model.predict(table).tolist()


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden_layer_sizes": ()},
        {"hidden_layer_sizes": 7, "activation": "tanh", "solver": "sgd", "momentum": 0},
        {"hidden_layer_sizes": (3, 2, 4), "activation": "logistic", "learning_rate": "adaptive"},
        {"n_iter_no_change": np.inf, "max_iter": 2},
        {"early_stopping": True, "validation_fraction": 0.25, "alpha": 1, "epsilon": 1e-300},
        {"random_state": None, "verbose": 0, "shuffle": False},
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:Got `batch_size`")
def test_settings_come_back_as_they_were(settings, quick, X, reload):
    model = quick(**settings).fit(X, THREE)
    assert_same(reload(model), model, X)


def test_settings_of_numpys_types_come_back_as_pythons(quick, X, reload):
    model = quick(hidden_layer_sizes=np.array([3, 2]), alpha=np.float32(0.5), shuffle=np.True_)
    got = reload(model.fit(X, THREE)).get_params()
    assert (got["hidden_layer_sizes"], got["alpha"], got["shuffle"]) == ((3, 2), 0.5, True)


def test_a_random_generator_comes_back_as_none(quick, X, reload):
    model = quick(random_state=np.random.RandomState(0)).fit(X, THREE)
    assert reload(model).get_params()["random_state"] is None


NAMES = ["length", "日本語 🦊", '"quoted", \\ and\nbroken', "x" * 10_000, "", "__metadata__", "1.W"]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
def test_column_names_come_back(name, quick, X, table, reload):
    frame = pd.DataFrame(X, columns=["other", name])
    model = quick().fit(frame, THREE)
    assert_same(reload(model), model, frame)
    columns = {**table, name: np.arange(ROWS) % 5}
    model = TabularClassifier(max_iter=1, random_state=0).fit(columns, THREE)
    assert_same(reload(model), model, columns)


def test_the_name_of_the_target_comes_back(table_model, tmp_path):
    for target in (None, "kind 🦊\n"):
        table_model.save(tmp_path / "model.deltarule", target=target)
        assert load_model(tmp_path / "model.deltarule").target_ == target


thorough = settings(max_examples=60, derandomize=True, database=None)


@thorough
@given(labels=st.lists(st.text(), min_size=3, max_size=3, unique=True))
def test_any_text_is_a_label(labels, quick, X, tmp_path_factory):
    path = tmp_path_factory.mktemp("labels") / "model.deltarule"
    model = quick().fit(X, np.array(labels, dtype=object)[THREE])
    model.save(path)
    assert_same(load_model(path), model, X)


@thorough
@given(
    names=st.lists(st.text(), min_size=2, max_size=2, unique=True),
    category=st.text(min_size=1),
)
def test_any_text_is_a_column_or_a_category(names, category, X, tmp_path_factory):
    path = tmp_path_factory.mktemp("names") / "model.deltarule"
    table = {names[0]: X[:, 0].tolist(), names[1]: [category, category + "2", None] * 4}
    model = TabularClassifier(max_iter=1, random_state=0).fit(table, THREE)
    model.save(path)
    assert_same(load_model(path), model, table)


def test_a_file_of_any_size_of_header_loads(quick, X, reload):
    """One label grows byte by byte, and with it everything that depends on the header's length."""
    for length in range(1, 300):
        labels = np.array(["a" * length, "b", "c"], dtype=object)
        assert reload(quick().fit(X, labels[THREE])).classes_[0] == "a" * length


@pytest.mark.parametrize("kind", ["array_model", "table_model"])
def test_saving_twice_gives_the_same_bytes(kind, request, tmp_path):
    """Also after a round trip: nothing is lost or added on the way."""
    model = request.getfixturevalue(kind)
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    model.save(first)
    model.save(second)
    load_model(first).save(third)
    assert first.read_bytes() == second.read_bytes() == third.read_bytes()


def test_plain_safetensors_opens_the_file(array_model, tmp_path):
    array_model.save(tmp_path / "model.deltarule")
    arrays = load_file(tmp_path / "model.deltarule")
    assert sorted(arrays) == ["1.W", "1.b", "2.W", "2.b"]
    for k in (1, 2):
        np.testing.assert_array_equal(arrays[f"{k}.W"], array_model.coefs_[k - 1].T, strict=True)
        np.testing.assert_array_equal(arrays[f"{k}.b"][:, 0], array_model.intercepts_[k - 1])


def test_a_loaded_model_can_be_fitted_again(array_model, quick, X, reload):
    again = reload(array_model).fit(X, THREE)
    fresh = quick().fit(X, THREE)
    np.testing.assert_array_equal(again.predict_proba(X), fresh.predict_proba(X))
    assert isinstance(again, MLPClassifier)


def objects(*values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


REFUSED = {
    "tuples": objects((1,), (2,), (3,)),
    "dates": objects(*(datetime.date(2024, 1, day) for day in (1, 2, 3))),
}


@pytest.mark.parametrize("labels", REFUSED)
def test_labels_that_could_not_be_saved_are_refused_before_training(labels, table):
    with pytest.raises(DataError, match="only whole numbers, text and booleans can be labels"):
        TabularClassifier(max_iter=1).fit(table, REFUSED[labels][THREE])


def test_labels_that_cannot_be_saved_leave_the_old_file(table, table_model, tmp_path):
    path = tmp_path / "model.deltarule"
    table_model.save(path)
    old = path.read_bytes()
    labels = objects("half a character: \ud800", "b", "c")[THREE]
    model = TabularClassifier(max_iter=1, random_state=0).fit(table, labels)
    with pytest.raises(SaveError, match=str(path)):
        model.save(path)
    assert path.read_bytes() == old
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_name_that_cannot_be_saved_leaves_the_old_file(table_model, tmp_path):
    path = tmp_path / "model.deltarule"
    table_model.save(path)
    old = path.read_bytes()
    with pytest.raises(SaveError, match=str(path)):
        table_model.save(path, target="half a character: \ud800")
    assert path.read_bytes() == old
