"""Fault 26: a table with one class only trains, and predicts it with probability 1."""

import json

import numpy as np
import pytest

from deltarule import TabularClassifier, load_model
from deltarule.tabular import evaluate

N = 40
TABLE = {"x": np.random.default_rng(0).normal(size=N), "w": np.array(["u", "v"] * 20)}


@pytest.mark.parametrize("label", ["only", 7, True], ids=repr)
@pytest.mark.filterwarnings("ignore:The ROC AUC is not defined")
@pytest.mark.parametrize("metric", ["error", "log_loss", "roc_auc"])
def test_is_certain(tmp_path, label, metric):
    fitted = TabularClassifier(max_iter=2, metric=metric, random_state=0).fit(TABLE, [label] * N)
    fitted.save(tmp_path / "model")
    for model in (fitted, load_model(tmp_path / "model")):
        assert model.classes_.tolist() == [label]
        assert model.predict(TABLE).tolist() == [label] * N
        assert (model.predict_proba(TABLE) == np.ones((N, 1))).all()
        assert (model.predict_log_proba(TABLE) == 0).all()
        assert model.score(TABLE, [label] * N) == 1


@pytest.mark.parametrize("options", [{"class_weight": "balanced"}, {"columns": {"w": "ignored"}}])
def test_with_weights_and_without_a_column(options):
    model = TabularClassifier(max_iter=2, **options).fit(TABLE, ["only"] * N)
    assert (model.predict_proba(TABLE) == 1).all()


def test_can_be_evaluated():
    model = TabularClassifier(max_iter=2).fit(TABLE, ["only"] * N)
    found = evaluate(model, TABLE, ["only"] * N)
    assert (found.accuracy, found.log_loss, found.roc_auc) == (1, 0, None)
    assert found.confusion.tolist() == [[N]]


@pytest.fixture
def one_class(tmp_path, text):
    (tmp_path / "one.csv").write_text(text.replace(",yes", ",no"))
    return "one.csv"


def test_on_the_command_line(call, train, predict, one_class):
    summary, _ = train(one_class)
    assert summary["evaluation"]["classes"] == ["no"]
    p, warned = predict(one_class)
    assert (p == np.ones((80, 1))).all()
    assert not warned
    done = call("evaluate", "model.deltarule", one_class, "--json")
    assert json.loads(done.out)["accuracy"] == 1


def test_without_a_word_on_the_command_line(train, one_class):
    assert train(one_class)[1] == []
