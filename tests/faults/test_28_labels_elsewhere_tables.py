"""Fault 28: a label that validation lacks leaves every metric defined; a new one is an error."""

import json
import math

import numpy as np
import pytest

from deltarule import TabularClassifier, load_model
from deltarule.errors import DataError
from deltarule.tabular import evaluate

N = 60
RNG = np.random.default_rng(0)
Y = np.arange(N) % 3
NAMES = np.array(["a", "b", "c"])
TABLE = {"x": RNG.normal(Y), "z": RNG.normal(size=N)}


def part(rows):
    return {name: column[rows] for name, column in TABLE.items()}


@pytest.mark.parametrize("metric", ["error", "log_loss", "roc_auc"])
@pytest.mark.parametrize("labels", [Y, NAMES[Y]], ids=["ints", "texts"])
def test_a_label_that_lacks_leaves_the_metric_defined(metric, labels):
    model = TabularClassifier(max_iter=4, metric=metric, random_state=0)
    rows = Y < 2
    model.fit(TABLE, labels, X_val=part(rows), y_val=labels[rows])
    assert np.isfinite(model.validation_scores_).all()
    assert np.isfinite(model.history_["validation_loss"]).all()
    assert 1 <= model.best_epoch_ <= 4


def test_also_where_the_latest_rows_lack_it():
    model = TabularClassifier(max_iter=2, metric="roc_auc", random_state=0)
    model.fit(TABLE, Y, order=np.where(Y == 2, 0, np.arange(N) + 1))
    assert 2 not in Y[model.validation_rows_]
    assert np.isfinite(model.validation_scores_).all()


@pytest.mark.parametrize("metric", ["error", "log_loss"])
def test_one_label_in_validation_is_enough_where_the_metric_can_tell(metric):
    model = TabularClassifier(max_iter=2, metric=metric, random_state=0)
    rows = Y == 1
    model.fit(TABLE, Y, X_val=part(rows), y_val=Y[rows])
    assert np.isfinite(model.validation_scores_).all()


def test_one_label_in_validation_has_no_roc_auc_and_that_is_said(tmp_path):
    model = TabularClassifier(max_iter=2, metric="roc_auc", random_state=0)
    rows = Y == 1
    with pytest.warns(UserWarning, match="ROC AUC is not defined on the 20 rows to validate on"):
        model.fit(TABLE, Y, X_val=part(rows), y_val=Y[rows])
    model.save(tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert (again.predict_proba(TABLE) == model.predict_proba(TABLE)).all()
    assert np.isfinite(model.predict_proba(TABLE)).all()


def test_a_label_that_lacks_where_one_evaluates():
    model = TabularClassifier(max_iter=4, random_state=0).fit(TABLE, NAMES[Y])
    rows = Y < 2
    found = evaluate(model, part(rows), NAMES[Y[rows]])
    assert found.support.tolist() == [20, 20, 0]
    assert math.isfinite(found.log_loss)
    assert 0 <= found.roc_auc <= 1
    assert (found.precision[2], found.recall[2], found.f1[2]) == (0, 0, 0)
    assert evaluate(model, part(Y == 0), NAMES[Y[Y == 0]]).roc_auc is None


@pytest.mark.parametrize(
    ("labels", "new", "known"),
    [(Y, 9, "0, 1, 2"), (NAMES[Y], "new", "'a', 'b', 'c'"), (Y / 1.0, 0.0 - 4, "0.0, 1.0, 2.0")],
    ids=["ints", "texts", "floats"],
)
def test_a_new_label_is_named(labels, new, known):
    theirs = labels.astype(object)
    theirs[[3, 5]] = new
    theirs = np.array(theirs.tolist())
    message = rf"The label {new!r} is not among the labels .*, which are {known}\. Drop those rows"
    with pytest.raises(DataError, match=rf"\(X_val\): {message}"):
        TabularClassifier().fit(TABLE, labels, X_val=TABLE, y_val=theirs)
    model = TabularClassifier(max_iter=1).fit(TABLE, labels)
    with pytest.raises(DataError, match=f"^{message}"):
        evaluate(model, TABLE, theirs)


def test_a_new_label_on_the_command_line(tmp_path, text, table_refused, model_of_text):
    (tmp_path / "new.csv").write_text(text + "1,u,maybe\n")
    for command in (
        ("train", "table.csv", "--valid", "new.csv"),
        ("train", "table.csv", "--test", "new.csv"),
        ("evaluate", model_of_text, "new.csv"),
    ):
        message = table_refused(*command)
        assert message.startswith("new.csv: The label 'maybe' is not among the labels")
        assert "'no', 'yes'" in message


@pytest.mark.parametrize("metric", ["error", "log_loss", "roc_auc"])
def test_a_label_that_lacks_on_the_command_line(tmp_path, text, train, call, metric):
    (tmp_path / "three.csv").write_text(text + "1,u,maybe\n2,u,maybe\n3,v,maybe\n4,w,maybe\n")
    options = ("--metric", metric, "--valid", "table.csv", "--test", "table.csv")
    summary, warned = train("three.csv", *options)
    assert summary["evaluation"]["support"] == [0, 40, 40]
    assert summary["best_epoch"] >= 1
    assert not warned
    done = call("evaluate", "model.deltarule", "table.csv", "--json")
    assert json.loads(done.out)["classes"] == ["maybe", "no", "yes"]
