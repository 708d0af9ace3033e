"""Fault 27: a class with a single row stays in training, with a warning, whatever is held out."""

import numpy as np
import pytest

from deltarule import TabularClassifier

N = 60
X = np.random.default_rng(0).normal(size=N)
LABELS = np.where(np.arange(N) % 2, "a", "b").astype(object)
LONE = N - 1
LABELS[LONE] = "lone"
X[LONE] = 40
TABLE = {"x": X, "order": np.arange(N) * 1.5, "group": np.arange(N) // 4}
HELD_OUT = {
    "nothing said": {},
    "groups": {"groups": "group"},
    "an order where it comes first": {"order": -np.arange(N)},
}


@pytest.mark.parametrize("how", HELD_OUT)
def test_is_trained_on(how):
    model = TabularClassifier(max_iter=32, random_state=0)
    with pytest.warns(UserWarning, match=r"single row.*'lone'.*stay in training"):
        model.fit(TABLE, LABELS.astype(str), **HELD_OUT[how])
    assert len(model.validation_rows_)
    assert LONE not in model.validation_rows_
    far = {name: column[LONE:] for name, column in TABLE.items()}
    assert model.predict(far).tolist() == ["lone"]


def test_is_trained_on_where_it_is_the_latest():
    model = TabularClassifier(max_iter=1, random_state=0)
    with pytest.warns(UserWarning, match="stay in training"):
        model.fit(TABLE, LABELS.astype(str), order="order")
    assert LONE not in model.validation_rows_


@pytest.mark.parametrize("metric", ["error", "log_loss", "roc_auc"])
def test_scores_are_defined(metric):
    model = TabularClassifier(max_iter=2, metric=metric, random_state=0)
    with pytest.warns(UserWarning, match="single row"):
        model.fit(TABLE, LABELS.astype(str))
    assert np.isfinite(model.validation_scores_).all()


def test_where_every_class_has_one_row_nothing_is_held_out(recwarn):
    model = TabularClassifier(max_iter=1).fit({"x": X}, np.arange(N))
    assert len(model.validation_rows_) == 0
    assert not recwarn.list


def test_on_the_command_line(tmp_path, text, train, call):
    (tmp_path / "lone.csv").write_text(text + "40,u,lone\n")
    summary, warned = train("lone.csv", max_iter=24)
    assert summary["evaluation"]["classes"] == ["lone", "no", "yes"]
    (line,) = warned
    assert "single row" in line
    assert "'lone'" in line
    (tmp_path / "far.csv").write_text("x,w\n40,u\n")
    assert call("predict", "model.deltarule", "far.csv").out == '"label"\n"lone"\n'
