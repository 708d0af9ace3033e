"""Fault 35: columns are found by name, in whatever order they come."""

import itertools

import numpy as np
import pyarrow as pa
import pytest

from deltarule import TabularClassifier, load_model
from deltarule.tabular import evaluate

N = 60
RNG = np.random.default_rng(0)
LABEL = np.arange(N) % 2
TABLE = {
    "x": RNG.normal(LABEL),
    "y": RNG.normal(size=N),
    "w": np.array(list("uvw"))[(LABEL + (RNG.random(N) < 0.3)) % 3],
}
ORDERS = list(itertools.permutations(TABLE))


@pytest.fixture(scope="module")
def model():
    return TabularClassifier(max_iter=8, random_state=0).fit(TABLE, LABEL)


@pytest.mark.parametrize("order", ORDERS, ids="".join)
def test_predictions_are_the_same(model, tmp_path, order):
    expected = model.predict_proba(TABLE)
    assert len(np.unique(expected[:, 0])) > 0.7 * N
    shuffled = {name: TABLE[name] for name in order}
    model.save(tmp_path / "model")
    for form in (dict, pa.table):
        assert (model.predict_proba(form(shuffled)) == expected).all()
        assert (load_model(tmp_path / "model").predict_proba(form(shuffled)) == expected).all()
    assert evaluate(model, shuffled, LABEL) is not None
    assert model.score(shuffled, LABEL) == model.score(TABLE, LABEL)


@pytest.mark.parametrize("order", ORDERS, ids="".join)
def test_rows_to_validate_on_are_the_same(order):
    def scores(rows):
        model = TabularClassifier(max_iter=4, metric="log_loss", random_state=0)
        return model.fit(TABLE, LABEL, X_val=rows, y_val=LABEL).validation_scores_

    assert scores({name: TABLE[name] for name in order}) == scores(TABLE)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_of_data_frames(model, library):
    frames = pytest.importorskip(library, reason="it has the frames")
    frame = frames.DataFrame(TABLE)[["w", "y", "x"]]
    assert (model.predict_proba(frame) == model.predict_proba(TABLE)).all()


def test_on_the_command_line(tmp_path, text, train, predict, call):
    rows = [line.split(",") for line in text.splitlines()]
    (tmp_path / "turned.csv").write_text("".join(f"{l},{w},{x}\n" for x, w, l in rows))
    summary, _ = train("table.csv", "--valid", "turned.csv")
    valid = summary["evaluation"]
    summary, _ = train("table.csv", "--valid", "table.csv")
    assert summary["evaluation"] == valid
    p, warned = predict("turned.csv")
    assert (p == predict("table.csv")[0]).all()
    assert not warned
    evaluations = [
        call("evaluate", "model.deltarule", f"{name}.csv", "--json").out
        for name in ("table", "turned")
    ]
    assert evaluations[0] == evaluations[1] != ""
