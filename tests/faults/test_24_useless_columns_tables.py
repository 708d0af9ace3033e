"""Fault 24: constant, empty and duplicate columns are left out with a warning; the rest trains."""

import warnings

import numpy as np
import pytest

from deltarule import TabularClassifier
from deltarule.errors import DataError

N = 60
LABEL = np.arange(N) % 2
X = np.random.default_rng(0).normal(LABEL)
KIND = np.array(list("uvw"))[np.arange(N) % 3]
GOOD = {"x": X, "kind": KIND}
SAME = "has the same value in every row"
USELESS = {
    "a number": ([5] * N, f"{SAME}, 5"),
    "a text": (["k"] * N, SAME),
    "a flag": ([True] * N, f"{SAME}, True"),
    "a date": (np.full(N, "2024-01-01", "M8[D]"), "has the same date in every row"),
    "None": ([None] * N, "is empty in every row"),
    "NaN": (np.full(N, np.nan), "is empty in every row"),
    "empty texts": ([""] * N, "is empty in every row"),
    "no dates": (np.full(N, "NaT", "M8[s]"), "is empty in every row"),
    "the same numbers": (X, "says the same as 'x' in every row"),
    "the same in float32's wider brother": (X.astype(np.longdouble), "says the same as 'x'"),
    "the same texts": (KIND.astype(object), "says the same as 'kind' in every row"),
}


def fit(table):
    return TabularClassifier(max_iter=4, random_state=0).fit(table, LABEL)


@pytest.fixture(scope="module")
def expected():
    p = fit(GOOD).predict_proba(GOOD)
    assert len(np.unique(p[:, 0])) == N, "a prediction that is the same for all would show nothing"
    return p


@pytest.mark.parametrize("column", USELESS)
def test_is_left_out_and_changes_nothing(column, expected):
    cells, reason = USELESS[column]
    with pytest.warns(UserWarning, match="left out") as warned:
        model = fit(GOOD | {"useless": cells})
    (said,) = warned
    assert str(said.message).startswith(f"Column 'useless' is left out: it {reason}")
    assert said.filename == __file__
    assert set(model.left_out_) == {"useless"}
    assert (model.predict_proba(GOOD | {"useless": cells}) == expected).all()
    assert (model.predict_proba(GOOD) == expected).all(), "it need not be there"


def test_many_are_counted_rather_than_listed():
    table = GOOD | {f"c{i}": [i] * N for i in range(40)}
    with pytest.warns(UserWarning, match="left out") as warned:
        model = fit(table)
    assert len(warned) <= 6
    assert "34 more" in str(warned.list[-1].message)
    assert len(model.left_out_) == 40


@pytest.mark.parametrize("column", ["a number", "a text", "None", "empty texts"])
def test_where_nothing_else_is_there_it_is_an_error_that_says_why(column):
    cells, reason = USELESS[column]
    with pytest.raises(DataError, match=f"No column is left to learn from.*'only' {reason}"):
        TabularClassifier().fit({"only": cells}, LABEL)


def test_the_advice_of_that_error_helps():
    model = TabularClassifier(columns={"only": "numeric"}, max_iter=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit({"only": [5] * N}, LABEL)


def test_on_the_command_line(tmp_path, text, train, predict, table_refused):
    header, *rows = text.splitlines()
    lines = [f"{header},five,none,again"]
    lines += [f"{row},5,,{row.split(',')[0]}" for row in rows]
    (tmp_path / "useless.csv").write_text("\n".join(lines) + "\n")
    summary, warned = train("useless.csv")
    reasons = {
        "five": f"{SAME}, 5",
        "none": "is empty in every row",
        "again": "says the same as 'x' in every row",
    }
    assert summary["left_out"] == reasons
    assert warned == [
        f"deltarule: Column {name!r} is left out: it {reason}." for name, reason in reasons.items()
    ]
    p, _ = predict("useless.csv")
    train("table.csv")
    assert (p == predict("table.csv")[0]).all()
    (tmp_path / "useless.csv").write_text("a,b,label\n" + "5,,no\n5,,yes\n" * 20)
    message = table_refused("train", "useless.csv")
    assert message.startswith("useless.csv: No column is left to learn from")
    assert f"'a' {SAME}, 5; 'b' is empty in every row" in message
