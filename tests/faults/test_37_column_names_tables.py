"""Fault 37: two columns of one name are an error; empty names and others than text are not."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deltarule import TabularClassifier, load_model
from deltarule.errors import DataError

N = 40
LABEL = np.arange(N) % 2
X = np.random.default_rng(0).normal(np.outer([1, 1], LABEL))
EXPECTED = "has more than one column named 'a'.*Rename them"


def fit(table, **options):
    return TabularClassifier(max_iter=4, random_state=0, **options).fit(table, LABEL)


@pytest.fixture(scope="module")
def model():
    return fit({"a": X[0], "b": X[1]})


@pytest.fixture
def pandas():
    return pytest.importorskip("pandas", reason="its frames can have such names")


def arrow_twice():
    return pa.Table.from_arrays([pa.array(X[0]), pa.array(X[1])], names=["a", "a"])


def test_twice_in_arrow(model):
    for table in (arrow_twice(), arrow_twice().to_batches()[0], arrow_twice().to_reader()):
        with pytest.raises(DataError, match=EXPECTED):
            fit(table)
    for table in (arrow_twice(), arrow_twice().to_batches()[0]):
        with pytest.raises(DataError, match=EXPECTED):
            model.predict(table)


def test_twice_in_pandas(model, pandas):
    for names in (["a", "a"], ["1", 1], [("a", 1), "('a', 1)"]):
        frame = pandas.DataFrame(X.T)
        frame.columns = pandas.Index(names, dtype=object)
        with pytest.raises(DataError, match=r"has more than one column named.*Rename them"):
            fit(frame)
        with pytest.raises(DataError, match=r"has more than one column named.*Rename them"):
            model.predict(frame)
    frame = pandas.DataFrame(np.column_stack([X.T, X.T]), columns=["a", "b", "extra", "extra"])
    with pytest.raises(DataError, match="column named 'extra'"):
        model.predict(frame)


def test_twice_in_a_dict_whose_names_are_no_text():
    with pytest.raises(DataError, match="has more than one column named '1'"):
        fit({1: X[0], "1": X[1]})


NAMES = {
    "empty": ["", "b"],
    "blank": [" ", "  "],
    "ints": [0, 1],
    "floats": [0.5, float("inf")],
    "None": [None, "b"],
    "tuples": [("a", 1), ("a", 2)],
    "bytes": [b"a", b"b"],
    "flags": [True, False],
}


@pytest.mark.parametrize("kind", NAMES)
def test_other_names_are_accepted_and_kept(model, tmp_path, kind):
    table = dict(zip(NAMES[kind], X, strict=True))
    fitted = fit(table)
    fitted.save(tmp_path / "model")
    expected = model.predict_proba({"a": X[0], "b": X[1]})
    backwards = dict(reversed(table.items()))
    for other in (fitted, load_model(tmp_path / "model")):
        assert other.feature_names_in_.tolist() == [str(name) for name in NAMES[kind]]
        assert (other.predict_proba(table) == expected).all()
        assert (other.predict_proba(backwards) == expected).all()
        with pytest.raises(DataError, match="table lacks"):
            other.predict({NAMES[kind][1]: X[1]})


def test_of_pandas_too(model, pandas):
    frames = {kind: pandas.DataFrame(X.T) for kind in ("ints", "dates", "levels")}
    frames["dates"].columns = pandas.date_range("2024-01-01", periods=2)
    frames["levels"].columns = pandas.MultiIndex.from_product([["a"], [1, 2]])
    for frame in frames.values():
        fitted = fit(frame)
        assert fitted.n_features_in_ == 2
        p = fitted.predict_proba(frame.iloc[:, ::-1])
        assert (p == model.predict_proba({"a": X[0], "b": X[1]})).all()


def test_an_empty_name_can_be_named():
    assert fit({"": X[0], "b": X[1]}, columns={"": "ignored"}).column_kinds_ == {"b": "numeric"}
    with pytest.raises(DataError, match="no column ''"):
        fit({"a": X[0]}, columns={"": "ignored"})


def test_twice_on_the_command_line(tmp_path, text, train, table_refused):
    train("table.csv")
    (tmp_path / "twice.csv").write_text(text.replace("x,w,", "x,x,", 1))
    (tmp_path / "nameless.csv").write_text(text.replace("x,w,", ",,", 1))
    (tmp_path / "target.csv").write_text(text.replace("x,w,", "label,w,", 1))
    table = pa.table({"x": X[0], "label": LABEL})
    pq.write_table(table.rename_columns(["label", "label"]), tmp_path / "twice.parquet")
    for name, column in (
        ("twice.csv", "'x'"),
        ("nameless.csv", "''"),
        ("target.csv", "'label'"),
        ("twice.parquet", "'label'"),
    ):
        for command in (
            ("train", name),
            ("train", "table.csv", "--valid", name),
            ("predict", "model.deltarule", name),
            ("evaluate", "model.deltarule", name),
        ):
            message = table_refused(*command)
            assert message.startswith(f"{name} has more than one column named {column}. Rename")


def test_empty_and_numbers_on_the_command_line(tmp_path, text, train, predict):
    (tmp_path / "empty.csv").write_text(text.replace("x,w,", "x,,", 1))
    summary, warned = train("empty.csv")
    assert summary["columns"] == {"x": "numeric", "": "categorical"}
    assert not warned
    p, warned = predict("empty.csv")
    assert not warned
    (tmp_path / "numbers.csv").write_text(text.replace("x,w,label", "1,2,3", 1))
    summary, _ = train("numbers.csv", "--header", target="3")
    assert summary["columns"] == {"1": "numeric", "2": "categorical"}
    assert (predict("numbers.csv", "--header")[0] == p).all()


def test_a_header_of_numbers_that_is_taken_for_a_row_is_asked_about(tmp_path, text, call):
    (tmp_path / "numbers.csv").write_text(text.replace("x,w,label", "1,2,3", 1))
    done = call("train", "numbers.csv", "--target", "3")
    assert done.code == 65
    assert "no column '3'" in done.err
    assert "--header" in done.err
