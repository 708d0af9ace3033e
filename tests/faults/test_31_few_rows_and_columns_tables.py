"""Fault 31: no rows, one row, no columns, one column."""

import warnings

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_matrix

from deltarule import TabularClassifier
from deltarule.errors import DataError
from deltarule.tabular import evaluate

N = 40
RNG = np.random.default_rng(0)
Y = np.arange(N) % 2
TABLE = {"x": RNG.normal(Y), "w": np.array(list("uv") * 20)}
NOTHING = {
    "lists": {"x": [], "w": []},
    "arrays": {name: column[:0] for name, column in TABLE.items()},
    "Arrow": pa.table({"x": pa.array([], pa.int8()), "w": pa.nulls(0)}),
    "Arrow without chunks": pa.schema([("x", pa.float64()), ("w", pa.string())]).empty_table(),
}


@pytest.mark.parametrize("form", NOTHING)
def test_no_rows_to_train_on_are_a_named_error(form):
    with pytest.raises(DataError, match="the table has no rows"):
        TabularClassifier().fit(NOTHING[form], [])
    with pytest.raises(DataError, match=r"\(X_val\).*the table has no rows"):
        TabularClassifier().fit(TABLE, Y, X_val=NOTHING[form], y_val=[])


@pytest.mark.parametrize("form", NOTHING)
@pytest.mark.parametrize("n_classes", [1, 2, 3])
def test_no_rows_to_predict_are_no_predictions(form, n_classes):
    y = np.array(list("abc"))[np.arange(N) % n_classes]
    model = TabularClassifier(max_iter=1).fit(TABLE, y)
    assert model.predict(NOTHING[form]).shape == (0,)
    assert model.predict(NOTHING[form]).dtype == y.dtype
    assert model.predict_proba(NOTHING[form]).shape == (0, n_classes)
    assert model.predict_log_proba(NOTHING[form]).shape == (0, n_classes)
    with pytest.raises(DataError, match="the table has no rows"):
        evaluate(model, NOTHING[form], [])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_no_rows_of_a_data_frame(library):
    frames = pytest.importorskip(library, reason="it has the frames")
    model = TabularClassifier(max_iter=1).fit(frames.DataFrame(TABLE), Y)
    nothing = frames.DataFrame(TABLE)[:0]
    assert model.predict(nothing).shape == (0,)
    assert model.predict_proba(nothing).shape == (0, 2)


@pytest.mark.parametrize("form", [np.asarray, csr_matrix])
def test_no_rows_of_an_array(form):
    X = RNG.normal(size=(N, 3))
    model = TabularClassifier(max_iter=1).fit(form(X), Y)
    assert model.predict_proba(form(X[:0])).shape == (0, 2)
    with pytest.raises(DataError, match="the table has no rows"):
        TabularClassifier().fit(form(X[:0]), Y[:0])


def test_one_row_to_predict_is_the_row_that_it_is_among_others():
    model = TabularClassifier(max_iter=8, random_state=0).fit(TABLE, Y)
    together = model.predict_proba(TABLE)
    alone = [
        model.predict_proba({name: column[i : i + 1] for name, column in TABLE.items()})[0]
        for i in range(N)
    ]
    assert (np.array(alone) == together).all()


def test_one_row_to_train_on_has_nothing_to_tell():
    """In one row each column is constant."""
    with pytest.raises(DataError, match=r"No column is left to learn from \(n_samples=1\)"):
        TabularClassifier().fit({"x": [1.0], "w": ["u"]}, ["only"])


@pytest.mark.parametrize("n_rows", [2, 3, 4, 5])
def test_a_few_rows_train(n_rows):
    few = {name: column[:n_rows] for name, column in TABLE.items()}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*single row")
        model = TabularClassifier(max_iter=2, random_state=0).fit(few, Y[:n_rows])
    assert model.predict_proba(few).shape == (n_rows, 2)
    assert np.isfinite(model.predict_proba(few)).all()


@pytest.mark.parametrize(
    "table",
    [{}, np.zeros((N, 0)), pa.table({}), csr_matrix((N, 0))],
    ids=lambda t: type(t).__name__,
)
def test_no_columns_are_a_named_error(table):
    with pytest.raises(DataError, match=r"0 feature\(s\).*minimum of 1"):
        TabularClassifier().fit(table, Y)


@pytest.mark.parametrize("name", TABLE)
def test_one_column(name):
    y = Y if name == "w" else (TABLE["x"] > 0.5).astype(int)
    model = TabularClassifier(max_iter=32, random_state=0).fit({name: TABLE[name]}, y)
    assert model.score({name: TABLE[name]}, y) > 0.95


def test_on_the_command_line(tmp_path, text, table_refused, train, predict, call):
    train("table.csv")
    header, first = text.splitlines()[:2]
    (tmp_path / "header.csv").write_text(f"{header}\n")
    (tmp_path / "one.csv").write_text(f"{header}\n{first}\n")
    (tmp_path / "nothing.csv").write_text("")
    (tmp_path / "label.csv").write_text("label\nno\nyes\n")
    p, warned = predict("header.csv")
    assert p.shape == (0, 2)
    assert not warned
    done = call("predict", "model.deltarule", "header.csv", "--id", "x,label")
    assert (done.code, done.out) == (0, '"x","label","predicted label"\n')
    assert (predict("one.csv")[0] == predict("table.csv")[0][:1]).all()
    for command, words in (
        (
            ("train", "header.csv"),
            "header.csv: Found array with 0 sample(s): the table has no rows",
        ),
        (("train", "table.csv", "--valid", "header.csv"), "header.csv has no rows"),
        (("train", "table.csv", "--test", "header.csv"), "header.csv has no rows"),
        (("evaluate", "model.deltarule", "header.csv"), "the table has no rows"),
        (("train", "one.csv"), "one.csv: No column is left to learn from (n_samples=1)"),
        (("train", "label.csv"), "label.csv: The table has 0 feature(s)"),
        (("train", "nothing.csv"), "nothing.csv is empty"),
        (("predict", "model.deltarule", "nothing.csv"), "nothing.csv is empty"),
        (("evaluate", "model.deltarule", "nothing.csv"), "nothing.csv is empty"),
    ):
        assert words in table_refused(*command)
