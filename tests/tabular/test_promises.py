"""What readers and users of this estimator have stumbled over, and must not again."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import f1_score

from deltarule import TabularClassifier, load_model
from deltarule.errors import SettingError
from deltarule.tabular import evaluate

RNG = np.random.default_rng(0)
N = 120
Y = np.arange(N) % 2
X = {"size": RNG.normal(size=N) + Y, "noise": RNG.normal(size=N)}


def fit(table=X, y=Y, *given, **settings):
    named = {
        key: settings.pop(key) for key in ("order", "groups", "X_val", "y_val") if key in settings
    }
    model = TabularClassifier(**{"max_iter": 2, "random_state": 0, **settings})
    return model.fit(table, y, *given, **named)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("threshold", np.float64(0.3)),
        ("threshold", np.float32(0.3)),
        ("max_iter", np.int64(2)),
        ("schedule_epochs", np.int64(3)),
        ("time_limit", np.float64(60)),
        ("memory_limit", np.int64(10**9)),
        ("strict", np.True_),
        ("n_threads", np.int32(1)),
    ],
    ids=str,
)
def test_settings_of_numpy_can_be_saved(tmp_path, name, value):
    fit(**{name: value}, checkpoint=tmp_path / "run").save(tmp_path / "model")
    assert load_model(tmp_path / "model").get_params()[name] == value


@pytest.mark.parametrize(
    "scorer", ["roc_auc", "f1_samples", "neg_mean_gamma_deviance", "max_error"]
)
def test_a_scorer_that_no_threshold_changes_is_refused_before_training(scorer, tmp_path):
    with pytest.raises(SettingError, match=f"threshold='{scorer}'"):
        fit(threshold=scorer, checkpoint=tmp_path / "run")
    assert not list((tmp_path / "run").glob("*.deltarule"))


def test_class_weights_do_not_move_the_threshold_from_what_its_scorer_likes_best():
    """They move the probabilities, but f1 is the scorer's own."""
    rare = np.where(X["size"] > 1.3, Y, 0)
    model = fit(X, rare, threshold="f1", class_weight="balanced", max_iter=8)
    p = model.validation_proba_[:, 1].astype(float)
    truth = rare[model.validation_rows_]
    best = max(f1_score(truth, p >= line) for line in p)
    assert f1_score(truth, p >= model.threshold_) >= best - 0.01


def test_a_category_only_of_rows_held_out_is_unknown_and_its_code_is_trained():
    model = fit(X | {"site": np.where(np.arange(N) < 90, "old", "new")}, order=np.arange(N))
    assert set(model.validation_rows_) == set(range(96, 120))
    assert model._encoder.columns[2].categories == ["new", "old"]
    model = fit(X | {"site": np.where(np.arange(N) < 96, "old", "new")}, order=np.arange(N))
    assert model._encoder.columns[2].categories == ["old"]
    with pytest.warns(UserWarning, match="120 of the cells in column 'site'"):
        model.predict(X | {"site": ["new"] * N})


def test_classes_that_are_held_out_whole_are_warned_of():
    with pytest.warns(UserWarning, match="All rows of 1 are held out"):
        fit(order=Y)


def test_rows_of_weight_0_do_not_choose_the_epoch():
    with (
        pytest.warns(UserWarning, match="All rows of 1"),
        pytest.warns(UserWarning, match="all have weight 0"),
    ):
        model = fit(order=Y, class_weight={1: 0.0})
    assert model.validation_scores_ == []


def test_a_stream_is_read_once(tmp_path):
    model = fit()
    stream = pa.table(X).to_reader(max_chunksize=50)
    assert evaluate(model, stream, Y).accuracy == evaluate(model, X, Y).accuracy


def test_names_and_reasons_survive_a_file(tmp_path):
    """Also names like those of an array's columns."""
    frame = pd.DataFrame({"x0": X["size"], "x1": X["noise"], "same": 1.0})
    with pytest.warns(UserWarning, match="'same' is left out"):
        model = fit(frame)
    model.save(tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert again.feature_names_in_.tolist() == ["x0", "x1", "same"]
    assert again.left_out_ == model.left_out_ == {"same": "has the same value in every row, 1"}
    fit(frame[["x0", "x1"]].to_numpy()).save(tmp_path / "array")
    assert not hasattr(load_model(tmp_path / "array"), "feature_names_in_")


def test_an_odd_cell_among_numbers_is_told_of():
    cells = [str(i) for i in range(40)] * 3
    cells[7] = "-"
    with pytest.warns(
        UserWarning, match=r"'odd' is text, though 40 of its 41 .* the others are '-'"
    ):
        model = fit(X | {"odd": cells})
    assert model.column_kinds_["odd"] == "categorical"


def test_dates_in_text_are_dates_where_they_tell_rows_apart():
    """As they are on the command line."""
    dates = pd.date_range("2024-01-01", periods=N).strftime("%Y-%m-%d").tolist()
    assert fit(X | {"when": dates}).column_kinds_["when"] == "datetime"


def test_codes_with_zeros_before_them_are_no_numbers():
    model = fit(X | {"zip": ["007", "008"] * (N // 2)})
    with pytest.warns(UserWarning, match="120 of the cells in column 'zip'"):
        model.predict(X | {"zip": ["7"] * N})


def test_duplicate_rows_do_not_need_memory_for_all_at_once():
    from deltarule.tabular import duplicates

    wide = np.zeros((3, 5000), np.float32)
    assert duplicates.count_duplicates(wide, np.zeros(3, np.int64)) == 2
