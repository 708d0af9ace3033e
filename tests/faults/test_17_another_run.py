"""Fault 17: resume with other data, target or settings - refused, and the difference shown.

What each estimator tells is in tests/checkpoints/test_fingerprint.py; here is the command line.
"""

import contextlib
import json
import shutil

import pytest

TRAIN = ["train", "table.csv", "--target", "label", "--seed", 0, "--max-iter", 5]
TRAIN += ["--preset", "td-s"]
TRAIN += ["--schedule-epochs", 9]  # so that a run of five can have more
RESUME = [*TRAIN, "--checkpoint", "run", "--resume"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory, rows_of_text, command):
    """A folder with a table and the checkpoints of a run of five epochs on it."""
    folder = tmp_path_factory.mktemp("trained")
    rows_of_text(folder / "table.csv", 100)
    with contextlib.chdir(folder):
        code, _, err = command(*TRAIN, "--checkpoint", "run")
    assert code == 0, err
    return folder


@pytest.fixture
def left(trained, tmp_path, monkeypatch):
    """A copy of that run's folder, in this test's own."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    return tmp_path / "run"


@pytest.mark.parametrize(
    ("change", "options", "named"),
    [
        (lambda text: text, ["--seed", 1], "random_state (then 0, now 1)"),
        (
            lambda text: text,
            ["--drop", "w"],
            "columns (then None, now {'pairs': [['w', 'ignored']]})",
        ),
        (lambda text: text, ["--target", "w"], 'labels (then ["no", "yes"], now ["u", "v", "w"])'),
        (
            lambda text: text.rpartition("\n-")[0] + "\n",
            [],
            "number of training rows (then 80, now",
        ),
        (
            lambda text: text.replace("x,", "y,", 1),
            [],
            "names of the columns (only then: 'x'; only now: 'y')",
        ),
        (lambda text: text.replace("0.", "1.", 1), [], "the values of the training rows"),
    ],
    ids=["seed", "drop", "target", "rows", "name", "cell"],
)
def test_other_data_target_or_settings_are_refused(left, command, change, options, named):
    table = left.parent / "table.csv"
    table.write_text(change(table.read_text()))
    before = {path: path.read_bytes() for path in left.iterdir()}
    code, out, err = command(*RESUME, *options)
    assert (code, out) == (65, "")
    last = err.splitlines()[-1]
    assert last.startswith("deltarule: run holds a run that had other data or settings")
    assert named in last
    assert {path: path.read_bytes() for path in left.iterdir()} == before


def test_as_json_too(left, command):
    code, out, err = command(*RESUME, "--seed", 1, "--json")
    assert (code, out) == (65, "")
    assert "random_state (then 0, now 1)" in json.loads(err)["error"]


def test_without_resume_the_folder_is_not_touched(left, command):
    before = {path: path.read_bytes() for path in left.iterdir()}
    code, _, err = command(*TRAIN, "--checkpoint", "run")
    assert code == 2
    assert "Set resume=True (--resume) to go on with it" in err.splitlines()[-1]
    assert {path: path.read_bytes() for path in left.iterdir()} == before


def test_resume_without_a_folder_is_a_matter_of_usage(left, command):
    code, _, err = command(*TRAIN, "--resume")
    assert code == 2
    assert "needs checkpoint (--checkpoint) to say which folder" in err.splitlines()[-1]


def test_what_changes_nothing_is_not_refused(left, command):
    code, _, err = command(*RESUME, "--threads", 1, "--checkpoint-keep", 1)
    assert code == 0
    assert "run holds a run that had ended, with epoch 5." in err
    code, _, err = command(*RESUME, "--max-iter", 7)
    assert code == 0
    assert "Resuming run: epoch 6, after step 5." in err
    assert "for 7 epochs" in err


def test_an_empty_folder_is_said_to_hold_no_run(left, command):
    """Or a slip of the pen would train anew for hours, in silence."""
    code, _, err = command(*TRAIN, "--checkpoint", "rum", "--resume")
    assert code == 0
    assert "rum holds no run yet: this one begins." in err
