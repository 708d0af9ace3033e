"""Fault 29: labels of mixed types are refused with the types and how many rows have each."""

import json

import numpy as np
import pytest

from deltarule import TabularClassifier
from deltarule.errors import DataError

X = {"x": np.random.default_rng(0).normal(size=12)}
LABELS = {
    "int and str": [1, "a", "b"] * 4,
    "float and str": [1.0, "a", "b"] * 4,
    "bool and str": [True, "a", "b"] * 4,
    "str and bytes": [b"1", "a", "b"] * 4,
}


@pytest.mark.parametrize("kinds", LABELS)
@pytest.mark.parametrize("form", [list, tuple, lambda labels: np.array(labels, dtype=object)])
def test_the_types_are_named(kinds, form):
    labels = form(LABELS[kinds])
    few = type(LABELS[kinds][0]).__name__
    with pytest.raises(DataError, match=rf"mix str \(8 rows\) and {few} \(4 rows\)\. Make them"):
        TabularClassifier().fit(X, labels)


def test_of_pandas_and_of_rows_to_validate_on():
    pandas = pytest.importorskip("pandas", reason="pandas has a type that mixes")
    labels = pandas.Series(LABELS["int and str"], dtype=object)
    with pytest.raises(DataError, match=r"mix str \(8 rows\) and int \(4 rows\)"):
        TabularClassifier().fit(X, labels)
    good = np.arange(12) % 2
    with pytest.raises(DataError, match=r"\(X_val\): The labels mix"):
        TabularClassifier().fit(X, good, X_val=X, y_val=labels)


def test_labels_that_are_not_what_the_model_knows_are_no_match_by_accident():
    model = TabularClassifier(max_iter=1).fit(X, np.arange(12) % 2)
    with pytest.raises(DataError, match=r"labels '0', '1' are not among .* which are 0, 1"):
        model.locate(["0", "1"] * 6)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_in_a_file_a_text_among_numbers_makes_texts_of_all(tmp_path, train, form):
    cells = [("0", "1")[i % 2] if i < 30 else "a" for i in range(40)]
    if form == "csv":
        lines = ["x,label", *(f"{i * i % 7},{cell}" for i, cell in enumerate(cells))]
    else:
        typed = [int(cell) if cell.isdigit() else cell for cell in cells]
        lines = [json.dumps({"x": i * i % 7, "label": cell}) for i, cell in enumerate(typed)]
    (tmp_path / f"mixed.{form}").write_text("\n".join(lines) + "\n")
    summary, warned = train(f"mixed.{form}")
    assert summary["evaluation"]["classes"] == ["0", "1", "a"]
    assert not warned


@pytest.mark.parametrize("label", [{"a": 1}, [1]], ids=["object", "list"])
def test_labels_that_are_no_values_are_refused(tmp_path, table_refused, label):
    (tmp_path / "odd.jsonl").write_text(json.dumps({"x": 1, "label": label}) + "\n")
    assert table_refused("train", "odd.jsonl").startswith("odd.jsonl: ")
