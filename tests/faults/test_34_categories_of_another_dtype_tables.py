"""Fault 34: cells are compared by what they say; text where numbers belong is a named error."""

import json
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from deltarule import TabularClassifier
from deltarule.errors import DataError

N = 60
LABEL = np.arange(N) % 2
X = np.random.default_rng(0).normal(LABEL)
CODES = np.array(["1", "2", "3"])[(LABEL + (np.arange(N) % 5 == 0)) % 3]
THREE = {
    "text": ["1", "2", "3"],
    "ints": [1, 2, 3],
    "floats": [1.0, 2.0, 3.0],
    "int8": np.array([1, 2, 3], np.int8),
    "uint64": np.array([1, 2, 3], np.uint64),
    "float16": np.array([1, 2, 3], np.float16),
    "big-endian": np.array([1, 2, 3], ">i4"),
    "decimals": [Decimal("1.0"), Decimal(2), Decimal("3.00")],
    "dictionary of ints": pa.array([1, 2, 3]).dictionary_encode(),
    "dictionary of texts": pa.array(["1", "2", "3"]).dictionary_encode(),
}


def fit(codes, **columns):
    model = TabularClassifier(max_iter=8, random_state=0, columns={"code": "categorical"} | columns)
    return model.fit({"code": codes, "x": X}, LABEL)


@pytest.fixture(scope="module")
def model():
    return fit(CODES)


@pytest.mark.parametrize("form", THREE)
def test_three_is_three(model, form):
    rows = {"x": [0.0] * 3}
    expected = model.predict_proba(rows | {"code": ["1", "2", "3"]})
    assert len(np.unique(expected[:, 0])) == 3
    assert (model.predict_proba(rows | {"code": THREE[form]}) == expected).all()  # and no warning


@pytest.mark.parametrize("form", [int, float, np.int8, Decimal])
def test_whichever_of_them_it_was_trained_on(model, form):
    other = fit([form(code) for code in CODES.tolist()])
    rows = {"x": X, "code": CODES}
    assert (other.predict_proba(rows) == model.predict_proba(rows)).all()


def test_other_numbers_flags_and_dates_too():
    for known, said in (
        ([1.5, -2.25], ["1.5", "-2.25"]),
        ([True, False], ["true", "false"]),
        ([date(2024, 12, 31), date(2025, 1, 1)], ["2024-12-31", "2025-01-01"]),
    ):
        model = fit([known[k] for k in LABEL])
        p = model.predict_proba({"x": [0.0, 0.0], "code": known})
        assert p[0, 0] != p[1, 0]
        assert (model.predict_proba({"x": [0.0, 0.0], "code": said}) == p).all()


@pytest.mark.parametrize("code", ["3.0", "3.", "3.00"])
def test_text_of_a_number_is_that_number(model, code):
    p = model.predict_proba({"x": [0.0], "code": [code]})
    assert (p == model.predict_proba({"x": [0.0], "code": ["3"]})).all()


@pytest.mark.parametrize("code", ["03", "+3", "3e0", "1_0"])
def test_codes_that_only_look_like_numbers_are_none(model, code):
    with pytest.warns(UserWarning, match="1 of the cells in column 'code'"):
        model.predict_proba({"x": [0.0], "code": [code]})


def test_where_training_tells_them_apart_they_are_apart():
    model = fit([("03", "3", "3.0")[code] for code in (LABEL + (np.arange(N) % 5 == 0)) % 3])
    rows = {"x": [0.0] * 3}
    p = model.predict_proba(rows | {"code": ["03", "3", "3.0"]})
    assert len(np.unique(p[:, 0])) == 3
    assert (model.predict_proba(rows | {"code": [3, 3, 3]})[:, 0] == p[1, 0]).all()


@pytest.mark.parametrize(
    ("known", "other"), [("9007199254740993", "9007199254740992"), ("1000", "1_000")]
)
def test_numbers_that_differ_are_not_the_same(known, other):
    model = fit([("7", known)[code] for code in LABEL])
    with pytest.warns(UserWarning, match="1 of the cells in column 'code' hold a category"):
        model.predict({"x": [0.0], "code": [other]})


@pytest.mark.parametrize(
    "code", ["three", " 3", "3e0", "3a", "3.0.0", "1,0", 30, 3.5, False, "nan"]
)
def test_what_says_something_else_is_unknown(model, code):
    with pytest.warns(UserWarning, match="1 of the cells in column 'code' hold a category"):
        model.predict({"x": [0.0], "code": [code]})


@pytest.mark.parametrize("number", ["0.5", " 0.5 ", "5e-1", Decimal("0.50"), np.float16(0.5)])
def test_text_that_is_a_number_is_that_number(model, number):
    p = model.predict_proba({"x": [number], "code": ["1"]})
    assert (p == model.predict_proba({"x": [0.5], "code": ["1"]})).all()


WRONG = {
    "text": (["0.5", "many"], "row 2: 'many' is no number"),
    "another decimal mark": (["0.5", "0,5"], "row 2: '0,5' is no number"),
    "hexadecimal": (["0.5", "0x1F"], "row 2: '0x1F' is no number"),
    "long text": (["0.5", "m" * 999], "row 2: 'm+\\.\\.\\.' is no number"),
    "a word": (["n/a", "many"], "row 1: 'n/a' is no number"),
    "dates": ([date(2024, 1, 1)] * 2, r"row 1: date32\[day\] where numbers belong"),
    "bytes": ([b"1", b"2"], "row 1: binary where numbers belong"),
    "lists": ([[1], [2]], "row 1: list<.*> where numbers belong"),
    "objects": ([{"a": 1}] * 2, "row 1: struct<.*> where numbers belong"),
    "several": ([1, "a"], r"mixes int and str \(1 and 'a'\)"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_in_a_column_of_numbers_all_else_is_a_named_error(model, wrong):
    cells, words = WRONG[wrong]
    with pytest.raises(DataError, match=rf"Column 'x',? {words}"):
        model.predict({"x": cells, "code": ["1", "2"]})
    with pytest.raises(DataError, match=rf"\(X_val\): Column 'x',? {words}"):
        TabularClassifier().fit(
            {"x": X, "code": CODES}, LABEL, X_val={"x": cells, "code": ["1", "2"]}, y_val=[0, 1]
        )
    with pytest.raises(DataError, match=rf"Column 'x',? {words}"):
        TabularClassifier(columns={"x": "numeric"}).fit({"x": cells}, [0, 1])


def test_in_columns_of_flags_and_dates_too():
    table = {"flag": LABEL > 0, "date": np.datetime64("2024-01-01") + np.arange(N) ** 2}
    model = TabularClassifier(max_iter=1).fit(table, LABEL)
    row = {"flag": [True], "date": ["2024-02-29"]}
    assert model.predict(row).shape == (1,)
    for wrong, message in (
        ({"flag": ["maybe"]}, "Column 'flag', row 1: 'maybe' is"),
        ({"flag": [2]}, "Column 'flag', row 1: '2' is neither true nor false"),
        ({"date": ["soon"]}, "Column 'date', row 1: 'soon' is no date"),
        ({"date": ["2023-02-29"]}, "Column 'date', row 1: '2023-02-29' is no date"),
        ({"date": [20240229]}, "Column 'date', row 1: int64 where dates belong"),
    ):
        with pytest.raises(DataError, match=message):
            model.predict(row | wrong)


def with_codes(text, *codes):
    """Return rows of text whose categories u, v and w are called otherwise."""
    header, rows = text.split("\n", 1)
    for letter, code in zip("uvw", codes, strict=True):
        rows = rows.replace(f",{letter},", f",{code},")
    return f"{header}\n{rows}"


def test_codes_in_files(tmp_path, text, train, predict):
    (tmp_path / "ints.csv").write_text(with_codes(text, 1, 2, 3))
    cells = [line.split(",") for line in (tmp_path / "ints.csv").read_text().splitlines()[1:]]
    rows = [json.dumps({"x": float(x), "w": int(w), "label": label}) for x, w, label in cells]
    (tmp_path / "ints.jsonl").write_text("\n".join(rows) + "\n")
    train("ints.csv", "--categorical", "w")
    p, warned = predict("ints.csv")
    assert not warned
    assert len(np.unique(p)) > 80
    others, warned = predict("ints.jsonl")
    assert not warned
    assert (others == p).all()


def test_codes_in_files_that_a_gap_made_floats_of(tmp_path, text, train, predict):
    (tmp_path / "ints.csv").write_text(with_codes(text, 1, 2, 3))
    (tmp_path / "floats.csv").write_text(with_codes(text, "1.0", "2.0", "3.0"))
    train("ints.csv", "--categorical", "w")
    p, warned = predict("floats.csv")
    assert not warned
    assert (p == predict("ints.csv")[0]).all()


def test_text_among_numbers_in_files(tmp_path, text, train, table_refused):
    (tmp_path / "bad.csv").write_text(text.replace("\n", "\nmany,u,no\n", 2))
    train("table.csv")
    for command in (
        ("train", "table.csv", "--valid", "bad.csv"),
        ("train", "table.csv", "--test", "bad.csv"),
        ("train", "bad.csv", "--numeric", "x"),
        ("predict", "model.deltarule", "bad.csv"),
        ("evaluate", "model.deltarule", "bad.csv"),
    ):
        message = table_refused(*command)
        assert message.startswith("bad.csv, line 2: ")
        assert "column 'x'" in message.lower()
        assert "'many'" in message
