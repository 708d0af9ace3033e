"""From a data set to predictions: example, train, predict, evaluate, inspect."""

import csv
import io
import json

import pytest

import deltarule
from deltarule.engines import ENGINE

ROWS = {"breast_cancer": 569, "digits": 1797, "iris": 150, "wine": 178}


def rows_of(text):
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("name", ROWS)
def test_example_is_a_table_with_a_target(run, name):
    header, *rows = rows_of(run("example", name).stdout)
    assert header[-1] == "target"
    assert len(rows) == ROWS[name]
    assert {len(row) for row in rows} == {len(header)}


def test_iris_from_start_to_end(script, tmp_path):
    """Every command, a process each, on what the command before wrote."""

    def run(*arguments):
        done = script(tmp_path, *arguments)
        assert done.returncode == 0, done.stderr
        return done

    (tmp_path / "iris.csv").write_text(run("example", "iris").stdout)
    trained = run("train", "iris.csv", "--target", "target", "--seed", 0, "--max-iter", 25)
    assert trained.stdout == ""
    for words in (
        "150 rows, 4 columns; target: setosa, versicolor, virginica",
        "Trained 8 networks of 4-16-",
        "On 120 rows of the rows held out",
        "accuracy",
        "true \\ predicted",
        "Saved iris.deltarule",
    ):
        assert words in trained.stderr

    assert not {"\x1b", "\r"} & set(trained.stderr), "there is no terminal: no bar, no colours"

    predicted = run("predict", "iris.deltarule", "iris.csv")
    (name,), *labels = rows_of(predicted.stdout)
    assert name == "target"
    truth = [row[-1] for row in rows_of((tmp_path / "iris.csv").read_text())[1:]]
    right = sum([label] == found for label, found in zip(truth, labels, strict=True))
    assert right >= 130
    assert predicted.stderr == ""

    evaluated = run("evaluate", "iris.deltarule", "iris.csv")
    assert f"accuracy {right / 150:.4f}" in evaluated.stdout
    assert evaluated.stderr == ""

    inspected = run("inspect", "iris.deltarule").stdout
    for words in ("TabularClassifier", "setosa, versicolor", "petal width (cm)", "scale", "selu"):
        assert words in inspected


def test_predict_with_probabilities(run, trained):
    out = run("predict", trained / "table.deltarule", trained / "table.csv", "--proba").stdout
    header, *rows = rows_of(out)
    assert header == ["label", "probability of no", "probability of yes"]
    assert len(rows) == 80
    for label, no, yes in rows:
        assert float(no) + float(yes) == pytest.approx(1, abs=1e-5)
        assert label == ("no" if float(no) > float(yes) else "yes")


def test_predict_to_a_file_is_predict_to_standard_output(run, trained, tmp_path):
    arguments = ["predict", trained / "table.deltarule", trained / "table.csv"]
    printed = run(*arguments)
    to_file = run(*arguments, "--out", "p.csv")
    assert (to_file.stdout, to_file.stderr) == ("", "")
    assert (tmp_path / "p.csv").read_text() == printed.stdout
    assert run(*arguments, "--out", "-").stdout == printed.stdout


def test_predict_needs_no_target_and_takes_columns_in_any_order(run, trained, tmp_path):
    full = rows_of((trained / "table.csv").read_text())
    with (tmp_path / "new.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["w", "extra", "x"], *([w, "?", x] for x, w, _ in full[1:])])
    expected = run("predict", trained / "table.deltarule", trained / "table.csv").stdout
    done = run("predict", trained / "table.deltarule", "new.csv")
    assert done.stdout == expected
    assert done.stderr == "deltarule: Not used, as training had no such column: 'extra'.\n"


def test_predict_of_no_rows_is_a_header(run, trained, tmp_path):
    (tmp_path / "none.csv").write_text("x,w\n")
    out = run("predict", trained / "table.deltarule", "none.csv", "--proba").stdout
    assert rows_of(out) == [["label", "probability of no", "probability of yes"]]


def test_standard_input(script, run, trained, tmp_path):
    """``-`` reads what a pipe gives; a model of it is named after no file."""
    content = (trained / "table.csv").read_text()
    piped = script(tmp_path, "predict", trained / "table.deltarule", "-", stdin=content)
    assert piped.stdout == run("predict", trained / "table.deltarule", trained / "table.csv").stdout
    run("train", "-", "--target", "label", "--max-iter", 1, stdin=content)
    assert (tmp_path / "model.deltarule").exists()
    found = json.loads(run("evaluate", "model.deltarule", "-", "--json", stdin=content).stdout)
    assert found["rows"] == 80


def test_train_as_json(run, table):
    """One object on standard output and nothing else; words for a person stay where they were."""
    done = run("train", table, "--target", "label", "--seed", 0, "--max-iter", 3, "--json")
    found = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert found["model"] == "table.deltarule"
    assert (found["epochs"], found["left_out"]) == (3, {})
    assert found["evaluation"]["classes"] == ["no", "yes"]
    assert found["evaluation"]["rows"] == 64
    assert "held out" in found["evaluated_on"]


def test_evaluate_as_json_is_evaluate(run, trained):
    arguments = ["evaluate", trained / "table.deltarule", trained / "table.csv"]
    done = run(*arguments, "--json")
    found = json.loads(done.stdout)
    assert done.stderr == ""
    assert found["rows"] == sum(found["support"]) == 80
    assert f"accuracy {found['accuracy']:.4f}, log loss {found['log_loss']:.4f}" in (
        run(*arguments).stdout
    )


def test_inspect_as_json(run, trained):
    done = run("inspect", trained / "table.deltarule", "--json")
    found = json.loads(done.stdout)
    assert done.stderr == ""
    assert found["estimator"] == "TabularClassifier"
    assert (found["target"], found["features"]) == ("label", ["x", "w"])
    assert found["classes"] == ["no", "yes"]
    assert (
        found["settings"].items() >= {"max_iter": 20, "random_state": 0, "metric": "error"}.items()
    )
    assert {"checkpoint", "resume"}.isdisjoint(found["settings"]), "those are a run's"
    periodic, scale, *dense = found["layers"]
    kinds = (periodic["kind"], scale["kind"], {a["kind"] for a in dense})
    assert kinds == ("periodic", "scale", {"dense"})
    weights = sum((a["n_in"] + 1 + a["is_parametric"]) * a["n_out"] for a in dense)
    m, o = periodic["n_frequencies"], periodic["n_outputs"]
    waves = len(periodic["columns"]) * (2 * m + o * m + o)
    assert found["parameters"] == waves + scale["n"] + weights
    assert len(found["training"]["loss_curve"]) == found["training"]["epochs"]


def test_same_seed_same_model(run, table, tmp_path):
    """To the last byte, and another seed gives another."""
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        run("train", table, "--target", "label", "--max-iter", 3, "--seed", seed, "--out", name)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b
    assert a != c


@pytest.mark.parametrize("of", [[], ["train"], ["predict"], ["evaluate"], ["inspect"]])
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_is_on_standard_output(script, tmp_path, of, flag):
    done = script(tmp_path, *of, flag)
    assert done.stdout.startswith(" ".join(["Usage: deltarule", *of]))
    assert (done.returncode, done.stderr) == (0, "")


def test_version_names_the_engine(run):
    words = run("--version").stdout.split(" ", 1)
    assert words == ["deltarule", f"{deltarule.__version__} (engine: {ENGINE.name})\n"]
