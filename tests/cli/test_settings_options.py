"""Each option that stands for a setting, or for what fit is given, does what it says."""

import csv
import json
import random

import numpy as np
import pytest

from deltarule import TabularClassifier, load_model
from deltarule.data import open_source

TRAIN = ["train", "table.csv", "--target", "label", "--max-iter", 3, "--seed", 0]


@pytest.fixture
def wide(tmp_path):
    """``table.csv``: 120 rows with a weight, a patient (10 rows each) and a date."""
    rng = random.Random(0)
    days = [f"2024-{1 + k // 28:02}-{1 + k % 28:02}" for k in (i * 7 % 120 for i in range(120))]
    rows = [
        [f"{rng.gauss(i % 2, 0.7):.3f}", f"{rng.gauss(0, 1):.3f}", 1 + i % 5, f"p{i // 10}", day, y]
        for i, (day, y) in enumerate(zip(days, "ny" * 60, strict=True))
    ]
    names = ["x", "z", "weight", "patient", "day", "label"]
    with (tmp_path / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([names, *rows])
    return open_source(tmp_path / "table.csv").read()


@pytest.fixture
def train(run, tmp_path):
    """Train with options; return what ``--json`` says and the model."""

    def model(*options):
        found = json.loads(run(*TRAIN, *options, "--json").stdout)
        return found, load_model(tmp_path / "table.deltarule")

    return model


def fit(table, drop=(), given=None, **settings):
    """Return what the same call in Python gives."""
    labels = table["label"].to_numpy()
    model = TabularClassifier(max_iter=3, random_state=0, **settings)
    return model.fit(table.drop_columns(["label", *drop]), labels, **(given or {}))


def same_bits(a, b):
    pairs = zip(a._parameters, b._parameters, strict=True)
    return all(np.array_equal(one.theta, other.theta) for one, other in pairs)


@pytest.mark.parametrize(
    ("option", "value", "settings"),
    [
        ("--metric", "log_loss", {"metric": "log_loss"}),
        ("--metric", "roc_auc", {"metric": "roc_auc"}),
        ("--class-weight", "balanced", {"class_weight": "balanced"}),
        ("--schedule-epochs", 9, {"schedule_epochs": 9}),
        ("--time-limit", 600, {"time_limit": 600.0}),
        ("--memory-limit", "1 GB", {"memory_limit": "1 GB"}),
        ("--preset", "td-s", {"preset": "td-s"}),
        ("--n-models", 3, {"n_models": 3}),
        ("--n-refit", 0, {"n_refit": 0}),
        ("--no-calibrate", None, {"calibrate": False}),
        ("--hidden-layer-sizes", "20,10", {"hidden_layer_sizes": (20, 10)}),
        ("--learning-rate", 0.01, {"learning_rate_init": 0.01}),
        ("--batch-size", 32, {"batch_size": 32}),
        ("--dropout", 0.3, {"dropout": 0.3}),
        ("--weight-decay", 0.1, {"weight_decay": 0.1}),
        ("--label-smoothing", 0.05, {"label_smoothing": 0.05}),
        ("--no-scaling-layer", None, {"scaling_layer": False}),
        ("--no-numeric-embedding", None, {"numeric_embedding": False}),
        ("--no-category-embedding", None, {"category_embedding": False}),
        ("--no-parametric-activation", None, {"parametric_activation": False}),
        ("--initialiser", "neural_tangent", {"initialiser": "neural_tangent"}),
        ("--threads", 1, {"n_threads": 1}),
        ("--threshold", 0.25, {"threshold": 0.25}),
        ("--threshold", "f1", {"threshold": "f1"}),
        ("--categorical", "weight", {"columns": {"weight": "categorical"}}),
        ("--drop", "z,weight", {"columns": {"z": "ignored", "weight": "ignored"}}),
        ("--id", "patient", {"columns": {"patient": "ignored"}}),
    ],
)
def test_settings(train, wide, option, value, settings):
    _, model = train(option, *([] if value is None else [value]))
    for name, expected in settings.items():
        assert model.get_params()[name] == expected
    expected = fit(wide, **settings)
    assert same_bits(model, expected)
    assert model.threshold_ == expected.threshold_


def test_what_looks_like_an_id_is_used_if_said_to_be_numeric(train, write_table, tmp_path):
    lines = write_table(tmp_path / "table.csv").read_text().splitlines()
    numbered = [f"{i},{line}" for i, line in enumerate(lines[1:])]
    (tmp_path / "table.csv").write_text("\n".join([f"row,{lines[0]}", *numbered]) + "\n")
    assert "row" in train()[0]["left_out"]
    found, _ = train("--numeric", "row")
    assert (found["columns"]["row"], found["left_out"]) == ("numeric", {})


def test_weights(train, wide):
    _, model = train("--weights", "weight")
    weights = wide["weight"].to_numpy()
    assert same_bits(model, fit(wide, drop=["weight"], given={"sample_weight": weights}))
    assert "weight" not in model.feature_names_in_


def test_weights_of_rows_to_validate_on_are_in_the_same_column(train, wide, tmp_path):
    (tmp_path / "valid.csv").write_text((tmp_path / "table.csv").read_text())
    _, model = train("--weights", "weight", "--valid", "valid.csv")
    rows, weights = wide.drop_columns(["weight", "label"]), wide["weight"].to_numpy()
    given = {"X_val": rows, "y_val": wide["label"].to_numpy()}
    given |= {"sample_weight": weights, "sample_weight_val": weights}
    expected = fit(wide, drop=["weight"], given=given)
    assert same_bits(model, expected)
    assert model.validation_scores_ == expected.validation_scores_


@pytest.mark.parametrize("option", ["groups", "order"])
def test_groups_and_order(train, wide, option):
    column = {"groups": "patient", "order": "day"}[option]
    found, model = train(f"--{option}", column)
    expected = fit(wide, given={option: column})
    assert same_bits(model, expected)
    assert (column in found["columns"]) == (option == "order")
    assert found["evaluation"]["rows"] == len(expected.validation_rows_)


def test_the_latest_rows_are_those_evaluated_on(run, train, wide, tmp_path):
    found, _ = train("--order", "day")
    header, *lines = (tmp_path / "table.csv").read_text().splitlines()
    latest = sorted(lines, key=lambda line: line.split(",")[4])[-24:]
    (tmp_path / "latest.csv").write_text("\n".join([header, *latest]) + "\n")
    again = json.loads(run("evaluate", "table.deltarule", "latest.csv", "--json").stdout)
    assert found["evaluation"] == again


def test_the_threshold_is_told_and_used(run, train, wide, tmp_path):
    found, _ = train("--threshold", "0.9")
    assert found["threshold"] == 0.9
    told = run(*TRAIN, "--threshold", "0.9").stderr
    assert "Predicts y from a probability of 0.900 on." in told
    rows = run("predict", "table.deltarule", "table.csv", "--proba").stdout.splitlines()[1:]
    for label, _, p in csv.reader(rows):
        assert label == ("y" if float(p) >= 0.9 else "n")


def test_a_time_limit_that_ends_training_is_told(run, write_table, tmp_path):
    write_table(tmp_path / "table.csv", n_rows=3000)
    command = ["train", "table.csv", "--target", "label", "--seed", 0, "--json", "--n-models", 2]
    found = json.loads(run(*command, "--time-limit", 0.5, "--max-iter", 10_000).stdout)
    assert 1 <= found["epochs"] <= found["schedule_epochs"] < 10_000
    epochs = ["--max-iter", found["epochs"], "--schedule-epochs", found["schedule_epochs"]]
    again = json.loads(run(*command, *epochs, "--out", "again").stdout)
    assert again["evaluation"] == found["evaluation"]


@pytest.mark.parametrize(
    ("code", "options", "words"),
    [
        (2, ["--threshold", "1.5"], "'threshold'"),
        (2, ["--threshold", "roc_auc"], "scores probabilities"),
        (2, ["--time-limit", "0"], "'time_limit'"),
        (2, ["--memory-limit", "2 gb"], "'memory_limit'"),
        (2, ["--schedule-epochs", "0"], "'schedule_epochs'"),
        (2, ["--groups", "patient", "--order", "day"], "Give one of them"),
        (2, ["--groups", "patient", "--valid", "table.csv"], "--valid"),
        (65, ["--weights", "patient"], "line 2: Column 'patient', row 1: 'p0' is no number"),
        (71, ["--memory-limit", "100 kB"], "and 0.1 MB is the memory_limit"),
    ],
)
def test_mistakes_are_one_line(fail, wide, tmp_path, code, options, words):
    assert words in fail(code, *TRAIN, *options)
    assert not (tmp_path / "table.deltarule").exists()


@pytest.mark.parametrize("option", ["--metric", "--preset", "--class-weight"])
def test_words_that_are_none_of_the_choices(call, table, option):
    done = call(*TRAIN, option, "best")
    assert done.returncode == 2
    assert "'best' is not" in done.stderr
