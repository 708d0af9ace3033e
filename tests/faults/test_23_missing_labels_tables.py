"""Fault 23: labels that are missing are counted, whatever holds them and whatever is done."""

import numpy as np
import pyarrow as pa
import pytest

from deltarule import TabularClassifier
from deltarule.errors import DataError
from deltarule.tabular import evaluate

TEXT = np.dtypes.StringDType(na_object=np.nan)
X = {"x": np.random.default_rng(0).normal(size=12)}
LABELS = {
    "dates": np.array(["2024-01-01", "2025-01-01", "NaT"] * 4, "M8[D]"),
    "text of variable width": np.array(["a", "b", np.nan] * 4, TEXT),
    "Arrow's text": pa.array(["a", "b", None] * 4),
    "Arrow's ints": pa.array([1, 2, None] * 4),
    "Arrow's dictionary": pa.array(["a", "b", None] * 4).dictionary_encode(),
    "Arrow's chunks": pa.chunked_array([["a", "b", None]] * 4),
}
EXPECTED = r"4 of 12 labels are missing.*drop them first"


@pytest.mark.parametrize("kind", LABELS)
def test_of_every_kind(kind):
    with pytest.raises(DataError, match=f"^{EXPECTED}"):
        TabularClassifier().fit(X, LABELS[kind])


@pytest.mark.parametrize("dtype", ["Int64", "boolean", "string", "category", "float64"])
def test_of_pandas(dtype):
    pandas = pytest.importorskip("pandas", reason="pandas has types of its own")
    labels = pandas.Series([1, 0, None] * 4, dtype="object").astype(dtype)
    with pytest.raises(DataError, match=f"^{EXPECTED}"):
        TabularClassifier().fit(X, labels)


def test_of_polars():
    polars = pytest.importorskip("polars", reason="polars has types of its own")
    for labels in (["a", "b", None] * 4, [1, 2, None] * 4, [True, False, None] * 4):
        with pytest.raises(DataError, match=f"^{EXPECTED}"):
            TabularClassifier().fit(X, polars.Series(labels))


def test_of_rows_to_validate_and_evaluate_on():
    good, bad = ["a", "b", "a"] * 4, ["a", "b", None] * 4
    with pytest.raises(DataError, match=rf"\(X_val\): {EXPECTED}"):
        TabularClassifier().fit(X, good, X_val=X, y_val=bad)
    model = TabularClassifier(max_iter=1, random_state=0).fit(X, good)
    with pytest.raises(DataError, match=f"^{EXPECTED}"):
        evaluate(model, X, bad)


@pytest.mark.parametrize("labels", [("no", "yes"), ("0", "1"), ("0.0", "1.0")], ids=str)
def test_on_the_command_line(tmp_path, text, table_refused, train, predict, labels):
    """An empty cell is missing among texts and numbers; to predict, labels are not looked at."""
    text = text.replace(",no", f",{labels[0]}").replace(",yes", f",{labels[1]}")
    (tmp_path / "table.csv").write_text(text)
    (tmp_path / "gaps.csv").write_text(text + "1,u,\n2,v,\n3,w,\n")
    train("table.csv")
    for command in (
        ("train", "gaps.csv"),
        ("train", "table.csv", "--valid", "gaps.csv"),
        ("train", "table.csv", "--test", "gaps.csv"),
        ("evaluate", "model.deltarule", "gaps.csv"),
    ):
        message = table_refused(*command)
        assert message.startswith("gaps.csv: 3 of 83 labels are missing")
    assert len(predict("gaps.csv")[0]) == 83


def test_words_for_missing_that_the_user_names(tmp_path, text, table_refused):
    (tmp_path / "words.csv").write_text(text + "1,u,?\n")
    message = table_refused("train", "words.csv", "--missing", "?")
    assert "words.csv: 1 of 81 labels are missing" in message
