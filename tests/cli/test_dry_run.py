"""train --dry-run: what would be done, and nothing done."""

import csv
import json
import re

import pytest

TRAIN = ["train", "table.csv", "--target", "label", "--seed", 0]


@pytest.fixture
def mixed(tmp_path):
    """``table.csv``: 100 rows, 4 of them twice, every kind of column, and two to be left out."""
    rows = [
        [
            i / 4,
            "uvw"[i % 3],
            f"2024-{i % 12 + 1:02}-{i % 28 + 1:02}",
            "yn"[i % 2],
            "same",
            i,
            i % 2,
        ]
        for i in range(96)
    ]
    names = ["x", "w", "day", "flag", "const", "row", "label"]
    with (tmp_path / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([names, *rows, *rows[:4]])


def test_it_says_what_training_says(run, mixed, tmp_path):
    plan = json.loads(run(*TRAIN, "--max-iter", 3, "--dry-run", "--json").stdout)
    assert {p.name for p in tmp_path.iterdir()} == {"table.csv"}
    done = run(*TRAIN, "--max-iter", 3, "--json")
    found = json.loads(done.stdout)
    assert {c["name"]: c["kind"] for c in plan["columns"]} == found["columns"]
    assert plan["left_out"] == found["left_out"]
    model = json.loads(run("inspect", "table.deltarule", "--json").stdout)
    assert plan["parameters"] == model["parameters"]
    assert plan["classes"] == model["classes"]
    assert plan["epochs"] == found["epochs"] == 3
    assert plan["rows_to_validate_on"] == 20
    assert found["evaluation"]["rows"] == 80, (
        "eight of ten tenths, each by networks that held it out"
    )
    assert plan["n_models"] == found["n_models"] == 8
    assert plan["rows_to_train_on"] * 3 * 8 == model["training"]["examples"]
    assert (plan["rows"], plan["rows_to_train_on"]) == (100, 80)
    assert plan["layers"][0] == sum(c["numbers"] for c in plan["columns"])


def test_repeated_rows_are_counted(run, tmp_path, mixed):
    lines = (tmp_path / "table.csv").read_text().splitlines()
    assert json.loads(run(*TRAIN, "--dry-run", "--json").stdout)["duplicate_rows"] == 4
    (tmp_path / "table.csv").write_text("\n".join(lines[:-4]) + "\n")
    assert json.loads(run(*TRAIN, "--dry-run", "--json").stdout)["duplicate_rows"] == 0


def test_for_a_person(run, mixed):
    """Kinds, what is left out and why, sizes, time and memory; no warning says it twice."""
    done = run(*TRAIN, "--dry-run")
    assert done.stdout == ""
    shown = " ".join(done.stderr.split())
    for words in (
        "Left out 'const': it has the same value in every row",
        "80 to train on, 20 to validate on; 4 repeat another one",
        "day │ datetime",
        "w │ categorical │ 4",
    ):
        assert words in shown
    assert re.search(r"time about \d+ (s|min).* for 64 epochs", shown)
    assert re.search(r"memory about \d+ MB", shown)
    assert re.search(r"8 networks of [\d-]+-256-256-256-2, [\d,]+ parameters each", shown)
    assert "Column 'const' is left out" not in done.stderr


def test_time_and_memory_grow_with_what_is_to_be_done(run, write_table, tmp_path):
    def plan(*options):
        return json.loads(run(*TRAIN, "--dry-run", "--json", *options).stdout)

    write_table(tmp_path / "table.csv", n_rows=3000)
    short, long = plan("--max-iter", 2), plan("--max-iter", 2000)
    assert long["seconds"] > 50 * short["seconds"]
    assert plan("--max-iter", 2000, "--time-limit", 1)["seconds"] <= 1
    memory = short["bytes"]
    write_table(tmp_path / "table.csv", n_rows=6000)
    assert plan()["bytes"] > memory


def test_rows_of_ones_own_to_validate_on(run, table, write_table, tmp_path):
    write_table(tmp_path / "valid.csv", n_rows=30)
    plan = json.loads(run(*TRAIN, "--valid", "valid.csv", "--dry-run", "--json").stdout)
    assert (plan["rows_to_train_on"], plan["rows_to_validate_on"]) == (80, 30)


def test_a_model_that_is_there_does_not_matter_and_nothing_is_written(run, table, tmp_path):
    (tmp_path / "table.deltarule").write_text("an earlier model")
    run(*TRAIN, "--dry-run", "--checkpoint", "run")
    assert (tmp_path / "table.deltarule").read_text() == "an earlier model"
    assert not (tmp_path / "run").exists()


def test_mistakes_are_found_as_in_training(fail, table):
    assert "absent" in fail(73, *TRAIN, "--dry-run", "--out", "absent/model")
    assert "roc_auc" in fail(2, *TRAIN, "--dry-run", "--threshold", "roc_auc")
    assert "no column 'lable'" in fail(65, "train", "table.csv", "--target", "lable", "--dry-run")
    assert "memory_limit" in fail(71, *TRAIN, "--dry-run", "--memory-limit", "1 kB")
