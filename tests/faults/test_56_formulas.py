"""Fault 56: predictions that begin like a formula are written as they are, or `--excel-safe`."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest

from deltarule import TabularClassifier

COMMAND = Path(sys.executable).with_name("deltarule")
EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x","y")']
GOOD = ["a=b", "x-1", "1", "", "'=1", "mail@host"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model whose labels, and a table whose cells and names of columns, begin like formulas."""
    folder = tmp_path_factory.mktemp("formulas")
    n = 60
    table = {
        "x": [float(i % 2) for i in range(n)],
        "=note": [(EVIL + GOOD)[i % 13] for i in range(n)],
    }
    labels = [["=cmd|' /C calc'!A0", "fine"][i % 2] for i in range(n)]
    model = TabularClassifier(preset="quick", max_iter=20, random_state=0).fit(table, labels)
    model.save(folder / "m.deltarule")
    with (folder / "t.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([list(table), *zip(*table.values(), strict=True)])
    return folder


def predictions(folder, *options):
    command = [COMMAND, "predict", "m.deltarule", "t.csv", "--proba", "--id", "=note,x", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return list(csv.reader(io.StringIO(done.stdout.decode(), newline="")))


def test_they_are_written_as_they_are(folder):
    names, *rows = predictions(folder)
    assert "=note" in names
    notes = {row[names.index("=note")] for row in rows}
    assert notes == set(EVIL + GOOD)
    assert {row[names.index("prediction")] for row in rows} == {"=cmd|' /C calc'!A0", "fine"}


def test_with_excel_safe_none_is_a_formula_and_numbers_stay(folder):
    plain, safe = predictions(folder), predictions(folder, "--excel-safe")
    for before, after in zip(plain, safe, strict=True):
        expected = [f"'{x}" if x[:1] in set("=+-@\t\r") and not is_number(x) else x for x in before]
        assert after == expected
    cells = [cell for row in safe for cell in row]
    assert not any(cell[:1] in set("=+-@\t\r") for cell in cells if not is_number(cell))


def is_number(text):
    """Whether it is one of the numbers of the table: its x, or a probability."""
    try:
        return 0 <= float(text) <= 1 and not text.startswith("+")
    except ValueError:
        return False
