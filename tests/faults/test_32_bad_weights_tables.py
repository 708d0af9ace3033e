"""Fault 32: sample weights that are negative, missing, infinite or all zero are named errors."""

import numpy as np
import pytest

from deltarule import TabularClassifier
from deltarule.errors import DataError

N = 40
LABEL = np.arange(N) % 2
TABLE = {"x": np.random.default_rng(0).normal(LABEL)}


def with_weight(weight):
    weights = np.ones(N)
    weights[[7, 9]] = weight
    return weights


BAD = {
    "negative": (with_weight(-2), r"row 7 has -2 \(2 such rows\)"),
    "NaN": (with_weight(np.nan), r"row 7 has nan \(2 such rows\)"),
    "infinite": (with_weight(np.inf), r"row 7 has inf \(2 such rows\)"),
    "None": ([1] * 7 + [None] + [1] * 32, r"row 7 has nan \(1 such rows\)"),
    "all zero": (np.zeros(N), "zero in every row"),
    "too few": (np.ones(N - 1), r"shape \(39,\), but there are 40 rows"),
}


@pytest.mark.parametrize("kind", BAD)
def test_is_named(kind):
    weights, message = BAD[kind]
    with pytest.raises(DataError, match=f"^sample_weight .*{message}"):
        TabularClassifier().fit(TABLE, LABEL, weights)
    with pytest.raises(DataError, match=rf"\(X_val\): sample_weight .*{message}"):
        TabularClassifier().fit(TABLE, LABEL, X_val=TABLE, y_val=LABEL, sample_weight_val=weights)


def test_text_is_no_weight():
    with pytest.raises(DataError, match="sample_weight"):
        TabularClassifier().fit(TABLE, LABEL, ["heavy"] * N)


def test_zero_in_some_rows_leaves_these_out():
    """Wrong labels of no weight do no harm."""
    y, weights = LABEL.copy(), np.ones(N)
    table = {"x": np.where(LABEL, 2.0, -2.0) + TABLE["x"] / 9}
    y[:12] = 1 - y[:12]
    weights[:12] = 0
    model = TabularClassifier(max_iter=24, random_state=0).fit(table, y, weights)
    assert (model.predict(table) == LABEL).all()


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("-2", "line 5: Column 'k', row 4: sample_weight must be finite"),
        ("inf", "line 5: Column 'k', row 4: inf is too large to compute with"),
        ("", "line 5: Column 'k', row 4: sample_weight must be finite and not negative"),
        ("nan", "line 5: Column 'k', row 4: sample_weight must be finite and not negative"),
        ("heavy", "line 5: Column 'k', row 4: 'heavy' is no number."),
    ],
)
def test_on_the_command_line(tmp_path, text, table_refused, cells, words):
    header, *rows = text.splitlines()
    lines = [f"{row},{cells if i == 3 else 1}" for i, row in enumerate(rows)]
    (tmp_path / "weights.csv").write_text("\n".join([f"{header},k", *lines]) + "\n")
    assert words in table_refused("train", "weights.csv", "--weights", "k")


def test_on_the_command_line_all_zero_or_not_there(tmp_path, text, table_refused):
    header, *rows = text.splitlines()
    lines = "\n".join([f"{header},k", *(f"{row},0" for row in rows)])
    (tmp_path / "weights.csv").write_text(lines + "\n")
    message = table_refused("train", "weights.csv", "--weights", "k")
    assert "weights.csv: sample_weight is zero in every row" in message
    message = table_refused("train", "table.csv", "--weights", "ww")
    assert "no column 'ww'. Did you mean 'w'?" in message
