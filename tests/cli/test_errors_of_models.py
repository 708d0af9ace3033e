"""Mistakes with models and the tables that they are given; errors as JSON."""

import json

import pytest

from deltarule import MLPClassifier

USAGE, BAD_DATA, NO_INPUT = 2, 65, 66
COMMANDS = {"predict": ["table.csv"], "evaluate": ["table.csv"], "inspect": []}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_model_that_is_none(fail, table, command):
    line = fail(BAD_DATA, command, "table.csv", *COMMANDS[command])
    assert "table.csv is not a usable model file" in line


@pytest.mark.parametrize("command", COMMANDS)
def test_a_model_that_is_not_there(fail, table, command):
    line = fail(NO_INPUT, command, "absent.deltarule", *COMMANDS[command])
    assert line == "deltarule: Cannot open absent.deltarule: No such file or directory."


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_is_no_model(fail, table, command):
    assert "is a folder" in fail(BAD_DATA, command, ".", *COMMANDS[command])


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_a_model_of_arrays_is_wrong_usage(call, table, tmp_path, command):
    """MLPClassifier knows no columns; the error says where to use it."""
    model = MLPClassifier((2,), tol=1, n_iter_no_change=1).fit([[0.0], [1.0]] * 20, [0, 1] * 20)
    model.save(tmp_path / "arrays.deltarule")
    done = call(command, "arrays.deltarule", "table.csv")
    assert done.returncode == USAGE
    assert "MLPClassifier" in done.stderr
    assert "deltarule.load_model" in done.stderr
    assert call("inspect", "arrays.deltarule").returncode == 0


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_data_that_is_not_there(fail, trained, command):
    line = fail(NO_INPUT, command, trained / "table.deltarule", "absent.csv")
    assert line == "deltarule: Cannot open absent.csv: No such file or directory."


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("x,label\n1,no\n", "lacks 'w', which the model was trained with. It has 'x'"),
        ("x,w,label\nbig,u,no\n", "data.csv, line 2: column 'x' holds 'big'"),
        ("x,w,label\n1e300,u,no\n", "data.csv, line 2: Column 'x', row 1: 1e+300 is"),
        ("x,w,label\ninf,u,no\n", "data.csv, line 2: Column 'x', row 1: inf is"),
    ],
    ids=["a column lacks", "text for numbers", "too large", "infinite"],
)
@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_rows_that_do_not_fit_the_model(fail, trained, tmp_path, command, content, words):
    (tmp_path / "data.csv").write_text(content)
    assert words in fail(BAD_DATA, command, trained / "table.deltarule", "data.csv")


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        ("x,w\n1,u\n", [], "data.csv has no column 'label'"),
        ("x,w,label\n1,u,maybe\n", [], "The label 'maybe' is not among the labels"),
        ("x,w,label\n1,u,no\n1,u,\n", [], "1 of 2 labels are missing"),
        ("x,w,label\n1,u,no\n", ["--target", "lable"], "Did you mean 'label'?"),
    ],
)
def test_labels_that_cannot_be_compared(fail, trained, tmp_path, content, options, words):
    (tmp_path / "data.csv").write_text(content)
    line = fail(BAD_DATA, "evaluate", trained / "table.deltarule", "data.csv", *options)
    assert words in line


def test_no_rows_to_evaluate_on(fail, trained, tmp_path):
    (tmp_path / "data.csv").write_text("x,w,label\n")
    assert "rows" in fail(BAD_DATA, "evaluate", trained / "table.deltarule", "data.csv")


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (USAGE, ["train", "table.csv", "--json"]),
        (USAGE, ["--json"]),
        (BAD_DATA, ["train", "table.csv", "--target", "zzz", "--json"]),
        (BAD_DATA, ["inspect", "table.csv", "--json"]),
        (NO_INPUT, ["evaluate", "absent", "table.csv", "--json"]),
        (73, ["train", "table.csv", "--target", "label", "--out", "absent/model", "--json"]),
    ],
)
def test_errors_as_json_are_one_object(call, table, code, arguments):
    done = call(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    error = json.loads(done.stderr)
    assert error.keys() == {"error", "exit_code"}
    assert error["exit_code"] == code
    assert error["error"]


def test_errors_as_json_are_one_object_also_once_a_table_was_read(call, tmp_path):
    (tmp_path / "table.csv").write_text("x,label\n1,0.5\n2,1\n")
    done = call("train", "table.csv", "--target", "label", "--json")
    assert json.loads(done.stderr)["exit_code"] == BAD_DATA


def test_an_error_is_one_line_though_its_names_have_several(fail, tmp_path):
    (tmp_path / "table.csv").write_text('"a\nb",label\ninf,u\n1,v\n')
    line = fail(BAD_DATA, "train", "table.csv", "--target", "label")
    assert line.count("\n") == 0
    assert "Column 'a\\nb'" in line
