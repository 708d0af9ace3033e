"""train --config: options from a TOML file."""

import json

import pytest

TRAIN = ["train", "table.csv", "--target", "label"]


@pytest.fixture
def settings(run, table, tmp_path):
    """Train with a file of these lines and with options; return the model's settings."""

    def of(lines, *options):
        (tmp_path / "train.toml").write_text(lines)
        run(*TRAIN, "--config", "train.toml", *options)
        return json.loads(run("inspect", "table.deltarule", "--json").stdout)["settings"]

    return of


def test_keys_are_names_of_options(settings):
    found = settings('max-iter = 2\nseed = 7\nmetric = "log_loss"\nmemory-limit = "1 GB"\n')
    assert found["max_iter"] == 2
    assert found["random_state"] == 7
    assert found["metric"] == "log_loss"
    assert found["memory_limit"] == "1 GB"


def test_underscores_will_do(settings):
    found = settings("max_iter = 2\ntime_limit = 100\nclass_weight = 'balanced'\n")
    assert (found["max_iter"], found["time_limit"]) == (2, 100)
    assert found["class_weight"] == "balanced"


def test_the_command_line_goes_before(settings):
    found = settings("max-iter = 90\nseed = 7\n", "--max-iter", 2)
    assert (found["max_iter"], found["random_state"]) == (2, 7)


@pytest.mark.parametrize("value", ['["x"]', '"x"'], ids=["list", "one"])
def test_names_of_columns(settings, value):
    assert settings(f"max-iter = 1\ncategorical = {value}\n")["columns"] == {"x": "categorical"}


def test_everything_can_stand_in_it(run, table, tmp_path):
    lines = ['target = "label"', "max-iter = 2", "json = true", 'out = "model"', "header = true"]
    (tmp_path / "train.toml").write_text("\n".join(lines))
    done = run("train", "table.csv", "--config", "train.toml")
    assert json.loads(done.stdout)["model"] == "model"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("max-itr = 3", "train.toml has 'max-itr', which is no option. Did you mean 'max-iter'?"),
        ("time_limits = 3", "'time_limits', which is no option. Did you mean 'time-limit'?"),
        ("quux = 3", "'quux', which is no option. See deltarule train --help."),
        ('config = "other.toml"', "'config', which is no option"),
        ("max-iter = [3]", "'max-iter' must be one value, not [3]"),
        ("[train]\nmax-iter = 3", "'train'"),
        ('max-iter = "many"', "'many' is not a valid integer"),
        ("max-iter = 0", "'max_iter'"),
        ('metric = "accuracy"', "'accuracy' is not one of"),
        ("max-iter", "train.toml is no TOML: "),
    ],
)
def test_mistakes(call, table, tmp_path, lines, words):
    (tmp_path / "train.toml").write_text(lines)
    done = call(*TRAIN, "--config", "train.toml")
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "table.deltarule").exists()


def test_a_file_that_is_not_there(fail, table):
    assert fail(66, *TRAIN, "--config", "absent.toml") == (
        "deltarule: Cannot open absent.toml: No such file or directory."
    )


def test_bytes_that_are_no_text(call, table, tmp_path):
    (tmp_path / "train.toml").write_bytes(b"seed = 1 # \xff\n")
    done = call(*TRAIN, "--config", "train.toml")
    assert done.returncode == 2
    assert "train.toml is no TOML" in " ".join(done.stderr.split())
