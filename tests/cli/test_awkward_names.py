"""Names and labels with markup, quotes, newlines and emoji go in and out as they are."""

import csv
import io
import json

import pytest

AWKWARD = {
    "markup": ("[red]x[/red]", "[bold]", "[b", "[red]stop[/red]"),
    "closing markup": ("[/x]", "[/]", "[/bold]", "]"),
    "emoji codes": (":smile:", ":+1:", ":boom:", ":x:"),
    "quotes": ('a "x"', "it's", 'say "hi"', "'no'"),
    "commas and newlines": ("a,b", "x\ny", "u,v", "w\nz"),
    "unicode": ("größe", "名前", "ü", "💩"),
    "spaces": (" x ", " y", " a", "a "),
    "formulas": ("=x", "+y", "=1+1", "@a"),
    "words for missing": ("NA", "null", "NA", "left"),
    "booleans": ("true", "false", "true", "false"),
    "backslashes": ("\\n", "a\\", "\\[x]", "C:\\"),
    "long": ("n" * 5000, "m" * 5000, "a" * 5000, "b" * 5000),
}


@pytest.fixture(params=AWKWARD)
def names(request, tmp_path, write_table):
    """(feature, target, class, other class) of ``table.csv``."""
    feature, target, *classes = AWKWARD[request.param]
    write_table(tmp_path / "table.csv", names=(feature, "w", target), classes=classes)
    return feature, target, *classes


@pytest.fixture
def train(run, names):
    """Names that are words for missing could as well be a first row: somebody has to say it."""
    said = ["--header"] if names[0] == "NA" else []
    return lambda *options: run(
        "train", "table.csv", "--target", names[1], "--seed", 0, "--max-iter", 12, *said, *options
    )


def test_survive_training_and_predicting(run, train, names):
    feature, target, *classes = names
    found = json.loads(train("--json").stdout)
    assert found["evaluation"]["classes"] == sorted(classes)
    described = json.loads(run("inspect", "table.deltarule", "--json").stdout)
    assert (described["features"], described["target"]) == ([feature, "w"], target)
    out = run("predict", "table.deltarule", "table.csv", "--proba").stdout
    header, *rows = csv.reader(io.StringIO(out, newline=""))
    assert header == [target, *(f"probability of {label}" for label in sorted(classes))]
    assert {row[0] for row in rows} == set(classes)


def test_are_shown_literally(run, train, names):
    """Neither coloured nor swallowed nor turned into pictures; long ones may be cut."""
    _, _, *classes = names
    shown = train().stderr + run("evaluate", "table.deltarule", "table.csv").stdout
    for label in classes:
        for part in label.split("\n"):
            assert shown.count(part.strip()[:20]) >= 4
    assert "\x1b" not in shown


def test_are_shown_literally_when_inspected(run, train, names):
    train()
    shown = run("inspect", "table.deltarule").stdout
    assert all(name in shown for name in names)


@pytest.mark.parametrize("n_classes", [13, 60])
def test_many_classes(run, tmp_path, write_table, n_classes):
    """Past twelve, the frequent confusions are listed in place of the whole matrix."""
    classes = [f"class {i}" for i in range(n_classes)]
    write_table(tmp_path / "table.csv", classes=classes, n_rows=10 * n_classes)
    done = run("train", "table.csv", "--target", "label", "--seed", 0, "--max-iter", 2)
    assert f"and {n_classes - 8} more" in done.stderr
    assert "true \\ predicted" not in done.stderr
    header = run("predict", "table.deltarule", "table.csv", "--proba").stdout.splitlines()[0]
    assert len(header.split(",")) == 1 + n_classes
    shown = run("evaluate", "table.deltarule", "table.csv").stdout
    assert sum(f" {label} " in shown for label in classes) == n_classes
    assert max(map(len, shown.splitlines())) <= 80


def test_escape_codes_in_names_are_not_sent_to_the_terminal(run, tmp_path, write_table):
    write_table(tmp_path / "table.csv", classes=("\x1b[31mred", "no"))
    done = run("train", "table.csv", "--target", "label", "--max-iter", 1)
    assert "\x1b" not in done.stderr
