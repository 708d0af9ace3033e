"""Fault 48: out of memory - MemoryError with the estimate, nothing half-written."""

import json
import subprocess
import sys

import pytest

pytest.importorskip("resource", reason="this system has no ulimit")

# An address space with room for 200 MB more than everything that is imported: really too little.
TRAIN = """
import os, resource, sys, warnings
import numpy as np
from deltarule import Checkpoint, MLPClassifier, TabularClassifier
from deltarule.callbacks import Callback
from deltarule.errors import OutOfMemoryError

warnings.simplefilter("ignore")
X, y = np.random.default_rng(0).random((200, 50), np.float32), np.arange(200) % 2
every = Checkpoint("run", seconds=None, epochs=1)
model = MLPClassifier((3,), max_iter=1, n_threads=1).fit(X, y)
before = model.predict_proba(X)


def squeeze(megabytes):
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + megabytes * 2**20,) * 2)


class SqueezeAfterEpoch2(Callback):
    def on_fit_task_end(self, estimator, context):
        if getattr(context, "training", None) and context.training.epoch == 2:
            squeeze(12)

"""
TOO_LARGE = """
squeeze(200)
model.set_params(hidden_layer_sizes=(10_000, 10_000), checkpoint=every)
try:
    model.fit(X, y)
except OutOfMemoryError as error:
    assert isinstance(error, MemoryError)
    print(error)
assert (model.predict_proba(X) == before).all()
print(os.listdir("run"))
"""
TIGHT = """
every = Checkpoint("run", seconds=0.001) if sys.argv[1] == "seconds" else every
model = MLPClassifier((2000, 1000), max_iter=25, n_threads=1, random_state=0, checkpoint=every)
model.set_callbacks(SqueezeAfterEpoch2()).fit(X, y)
print(model.n_iter_, sorted(os.listdir("run"))[-1])
"""


def run(code, folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", TRAIN + code, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_network_that_does_not_fit_is_refused_with_the_estimate_and_nothing_is_written(tmp_path):
    """100 million parameters, four times over in 4 bytes each."""
    message, files = run(TOO_LARGE, tmp_path).splitlines()
    assert "A network of 50-10000-10000-1 has 100,530,001 parameters" in message
    assert "takes 1.6 GB, and 0.2 GB are free" in message
    assert "smaller hidden layers" in message
    assert files == "['.lock']"


@pytest.mark.parametrize("every", ["epoch", "seconds"])
def test_a_checkpoint_takes_no_memory_to_speak_of(tmp_path, every):
    """With 12 MB left, a state of 25 MB is written all the same: nothing of it has to be copied."""
    assert run(TIGHT, tmp_path, every) == "25 checkpoint-000000000025.deltarule\n"


@pytest.mark.parametrize("as_json", [False, True])
def test_on_the_command_line_it_is_one_line_and_71(as_json, tmp_path, rows_of_text):
    rows_of_text(tmp_path / "table.csv", 100)
    code = (
        "import sys; from deltarule.training import memory; memory.available_memory = lambda: 1000;"
        "from deltarule.cli import main; main()"
    )
    options = ["--checkpoint", "run", *(["--json"] if as_json else [])]
    done = subprocess.run(
        [sys.executable, "-c", code, "train", "table.csv", "--target", "label", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (71, "")
    last = done.stderr.splitlines()[-1]
    message = json.loads(last)["error"] if as_json else last.removeprefix("deltarule: ")
    assert message.startswith("A network of 5-8-8-256-256-256-2 has ")
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".deltarule"] == []
    assert not list((tmp_path / "run").glob("checkpoint-*"))
