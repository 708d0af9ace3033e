"""predict --id and evaluate --importances."""

import csv
import io
import json

import pytest


def rows_of(text):
    return list(csv.reader(io.StringIO(text)))


@pytest.fixture
def named(trained, tmp_path):
    """``new.csv``: the table of the trained model with two columns that name rows."""
    header, *rows = rows_of((trained / "table.csv").read_text())
    with (tmp_path / "new.csv").open("w", newline="") as file:
        more = [
            ["no", "wh,o", *header],
            *([f"{i:03}", f'"{i}"', *row] for i, row in enumerate(rows)),
        ]
        csv.writer(file).writerows(more)
    return ["predict", trained / "table.deltarule", "new.csv"]


def test_columns_that_name_rows_are_written_beside_the_predictions(run, named):
    plain = rows_of(run(*named, "--proba").stdout)
    header, *rows = rows_of(run(*named, "--proba", "--id", "no", "--id", "x").stdout)
    assert header == ["no", "x", *plain[0]]
    assert [row[2:] for row in rows] == plain[1:]
    assert len({row[0] for row in rows}) == 80


def test_they_come_in_the_order_in_which_they_are_named(run, named):
    assert rows_of(run(*named, "--id", "w,no").stdout)[0] == ["w", "no", "label"]


def test_one_that_is_not_there_is_named(fail, named):
    line = fail(65, *named, "--id", "nos")
    assert "new.csv has no column 'nos'. Did you mean 'no'?" in line


def test_importances_are_those_of_the_library(run, trained):
    """Both columns tell the class; what is printed is what ``--json`` has."""
    command = ["evaluate", trained / "table.deltarule", trained / "table.csv", "--importances"]
    found = json.loads(run(*command, "--json").stdout)
    assert {row["column"] for row in found["importances"]} == {"x", "w"}
    means = [row["mean"] for row in found["importances"]]
    assert means == sorted(means, reverse=True)
    assert means[0] > 0.1
    assert all(row["low"] <= row["mean"] <= row["high"] for row in found["importances"])
    plain = json.loads(run(*command[:-1], "--json").stdout)
    assert plain == {k: v for k, v in found.items() if k != "importances"}
    shown = run(*command).stdout
    for row in found["importances"]:
        assert f"{row['mean']:+.4f}" in shown
    assert "error without it" in shown


def test_they_are_by_log_loss_for_a_model_that_is_after_probabilities(run, table):
    run("train", "table.csv", "--target", "label", "--max-iter", 8, "--metric", "roc_auc")
    shown = run("evaluate", "table.deltarule", "table.csv", "--importances").stdout
    assert "log_loss without it" in shown
