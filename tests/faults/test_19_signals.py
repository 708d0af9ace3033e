"""Fault 19: SIGINT and SIGTERM - the step is finished, a checkpoint written, 130 and 143.

In Python, Ctrl-C in the main thread: fit keeps the best weights so far and warns. A library
installs no signal handler.
"""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from deltarule import Checkpoint, MLPClassifier, TabularClassifier
from deltarule.callbacks import Callback
from deltarule.model_file import read_model

SCRIPT = Path(sys.executable).with_name("deltarule")
SIGNALS = {
    signal.SIGINT: (130, "Interrupted"),
    signal.SIGTERM: (143, "Terminated"),
    signal.SIGHUP: (129, "Hung up"),
}
QUICK = ["--preset", "quick", "--max-iter", "16", "--seed", "0"]
TRAIN = ["train", "table.csv", "--target", "label", *QUICK]
CHECKPOINT = ["--checkpoint", "run", "--checkpoint-seconds", "1000"]  # none by the clock


@pytest.fixture
def run(tmp_path, rows_of_text):
    """Start the command in this test's own folder; ``run(...).wait_for(n)`` for n checkpoints."""
    rows_of_text(tmp_path / "table.csv", 10_000)
    started = []

    def start(*options):
        process = subprocess.Popen(
            [SCRIPT, *TRAIN, *options],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def let_it_train(process, folder):
    """Wait for the checkpoint of its beginning, and a little longer."""
    while not list(folder.glob("checkpoint-*")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    time.sleep(0.3)


OFTEN = (signal.SIGINT,)  # in `make test`


@pytest.mark.parametrize(
    "number",
    [n if n in OFTEN else pytest.param(n, marks=pytest.mark.slow) for n in SIGNALS],
)
def test_a_checkpoint_of_that_moment_is_written_and_the_run_goes_on_from_it(run, tmp_path, number):
    code, word = SIGNALS[number]
    whole = run("--out", "whole")
    whole.communicate()
    process = run("--out", "left", *CHECKPOINT)
    let_it_train(process, tmp_path / "run")
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (code, "")
    last = err.splitlines()[-1]
    assert last.startswith(f"deltarule: {word} in epoch ")
    assert last.endswith("the same command with --resume goes on from there.")
    newest = read_model(sorted((tmp_path / "run").glob("checkpoint-*"))[-1])
    assert newest.snapshot.state.step > 0
    assert f"in epoch {newest.training.epochs + 1}." in last
    assert not (tmp_path / "left").exists()
    resumed = run("--out", "left", *CHECKPOINT, "--resume")
    _, err = resumed.communicate(timeout=60)
    assert resumed.returncode == 0, err
    at = f"epoch {newest.training.epochs + 1}, after step {newest.snapshot.state.step}."
    assert f"Resuming run: {at}" in err
    assert (tmp_path / "left").read_bytes() == (tmp_path / "whole").read_bytes()


def test_as_json(run, tmp_path):
    process = run(*CHECKPOINT, "--json")
    let_it_train(process, tmp_path / "run")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, json.loads(err)["exit_code"]) == (143, "", 143)
    assert "--resume" in json.loads(err)["error"]


# ------------------------------------------------------------------------------------- Python

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 6))
Y = (X[:, 0] + 0.5 * RNG.normal(size=400) > 0).astype(int)
TABLE = {f"column {i}": X[:, i].tolist() for i in range(6)}


class CtrlC(Callback):
    """Presses Ctrl-C, from a thread of its own, as soon as an epoch is whole."""

    def __init__(self, epoch):
        self.epoch, self.handlers = epoch, set()

    def on_burst(self, state):
        self.handlers.add(signal.getsignal(signal.SIGINT))
        self.handlers.add(signal.getsignal(signal.SIGTERM))
        if state.epoch >= self.epoch:
            self.epoch = np.inf
            threading.Thread(target=signal.raise_signal, args=[signal.SIGINT]).start()


def make(kind, **settings):
    if kind == "tabular":
        settings = {"n_models": 1, "random_state": 0, "max_iter": 10_000, **settings}
        return TabularClassifier(**settings), (TABLE, Y)
    model = MLPClassifier(
        (20,), random_state=0, max_iter=10_000, n_iter_no_change=np.inf, **settings
    )
    return model, (X, Y)


def weights_of(model):
    networks = model._parameters if isinstance(model._parameters, list) else [model._parameters]
    return [network.theta.tobytes() for network in networks]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", ["mlp", "tabular"])
def test_in_python_the_best_weights_so_far_are_kept_with_a_warning(kind):
    model, data = make(kind)
    given = {} if kind == "tabular" else {"X_val": X[:100], "y_val": Y[:100]}
    pressed = CtrlC(3)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.warns(
        UserWarning, match=r"interrupted by user in epoch \d+; .* the best, are kept"
    ):
        model.set_callbacks(pressed).fit(*data, **given)
    assert 3 <= model.n_iter_ < 10_000
    scores = model.history_["validation_score"]
    which, schedule = (-1, {"schedule_epochs": 10_000}) if kind == "tabular" else (0, {})
    best = int(np.flatnonzero(scores == scores.max())[which]) + 1
    again, data = make(kind, **schedule)
    again.set_params(max_iter=best).fit(*data, **given)
    assert weights_of(model) == weights_of(again)
    assert pressed.handlers == set(before)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", ["mlp", "tabular"])
def test_the_run_goes_on_from_its_last_checkpoint(kind, tmp_path):
    """Ctrl-C may come in the middle of a step's accounting, so none is written just then."""
    every = Checkpoint(tmp_path / "run", seconds=None, epochs=1)
    model, data = make(kind, checkpoint=every)
    with pytest.warns(UserWarning, match="interrupted by user"):
        model.set_params(max_iter=200).set_callbacks(CtrlC(20)).fit(*data)
    assert model.n_iter_ < 200
    with_rest, _ = make(kind, checkpoint=every, resume=True)
    whole, _ = make(kind)
    for estimator in (with_rest, whole):
        estimator.set_params(max_iter=200).fit(*data)
    assert weights_of(with_rest) == weights_of(whole)
    assert with_rest.loss_curve_ == list(whole.loss_curve_)


def test_a_signal_that_is_ignored_stays_so(run, tmp_path):
    """In a script's background job, or under nohup, Ctrl-C is for others."""
    line = 'trap "" INT; exec "$@"'
    process = subprocess.Popen(
        ["/bin/sh", "-c", line, "sh", SCRIPT, *TRAIN, *CHECKPOINT],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    run_folder = tmp_path / "run"
    while not list(run_folder.glob("checkpoint-*")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


def test_an_interrupt_whose_checkpoint_fails_says_both(run, tmp_path):
    """The folder has become a file's: the disk's own error stands between signal and message."""
    process = run(*CHECKPOINT)
    let_it_train(process, tmp_path / "run")
    for path in (tmp_path / "run").glob("checkpoint-*"):
        path.unlink()
    (tmp_path / "run").rename(tmp_path / "moved")
    (tmp_path / "run").write_text("no folder")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (74, "")
    last = err.splitlines()[-1]
    assert last.startswith("deltarule: Interrupted, but no checkpoint could be written of then. ")
    assert "--resume goes on from them." in last
