"""Fault 33: a category that training never saw has a code that is trained, and is counted."""

import warnings

import numpy as np
import pytest

from deltarule import TabularClassifier
from deltarule.data import Masking
from deltarule.errors import DataError

N = 600
NOISE = np.random.default_rng(1).normal(size=N)


def fit(kind, labels, seed=0):
    model = TabularClassifier(
        preset="td-s", calibrate=False, max_iter=16, metric="log_loss", random_state=seed
    )
    return model.fit({"kind": kind, "noise": NOISE[: len(kind)]}, labels)


def of_kinds(model, *kinds):
    """Return the second class's probability of rows of these kinds."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*never saw")
        p = model.predict_proba({"kind": kinds, "noise": [0.0] * len(kinds)})
    return p[:, 1]


@pytest.fixture
def untrained(monkeypatch):
    """Switch the masking off: the code of the unknown keeps its first weights."""

    def fit_without(*arguments):
        with monkeypatch.context() as patch:
            patch.setattr(Masking, "apply", lambda *_: None)
            return fit(*arguments)

    return fit_without


def weights_of_unknown(forge, model, path):
    """Return the first layer's weights of the last place of the column, from the model's file."""
    model.save(path)
    return forge(path.read_bytes()).array("2.W")[:, model.spans()["kind"].stop - 1]


def test_its_weights_have_moved(forge, untrained, tmp_path):
    kind = np.array(["a", "b"])[np.arange(200) % 2]
    model, still = (f(kind, np.arange(200) % 2) for f in (fit, untrained))
    moved = weights_of_unknown(forge, model, tmp_path / "model")
    first = weights_of_unknown(forge, still, tmp_path / "still")
    assert moved.shape == first.shape == (256,)
    assert (moved != first).all()


@pytest.mark.parametrize("seed", range(3))
def test_lies_between_the_known_where_the_category_decides(seed):
    labels = np.arange(400) % 2
    kind = np.array(["a", "b"])[labels ^ (np.random.default_rng(0).random(400) < 0.1)]
    a, b, unknown = of_kinds(fit(kind, labels, seed), "a", "b", "new")
    assert a + 0.1 < unknown < b - 0.1


def test_tells_more_than_an_untrained_code(untrained):
    """Of kinds that are mostly of one class, an unknown one is likely to be of that class too."""
    rng = np.random.default_rng(0)
    kind = np.where(rng.random(N) < 0.85, "b", "a")
    labels = (rng.random(N) < np.where(kind == "b", 0.95, 0.05)).astype(int)

    def log_loss(fit):
        p = np.array([of_kinds(fit(kind, labels, seed), "new")[0] for seed in range(6)])
        share = labels.mean()
        return float(-(share * np.log(p) + (1 - share) * np.log(1 - p)).mean())

    assert log_loss(fit) < log_loss(untrained) - 0.1


def test_is_counted_by_column():
    table = {"one": list("ab") * 20, "two": list("xyzx") * 10}
    model = TabularClassifier(max_iter=1).fit(table, np.arange(40) % 2)
    with pytest.warns(UserWarning, match="never saw") as warned:
        model.predict({"one": ["a", "A", "c", None], "two": ["x", "y", "z", "q"]})
    counts = {str(warning.message) for warning in warned}
    expected = "of the cells in column '{}' hold a category that training never saw"
    assert len(counts) == 2
    assert any(said.startswith("2 " + expected.format("one")) for said in counts)
    assert any(said.startswith("1 " + expected.format("two")) for said in counts)
    assert {warning.filename for warning in warned} == {__file__}


def test_all_unknown_ones_are_alike_and_the_known_ones_are_not():
    kinds = np.arange(300) % 3
    model = fit(np.array(list("abc"))[kinds], (kinds + (np.arange(300) % 10 == 0)) % 3 > 0)
    p = of_kinds(model, "new", "newer", "a ", "A", "a", "b")
    assert len(set(p[:4])) == 1
    assert len(set(p)) == 3


def test_also_in_rows_to_validate_on():
    kind, labels = np.array(list("ab") * 40), np.arange(80) % 2
    theirs = {"kind": np.array(["a", "new"] * 40), "noise": NOISE[:80]}
    model = TabularClassifier(max_iter=2, random_state=0)
    table = {"kind": kind, "noise": NOISE[:80]}
    model.fit(table, labels, X_val=theirs, y_val=labels)
    assert np.isfinite(model.validation_scores_).all()


def test_strict_makes_it_an_error():
    table = {"kind": list("ab") * 20, "noise": NOISE[:40]}
    model = TabularClassifier(max_iter=1, strict=True).fit(table, np.arange(40) % 2)
    assert model.predict(table).shape == (40,)
    with pytest.raises(DataError, match=r"1 of the cells in column 'kind' hold.*strict=False"):
        model.predict({"kind": ["a", "c"], "noise": [0, 0]})


def test_strict_on_the_command_line(tmp_path, text, train, table_refused):
    train("table.csv")
    (tmp_path / "new.csv").write_text(text + "1,q,no\n")
    for command in ("predict", "evaluate"):
        message = table_refused(command, "model.deltarule", "new.csv", "--strict")
        assert "new.csv" in message
        assert "1 of the cells in column 'w' hold a category that training never saw" in message


def test_on_the_command_line(tmp_path, text, train, predict, call):
    train("table.csv")
    (tmp_path / "new.csv").write_text("x,w,label\n0.5,u,no\n0.5,q,no\n0.5,new,yes\n0.5,Q,yes\n")
    p, said = predict("new.csv")
    (line,) = said
    assert line == (
        "deltarule: 3 of the cells in column 'w' hold a category that training never saw; they "
        "count as unknown."
    )
    assert (p[1:] == p[1]).all()
    done = call("evaluate", "model.deltarule", "new.csv", "--json")
    assert (done.code, done.err.splitlines()) == (0, said)
