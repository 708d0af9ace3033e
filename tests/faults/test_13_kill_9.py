"""Fault 13: kill -9 at a random moment of training, then resume - same bits as never interrupted.

Real processes, killed by the kernel: some while they train, some while they write a checkpoint.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).with_name("deltarule")
SECONDS = 240  # until it hangs: with a checkpoint every 0.02 s the longest run takes some 90

# Dropout, early stopping, an adaptive rate and shuffling are on; a checkpoint every 0.02 s. Hardly
# any epoch gains 0.5, so the rate falls seven times, and patience alone says how long the run is.
TRAIN = """
import sys
import warnings
from hashlib import sha256

from sklearn.datasets import load_digits

from deltarule import Checkpoint, MLPClassifier
from deltarule.callbacks import Callback


class SayThatItTrains(Callback):
    said = False

    def on_burst(self, state):
        if not self.said:
            self.said = True
            print("training", flush=True)


folder, threads, solver, patience = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
warnings.simplefilter("ignore")
X, y = load_digits(return_X_y=True)
model = MLPClassifier(
    (64, 32), solver=solver, learning_rate="adaptive", learning_rate_init=0.05, dropout=[0.2, 0.1],
    early_stopping=True, n_iter_no_change=patience, tol=0.5, batch_size=16, max_iter=20_000,
    random_state=3, n_threads=threads, resume=folder != "-",
    checkpoint=None if folder == "-" else Checkpoint(folder, seconds=0.02, keep=2),
)
model.set_callbacks(SayThatItTrains()).fit(X / 16, y)
history = [v.tobytes() for k, v in sorted(model.history_.items()) if k != "seconds"]
parts = [model._parameters.theta.tobytes(), *history]
print(sha256(b"".join(parts)).hexdigest(), model.n_iter_, model._state.rate_factor, flush=True)
"""


def start(folder, threads, how):
    """Start a training process; ``how`` are its solver and its patience, which make it long."""
    command = [sys.executable, "-c", TRAIN, str(folder), str(threads), *how]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def last_words(process):
    out, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    return out.splitlines()[-1]


def kill(process, folder, rng):
    """Kill it when it writes a checkpoint, or after some time of training."""
    process.stdout.readline()
    until = time.monotonic() + rng.uniform(0, 0.3)
    if rng.random() < 0.5:
        while time.monotonic() < until:
            time.sleep(0.001)
    else:
        until += SECONDS
        while process.poll() is None and time.monotonic() < until:
            if any(folder.glob("*.part")):
                break
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=SECONDS)
    return process.returncode == -signal.SIGKILL


def train_with_kills(folder, kills, how, seed):
    """Return the last words of a run that was killed so often, and how often while writing."""
    rng, done, writing = random.Random(seed), 0, 0
    folder.mkdir()
    while done < kills:
        was_killed = kill(start(folder, rng.choice([1, 2, 3]), how), folder, rng)
        assert was_killed, f"the run was over after {done} kills: it is too short"
        done += 1
        writing += any(folder.glob("*.part"))
    return last_words(start(folder, 2, how)), writing


def check(tmp_path, kills, how, seed):
    expected = last_words(start("-", 1, how))
    found, writing = train_with_kills(tmp_path / "run", kills, how, seed)
    assert found == expected
    assert not list((tmp_path / "run").glob("*.part"))
    assert len(list((tmp_path / "run").glob("checkpoint-*"))) == 2
    return writing


@pytest.mark.slow
def test_five_kills_change_no_bit(tmp_path):
    check(tmp_path, 5, ("sgd", "150"), seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("how", [("sgd", "400"), ("adam", "3000")], ids=" ".join)
def test_twenty_kills_change_no_bit_some_of_them_while_a_checkpoint_is_written(tmp_path, how):
    assert check(tmp_path, 20, how, seed=1) >= 1


def test_the_command_line_killed_and_resumed_makes_the_same_file(tmp_path, rows_of_text):
    """Byte for byte: a model file tells nothing of the clock."""
    rows_of_text(tmp_path / "table.csv", 4000)
    command = [SCRIPT, "train", "table.csv", "--target", "label", "--seed", "0", "--max-iter", "20"]
    command += ["--n-models", "3"]

    def run(out, *options, **more):
        return subprocess.Popen(
            [*command, "--out", out, *options],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **more,
        )

    def finish(process):
        _, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, err.decode()

    finish(run("whole", env={**os.environ, "OMP_NUM_THREADS": "1"}))
    options = ["--checkpoint", "run", "--checkpoint-seconds", "0.01"]
    process = run("killed", *options)
    while len(list((tmp_path / "run").glob("checkpoint-*"))) < 3:
        time.sleep(0.001)
        assert process.poll() is None, process.stderr.read().decode()
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "killed").exists()
    finish(run("killed", *options, "--resume", env={**os.environ, "OMP_NUM_THREADS": "2"}))
    assert (tmp_path / "killed").read_bytes() == (tmp_path / "whole").read_bytes()
