"""What ``train`` can be told."""

import json
import re

import pytest

from deltarule.settings import defaults

TRAIN = ["train", "table.csv", "--target", "label", "--max-iter", 3, "--seed", 0]


@pytest.fixture
def describe(run, table):
    """Train with these options and return what ``inspect`` says of the model."""

    def model(*options):
        run(*TRAIN, *options)
        return json.loads(run("inspect", "table.deltarule", "--json").stdout)

    return model


@pytest.fixture
def used(run):
    """Train with these options and return the columns that are used, and their kinds."""
    return lambda *options: json.loads(run(*TRAIN, *options, "--json").stdout)["columns"]


@pytest.fixture
def integers(tmp_path):
    """``table.csv`` whose column ``k`` is 0, 1 or 2, and 1 is the class "mid"."""
    rows = [f"{i % 3},{i * 7 % 5},{'mid' if i % 3 == 1 else 'end'}" for i in range(90)]
    (tmp_path / "table.csv").write_text("\n".join(["k,x,label", *rows]) + "\n")


def test_the_model_is_named_after_the_data_in_this_folder(run, table, tmp_path):
    (tmp_path / "here").mkdir()
    run("train", table, "--target", "label", "--max-iter", 1)
    run(*TRAIN, "--out", "here/other.model")
    assert {p.name for p in tmp_path.iterdir()} == {"table.csv", "table.deltarule", "here"}
    assert [p.name for p in (tmp_path / "here").iterdir()] == ["other.model"]


def test_a_column_of_integers_is_a_number_unless_said_to_be_categorical(run, integers):
    def inputs(*options):
        return re.search(r"networks of (\d+)-", run(*TRAIN, *options).stderr)[1]

    assert inputs() == "2"
    assert inputs("--categorical", "k") == "5", "three categories, the unknown, x"
    assert inputs("--categorical", "k,x") == "10"


def test_a_categorical_column_is_read_alike_for_predictions(run, integers, tmp_path):
    """As text again: 1 finds the category "1"."""
    run(*TRAIN[:4], "--max-iter", 60, "--seed", 0, "--categorical", "k")
    out = run("predict", "table.deltarule", "table.csv").stdout.splitlines()[1:]
    assert out.count('"mid"') == 30


def test_labels_that_are_integers_stay_integers(run, integers):
    """In training, in evaluation and in predictions."""
    run("train", "table.csv", "--target", "k", "--max-iter", 2)
    found = json.loads(run("evaluate", "table.deltarule", "table.csv", "--json").stdout)
    assert found["classes"] == [0, 1, 2]
    header, *labels = run("predict", "table.deltarule", "table.csv").stdout.splitlines()
    assert header == '"k"'
    assert set(labels) <= {"0", "1", "2"}


@pytest.mark.parametrize("option", ["--drop", "--id"])
def test_dropped_columns_are_not_used_and_not_asked_for(used, run, table, tmp_path, option):
    assert used(option, "w") == {"x": "numeric"}
    (tmp_path / "new.csv").write_text("x\n1\n2\n")
    assert len(run("predict", "table.deltarule", "new.csv").stdout.splitlines()) == 3


def test_dropping_a_column_twice_drops_it_alone(used, tmp_path):
    rows = [f"{i},{i // 2 % 2},{i % 3},{i % 2}" for i in range(20)]
    (tmp_path / "table.csv").write_text("\n".join(["a,b,c,label", *rows]) + "\n")
    assert used("--drop", "a,a").keys() == {"b", "c"}


def test_max_iter_and_seed(describe):
    found = describe()
    asked = {"max_iter": 3, "random_state": 0}
    run_only = {"checkpoint", "resume", "cache"}
    expected = {k: v for k, v in defaults("TabularClassifier").items() if k not in run_only}
    assert found["settings"] == expected | asked
    assert found["training"]["epochs"] == 3


def test_without_a_seed_two_models_differ(run, table, tmp_path):
    for name in "ab":
        run("train", table, "--target", "label", "--max-iter", 1, "--out", name)
    assert (tmp_path / "a").read_bytes() != (tmp_path / "b").read_bytes()


def test_test_rows_are_what_is_reported(run, table, write_table, tmp_path):
    write_table(tmp_path / "new.csv", n_rows=50)
    done = run(*TRAIN, "--test", "new.csv", "--json")
    found = json.loads(done.stdout)
    assert found["evaluated_on"] == "new.csv"
    again = run("evaluate", "table.deltarule", "new.csv", "--json").stdout
    assert found["evaluation"] == json.loads(again)
    assert found["evaluation"]["rows"] == 50


def test_validation_rows_replace_the_rows_held_out(run, table, write_table, tmp_path):
    """All rows of the data are trained on: 80 an epoch instead of 64."""
    write_table(tmp_path / "valid.csv", n_rows=30)
    found = json.loads(run(*TRAIN, "--valid", "valid.csv", "--json").stdout)
    assert found["evaluated_on"].startswith("valid.csv (")
    assert found["evaluation"]["rows"] == 30
    model = json.loads(run("inspect", "table.deltarule", "--json").stdout)
    assert model["training"]["examples"] == 8 * 3 * 80


def test_validation_and_test_rows_together(run, table, write_table, tmp_path):
    write_table(tmp_path / "valid.csv", n_rows=30)
    write_table(tmp_path / "test.csv", n_rows=40)
    found = json.loads(run(*TRAIN, "--valid", "valid.csv", "--test", "test.csv", "--json").stdout)
    assert (found["evaluated_on"], found["evaluation"]["rows"]) == ("test.csv", 40)


def test_other_files_may_have_their_columns_in_another_order(run, table, tmp_path):
    rows = (tmp_path / "table.csv").read_text().splitlines()
    turned = [",".join(row.split(",")[::-1]) for row in rows]
    (tmp_path / "turned.csv").write_text("\n".join(turned) + "\n")
    same = json.loads(run(*TRAIN, "--test", "table.csv", "--json").stdout)["evaluation"]
    assert json.loads(run(*TRAIN, "--test", "turned.csv", "--json").stdout)["evaluation"] == same


def test_too_few_rows_are_trained_on_without_an_evaluation(run, tmp_path):
    (tmp_path / "table.csv").write_text("x,label\n1,a\n2,b\n3,a\n")
    assert json.loads(run(*TRAIN, "--json").stdout)["evaluation"] is None
    assert "Saved table.deltarule" in run(*TRAIN).stderr


def test_columns_left_out_are_said(run, tmp_path):
    rows = [f"{i / 8},1,id-{i},{'ab'[i % 2]}" for i in range(60)]
    (tmp_path / "table.csv").write_text("\n".join(["x,same,id,label", *rows]) + "\n")
    said = run(*TRAIN).stderr.splitlines()
    assert "deltarule: Column 'same' is left out: it has the same value in every row, 1." in said
    assert set(json.loads(run(*TRAIN, "--json").stdout)["left_out"]) == {"same", "id"}


def test_an_earlier_model_is_replaced(run, table, tmp_path):
    (tmp_path / "table.deltarule").write_text("something old")
    run(*TRAIN)
    assert run("inspect", "table.deltarule").returncode == 0


def test_an_option_for_columns_may_be_given_more_than_once(used, tmp_path):
    rows = [f"{i},{i % 2},{i % 3},{i % 2}" for i in range(20)]
    (tmp_path / "table.csv").write_text("\n".join(["a,b,c,label", *rows]) + "\n")
    assert used("--drop", "a", "--drop", "b").keys() == {"c"}


def test_a_column_that_was_empty_in_training_may_hold_anything_elsewhere(run, tmp_path):
    """It is left out, so what it holds in another file does not matter."""
    rows = [f"{i},,{'ab'[i % 2]}" for i in range(20)]
    (tmp_path / "table.csv").write_text("\n".join(["x,note,label", *rows]) + "\n")
    (tmp_path / "test.csv").write_text("x,note,label\n1,word,a\n2,,b\n")
    run(*TRAIN, "--test", "test.csv")


@pytest.mark.parametrize(
    "option", ["--checkpoint-seconds", "--checkpoint-epochs", "--checkpoint-keep"]
)
def test_how_often_needs_where(fail, call, table, option):
    done = call(*TRAIN, option, 5)
    assert done.returncode == 2
    assert f"{option} needs --checkpoint." in done.stderr
