"""Fault 18: two runs on one checkpoint folder - the second stops with exit 75."""

import json
import subprocess
import sys
import time

import pytest

TRAIN = ["train", "table.csv", "--target", "label", "--seed", "0"]


ENDLESS = """
from sklearn.datasets import load_digits
from deltarule import MLPClassifier

model = MLPClassifier(max_iter=10**9, n_iter_no_change=float("inf"), checkpoint="run")
model.fit(*load_digits(return_X_y=True))
"""


@pytest.fixture
def first(tmp_path, monkeypatch, rows_of_text):
    """A run that goes on for as long as the test does, with checkpoints in ``run``."""
    monkeypatch.chdir(tmp_path)
    rows_of_text(tmp_path / "table.csv", 100)
    process = subprocess.Popen([sys.executable, "-c", ENDLESS])
    while not list((tmp_path / "run").glob("checkpoint-*")):
        assert process.poll() is None
        time.sleep(0.01)
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("options", [[], ["--resume"]])
def test_the_second_stops_with_75(first, command, options):
    code, out, err = command(*TRAIN, "--checkpoint", "run", *options)
    assert (code, out) == (75, "")
    assert err.splitlines()[-1].startswith(
        "deltarule: Another run is writing its checkpoints to run. Wait for it to end"
    )
    code, out, err = command(*TRAIN, "--checkpoint", "run", *options, "--json")
    assert (code, out, json.loads(err)["exit_code"]) == (75, "", 75)
    assert first.poll() is None


def test_another_folder_is_free(first, command):
    code, _, err = command(*TRAIN, "--checkpoint", "other", "--max-iter", 1)
    assert code == 0, err
