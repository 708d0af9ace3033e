"""Checkpoints of several networks: one file has them all, whole, and the bits are the same."""

import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib import util
from pathlib import Path

import numpy as np
import pytest

from deltarule.checkpoints import fingerprint
from deltarule.checkpoints.snapshot import restore_state, take_snapshot
from deltarule.engines import Examples
from deltarule.errors import CheckpointError, ModelFileError
from deltarule.model_file import read_model, write_model
from deltarule.training import Leave, Watcher

SCRIPT = Path(__file__).with_name("several.py")
SECONDS = 60


@pytest.fixture(scope="module")
def several():
    spec = util.spec_from_file_location("several", SCRIPT)
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class LeaveAt(Watcher):
    """Leaves at the end of one burst, counted from 1."""

    def __init__(self, burst):
        self.burst, self.seen = burst, 0

    def end_burst(self, state):
        self.seen += 1
        if self.seen == self.burst:
            raise Leave


@pytest.mark.parametrize("burst", [1, 30, 50, 51, 120, 280])
def test_left_in_the_middle_of_an_epoch_and_resumed_with_other_threads(
    several, one_step_a_burst, tmp_path, burst
):
    """An epoch has 51 steps, of which a member with a row less makes the last one smaller.

    The rate falls after the fifth epoch.
    """
    whole = several.run(n_threads=1)
    assert whole.rate_factor < 1
    with pytest.raises(Leave):
        several.run(tmp_path, n_threads=3, watcher=LeaveAt(burst))
    resumed = several.run(tmp_path, n_threads=2)
    assert several.digest(resumed) == several.digest(whole)


def test_a_run_that_is_done_can_have_more_epochs(several, tmp_path):
    several.run(tmp_path, epochs=4)
    more = several.run(tmp_path, epochs=6)
    assert several.digest(more) == several.digest(several.run(epochs=6))


def test_the_file_has_the_best_weights_of_each_and_says_which_they_are(several, tmp_path):
    state = several.run(tmp_path)
    saved = read_model(sorted(tmp_path.glob("checkpoint-*"))[-1])
    told = [(m.seed, m.best_epoch, m.examples) for m in saved.training.members]
    assert told == [(m.seed, m.best_epoch, m.examples_seen) for m in state.members]
    assert (saved.training.seed, saved.training.best_epoch) == (3, state.best_epoch)
    assert saved.training.examples == state.examples_seen
    assert saved.training.loss_curve == state.history.losses
    for parameters, member in zip(saved.parameters, state.members, strict=True):
        assert parameters.theta.tobytes() == member.best.theta.tobytes()


def test_a_state_survives_a_file_whole(several, one_step_a_burst, tmp_path):
    """Also where the members are at different rows, and theta is not the best one."""
    state = None

    class Keep(LeaveAt):
        def end_burst(self, now):
            nonlocal state
            state = now
            super().end_burst(now)

    with pytest.raises(Leave):
        several.run(watcher=Keep(101))
    kept = [member.best for member in state.members]
    model = replace(several.model_of(state, kept), snapshot=take_snapshot(state, {}, []))
    write_model(tmp_path / "model", model)
    again = restore_state(read_model(tmp_path / "model", resuming=True), ("m", "v"))
    assert several.digest(again) == several.digest(state)
    for found, member in zip(again.members, state.members, strict=True):
        assert found.epoch_start.tobytes() == member.epoch_start.tobytes()
        places = [(m.position, m.n_rows, m.epoch, m.epoch_loss, m.rate) for m in (found, member)]
        assert places[0] == places[1]
    assert (again.epoch, again.step, again.position) == (state.epoch, state.step, state.position)


def test_a_file_whose_checkpoint_is_of_fewer_networks_is_refused(several, tmp_path):
    state = several.run(epochs=1)
    snapshot = take_snapshot(state, {}, [])
    fewer = replace(snapshot, members=snapshot.members[:4])
    model = replace(several.model_of(state, state.parameters), snapshot=fewer)
    write_model(tmp_path / "model", model)
    with pytest.raises(ModelFileError, match="a checkpoint of 4 networks, and tells of 5"):
        read_model(tmp_path / "model")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda rows: [*rows[:2], np.arange(3, 103), *rows[3:]], "rows of network 3"),
        (lambda rows: [np.arange(3, 103), *rows[1:]], "the choice of training rows"),
        (lambda rows: rows[:4], "number of training rows of network 5"),
        (lambda rows: [rows[1], rows[0], *rows[2:]], "the choice of validation rows of network 2"),
    ],
    ids=["third", "first", "fewer", "exchanged"],
)
def test_other_rows_of_any_network_are_another_run(several, tmp_path, change, named):
    several.run(tmp_path, epochs=2)
    held_out = [fold.validation.examples.rows for fold in several.FOLDS]
    with pytest.raises(CheckpointError, match=named):
        several.run(tmp_path, epochs=2, folds=several.folds_of(change(held_out)))


def test_rows_that_all_share_are_looked_at_once(several, monkeypatch):
    module = sys.modules[fingerprint.__module__]
    seen, digest = [], module.digest

    def note(array):
        seen.append(array)
        return digest(array)

    monkeypatch.setattr(module, "digest", note)
    own = Examples(several.X + 1, several.Y)
    rows = [(fold.examples, fold.validation.examples) for fold in several.FOLDS[:4]]
    fingerprint({}, several.plan_of(1), np.arange(3), None, [*rows, (rows[0][0], own)])
    assert sum(array is several.X for array in seen) == 1
    assert sum(array is own.X for array in seen) == 1


# ------------------------------------------------------------------------------------- kill -9


def start(folder, threads, epochs):
    command = [sys.executable, SCRIPT, str(folder), str(threads), str(epochs)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def last_words(process):
    out, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    return out.splitlines()[-1]


def test_killed_and_resumed_it_has_the_bits_of_one_that_was_not(tmp_path):
    """At random moments of training, with 1, 2 or 3 threads; kill -9 leaves no chance to clean."""
    rng, epochs = random.Random(0), 250
    expected = last_words(start("-", 2, epochs))
    for _ in range(4):
        process = start(tmp_path, rng.choice([1, 2, 3]), epochs)
        process.stdout.readline()
        time.sleep(rng.uniform(0.0, 0.04))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=SECONDS)
        assert process.returncode == -signal.SIGKILL, "the run was over: it is too short"
    newest = read_model(sorted(tmp_path.glob("checkpoint-*"))[-1], resuming=True)
    assert newest.training.epochs > 0
    assert last_words(start(tmp_path, 3, epochs)) == expected
