"""Fault 36: a column that lacks is a named error; one too many is ignored with a warning."""

import numpy as np
import pyarrow as pa
import pytest

from deltarule import TabularClassifier
from deltarule.errors import DataError
from deltarule.tabular import evaluate

N = 60
LABEL = np.arange(N) % 2
RNG = np.random.default_rng(0)
TABLE = {
    "x": RNG.normal(LABEL),
    "w": np.array(list("uvw"))[(LABEL + (RNG.random(N) < 0.3)) % 3],
    "same": np.ones(N),
}


@pytest.fixture(scope="module")
def model():
    with pytest.warns(UserWarning, match="'same' is left out"):
        return TabularClassifier(max_iter=8, random_state=0).fit(TABLE, LABEL)


def without(*names):
    return {name: column for name, column in TABLE.items() if name not in names}


@pytest.mark.parametrize("lacking", ["x", "w"])
def test_a_column_that_lacks_is_named(model, lacking):
    rows, there = without(lacking), ({"x", "w"} - {lacking}).pop()
    for refused in (
        lambda: model.predict(rows),
        lambda: model.predict_proba(pa.table(rows)),
        lambda: model.score(rows, LABEL),
        lambda: evaluate(model, rows, LABEL),
    ):
        with pytest.raises(DataError, match=f"table lacks '{lacking}'.*It has '{there}'"):
            refused()
    with pytest.raises(DataError, match=rf"\(X_val\).*table lacks '{lacking}'"):
        TabularClassifier(columns={"same": "ignored"}).fit(TABLE, LABEL, X_val=rows, y_val=LABEL)


def test_all_that_lack_are_named(model):
    with pytest.raises(DataError, match="table lacks 'x', 'w'"):
        model.predict(without("x", "w"))


def test_one_that_was_left_out_may_lack(model):
    p = model.predict_proba(without("same"))  # and no warning
    assert (p == model.predict_proba(TABLE)).all()


def test_as_many_columns_of_other_names_are_no_match_by_place(model):
    with pytest.raises(DataError, match="table lacks 'x'"), pytest.warns(UserWarning, match="'X'"):
        model.predict({"X": TABLE["x"], "w": TABLE["w"], "same": TABLE["same"]})


def test_one_too_many_is_ignored_with_a_warning(model):
    extra = {"new": LABEL, "label": np.full(N, np.inf), "third": [[1]] * N}
    with pytest.warns(
        UserWarning, match="Not used.*no such column: 'new', 'label', 'third'"
    ) as got:
        p = model.predict_proba(TABLE | extra)
    assert len(got) == 1
    assert got[0].filename == __file__
    assert (p == model.predict_proba(TABLE)).all()


def test_many_too_many_are_counted(model):
    with pytest.warns(UserWarning, match="'c0'.* and 990 more") as warned:
        model.predict(TABLE | {f"c{i}": LABEL for i in range(1000)})
    assert len(str(warned[0].message)) < 300


@pytest.mark.parametrize("cell", [object(), [1, "a"], 1j], ids=["object", "mixed list", "complex"])
def test_one_too_many_may_hold_what_no_column_can(model, cell):
    with pytest.warns(UserWarning, match="Not used"):
        model.predict(TABLE | {"new": [cell] * N})


@pytest.mark.parametrize("n_columns", [2, 4])
def test_an_array_needs_as_many_as_there_were(model, n_columns):
    with pytest.raises(DataError, match=f"X has {n_columns} features, but .* expecting 3"):
        model.predict(np.zeros((2, n_columns)))


def test_a_column_that_is_asked_for_and_lacks_is_named():
    for settings in ({"columns": {"X": "numeric"}}, {"columns": {"X": "ignored"}}):
        with pytest.raises(DataError, match="no column 'X'"):
            TabularClassifier(**settings).fit(without("same"), LABEL)
    for asked in ({"groups": "X"}, {"order": "X"}):
        with pytest.raises(DataError, match="no column 'X'"):
            TabularClassifier().fit(without("same"), LABEL, **asked)


def test_strict_makes_one_too_many_an_error():
    table = without("same")
    model = TabularClassifier(max_iter=1, strict=True).fit(table, LABEL)
    assert model.predict(table).shape == (N,)
    with pytest.raises(DataError, match=r"no such column: 'new'\..*strict=False"):
        model.predict(table | {"new": LABEL})


def test_strict_on_the_command_line(tmp_path, text, train, table_refused):
    """The target is none too many."""
    train("table.csv")
    (tmp_path / "extra.csv").write_text("".join(f"{line},new\n" for line in text.splitlines()))
    for command in ("predict", "evaluate"):
        assert "'new'" in table_refused(command, "model.deltarule", "extra.csv", "--strict")


def test_missing_on_the_command_line(tmp_path, text, train, table_refused):
    train("table.csv")
    (tmp_path / "lacks.csv").write_text("x,label\n1,no\n")
    (tmp_path / "unlabelled.csv").write_text("x,w\n1,u\n")
    for command, words in (
        (("predict", "model.deltarule", "lacks.csv"), "'w'"),
        (("evaluate", "model.deltarule", "lacks.csv"), "'w'"),
        (("evaluate", "model.deltarule", "unlabelled.csv"), "no column 'label'"),
        (("train", "table.csv", "--valid", "lacks.csv"), "no column 'w'"),
        (("train", "table.csv", "--test", "lacks.csv"), "no column 'w'"),
        (("train", "unlabelled.csv"), "no column 'label'"),
        (("train", "table.csv", "--drop", "q"), "no column 'q'"),
        (("train", "table.csv", "--groups", "q"), "no column 'q'"),
        (("predict", "model.deltarule", "table.csv", "--id", "q"), "no column 'q'"),
    ):
        message = table_refused(*command)
        assert words in message


def test_extra_on_the_command_line(tmp_path, text, train, predict, call):
    train("table.csv")
    header, *rows = text.splitlines()
    lines = [f"new,{header}", *(f"{i},{row}" for i, row in enumerate(rows))]
    (tmp_path / "extra.csv").write_text("\n".join(lines) + "\n")
    p, warned = predict("extra.csv")
    assert (p == predict("table.csv")[0]).all()
    (line,) = warned
    assert line.startswith("deltarule: ")
    assert "'new'" in line
    done = call("evaluate", "model.deltarule", "extra.csv", "--json")
    assert (done.code, done.err.splitlines()) == (0, warned)
