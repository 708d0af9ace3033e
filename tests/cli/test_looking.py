"""trace, check-gradients, inspect with rows, and reports."""

import json
import re
import sys

import pytest

TRAIN = ("train", "table.csv", "--target", "label", "--seed", 0, "--max-iter", 4)


@pytest.fixture
def model(trained):
    return trained / "table.deltarule", trained / "table.csv"


def test_a_drawn_network_is_traced_line_by_line(run):
    shown = run("trace", "--sizes", "2,4,3,3").stdout
    flowing = " ".join(shown.split())
    numbers = [int(n) for n in re.findall(r"^ *(\d+)  \S", shown, re.MULTILINE)]
    assert numbers == [
        *[1, 2, 2, 2, 3, 3, 3, 4, 5, 6, 7, 8, 9, 8, 9, 10, 11, 12, 13],
        *[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 7, 8, 9, 10, 11],
    ]
    for words in (
        "a⁽¹⁾ = W⁽¹⁾ h⁽⁰⁾ + b⁽¹⁾ Eq. 3b",
        "W⁽¹⁾ 4 x 2, h⁽⁰⁾ 2 x 4, b⁽¹⁾ 4 x 1 → a⁽¹⁾ 4 x 4",
        "g ← ∇h⁽⁰⁾ J = W⁽¹⁾ᵀ g Eq. 9, 10, 11",
        "single row that is not zero?",
    ):
        assert words in flowing


def test_a_model_is_traced_on_rows_of_a_table(run, model):
    told = json.loads(run("trace", *model, "--rows", 3, "--network", 2, "--json").stdout)
    assert told["title"] == "TabularClassifier on 3 examples, network 2 of 8"
    (X,) = [
        line["result"] for line in told["lines"] if line["line"] == 4 and line["algorithm"] == 1
    ]
    assert X["shape"][1] == 3


def test_networks_are_counted_from_1(call, model):
    done = call("trace", *model, "--network", 9)
    assert done.returncode == 2
    assert "has 8; they are counted from 1" in " ".join(done.stderr.split())


def test_a_trace_is_written_as_a_page(run, tmp_path):
    done = run("trace", "--sizes", "2,3,2", "--html", "trace.html")
    assert done.stdout == ""
    assert "<math" in (tmp_path / "trace.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Give MODEL and DATA, or --sizes 2,3,2."),
        (("a.deltarule",), "Give MODEL and DATA, or --sizes 2,3,2."),
        (("a.deltarule", "--sizes", "2,3,2"), "Give MODEL and DATA, or --sizes 2,3,2."),
        (("--sizes", "2"), "sizes must name at least features and classes"),
        (("--sizes", "2,0,2"), "Layer 1 must have inputs and outputs, got 2 and 0."),
        (("--sizes", "2,3,2", "--activation", "tahn"), "activation 'tahn' is not one of"),
        (("--sizes", "2,x"), "is not like 256,256"),
        (("--sizes", "2,2", "--html", "no/such/folder.html"), "Cannot write no/such/folder.html"),
    ],
)
def test_what_cannot_be_traced_is_said(call, arguments, said):
    done = call("trace", *arguments)
    assert done.returncode in (2, 73)
    assert said in " ".join(done.stderr.split())


def test_ours_are_right(run, model):
    assert "All gradients are right." in run("check-gradients", "--sizes", "3,4,2").stdout
    told = json.loads(run("check-gradients", *model, "--json").stdout)
    assert told["is_right"]
    assert {array["name"] for array in told["arrays"]} >= {"W", "b", "s", "alpha"}


MINE = """
import numpy as np

def gradient(W, b, X, y):
    h, last = {0: X}, len(W)
    for k in range(1, last + 1):
        h[k] = W[k] @ h[k - 1] + b[k]
        if k < last:
            h[k] = np.tanh(h[k])
    e = np.exp(h[last] - h[last].max(axis=0))
    g = e / e.sum(axis=0)
    g[y, np.arange(len(y))] -= 1
    dW, db = {}, {}
    for k in range(last, 0, -1):
        dW[k], db[k] = g @ h[k - 1].T, g.sum(axis=1)
        g = W[k].T @ g
        if k > 1:
            g = g * (1 - h[k - 1] ** 2)
    return dW, db
"""


def test_a_function_of_ones_own_is_checked(call, run, tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    command = ["check-gradients", "--function", "mine.py:gradient", "--sizes", "4,5,3"]
    assert "All gradients are right." in run(*command).stdout
    (tmp_path / "mine.py").write_text(MINE.replace("* (1 - h[k - 1] ** 2)", ""))
    done = call(*command)
    assert done.returncode == 1
    assert "f' is forgotten (Algorithm 2, line 7, Eq. 12)" in " ".join(done.stdout.split())
    assert "wrong" in done.stdout
    told = json.loads(call(*command, "--json").stdout)
    assert [finding["name"] for finding in told["findings"]] == ["f' is forgotten"]
    assert told["is_right"] is False


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        (MINE, "mine.py", "is not like mine.py:gradient"),
        (MINE, "mine.py:grad", "mine.py has no function 'grad'"),
        ("def gradient(:\n", "mine.py:gradient", "line 1: SyntaxError"),
        (MINE.replace("W[k] @", "W[k].T @"), "mine.py:gradient", "line 7: ValueError"),
        (MINE.replace("return dW, db", "return dW"), "mine.py:gradient", "must return two things"),
    ],
    ids=["no name", "another name", "syntax", "raises", "returns one"],
)
def test_what_is_wrong_with_ones_file_is_told_in_a_line(call, tmp_path, text, where, said):
    (tmp_path / "mine.py").write_text(text)
    done = call("check-gradients", "--function", where, "--sizes", "4,5,3")
    assert done.returncode in (1, 2, 65)
    assert "Traceback" not in done.stderr
    assert said in " ".join(done.stderr.split())


def test_what_goes_wrong_on_uneven_layers_alone_is_told_by_its_own_name(call, tmp_path):
    text = MINE.replace("g @ h[k - 1].T", "(g @ h[k - 1].T) * np.ones(W[1].shape)")
    (tmp_path / "mine.py").write_text(text)
    done = call("check-gradients", "--function", "mine.py:gradient", "--sizes", "4,4,4")
    assert "it raised ValueError: operands" in " ".join(done.stdout.split())


def test_a_file_that_is_not_there(call):
    done = call("check-gradients", "--function", "none.py:gradient")
    assert done.returncode in (2, 66)
    assert "none.py" in done.stderr


def test_inspect_looks_at_rows_too(run, model):
    plain = json.loads(run("inspect", model[0], "--json").stdout)
    assert "symptoms" not in plain
    told = json.loads(run("inspect", *model, "--json").stdout)
    assert told.pop("symptoms") == []
    assert told == plain
    assert "Nothing looks wrong" in run("inspect", *model).stdout


def test_inspect_names_a_leak(run, tmp_path, table):
    rows = table.read_text().splitlines()
    leaky = [
        f"{row},{'after' if i == 0 else row.split(',')[2] + '!'}" for i, row in enumerate(rows)
    ]
    table.write_text("\n".join(leaky) + "\n")
    run(*TRAIN, "--preset", "quick")
    shown = run("inspect", "table.deltarule", "table.csv").stdout
    assert "leakage: column 'after'" in shown
    assert "leave it out" in " ".join(shown.split())


def test_training_writes_a_report_of_the_rows_held_out(run, table, tmp_path):
    run(*TRAIN, "--report", "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "<h1>label: 2 classes</h1>" in page
    assert "64 rows of training, held out" in page


def test_training_reports_on_the_test_rows_where_there_are_some(run, table, tmp_path, write_table):
    write_table(tmp_path / "test.csv", n_rows=30)
    run(*TRAIN, "--test", "test.csv", "--report", "report.html")
    assert "30 rows of test.csv" in (tmp_path / "report.html").read_text()


def test_evaluate_writes_one(run, model, tmp_path):
    done = run("evaluate", *model, "--report", tmp_path / "report.html")
    assert "accuracy" in done.stdout
    assert "80 rows of" in (tmp_path / "report.html").read_text()


def test_where_it_cannot_be_written_nothing_is_trained(fail, table, tmp_path):
    line = fail(73, *TRAIN, "--report", "no/such/folder.html")
    assert "no/such/folder.html" in line
    assert not (tmp_path / "table.deltarule").exists()


def test_what_is_not_installed_is_said_before_anything_is_trained(
    fail, table, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    line = fail(2, *TRAIN, "--report", "report.html")
    assert "pip install 'deltarule[report]'" in line
    assert not (tmp_path / "table.deltarule").exists()
