"""When a checkpoint is written, what goes wrong then, and where there can be none."""

import logging
import re
import threading
import warnings
from importlib import import_module

import numpy as np
import pytest

from deltarule import Checkpoint, MLPClassifier
from deltarule.callbacks import Callback
from deltarule.errors import CheckpointError, SaveError, SettingError
from deltarule.model_file import read_model

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

folder_module = import_module("deltarule.checkpoints.folder")
keeper = import_module("deltarule.checkpoints.keeper")
run = import_module("deltarule.checkpoints.run")


class Clock:
    """A clock on which each look takes two fifths of a second."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        self.now += 0.4
        return self.now

    perf_counter = monotonic


@pytest.fixture
def written(monkeypatch):
    """The step, position and epoch of each checkpoint that is written."""
    seen, write = [], folder_module.CheckpointFolder.write

    def note(folder, model, step):
        seen.append((step, model.snapshot.state.position, model.training.epochs))
        return write(folder, model, step)

    monkeypatch.setattr(folder_module.CheckpointFolder, "write", note)
    return seen


def fit(iris, tmp_path, **every):
    checkpoint = Checkpoint(tmp_path / "run", **every)
    model = MLPClassifier((4,), max_iter=4, batch_size=50, random_state=0, checkpoint=checkpoint)
    return model.fit(*iris)


def test_one_at_the_beginning_and_one_at_the_end_whatever_the_interval(iris, tmp_path, written):
    fit(iris, tmp_path, seconds=None)
    assert written == [(0, 0, 0), (12, 0, 4)]


def test_every_so_many_epochs(iris, tmp_path, written):
    fit(iris, tmp_path, seconds=None, epochs=3)
    assert written == [(0, 0, 0), (9, 0, 3), (12, 0, 4)]


def test_after_so_many_seconds_also_within_an_epoch(iris, tmp_path, written, monkeypatch):
    """A look after each burst and each epoch; the third is more than a second after the first."""
    monkeypatch.setattr(keeper, "time", Clock())
    monkeypatch.setattr(folder_module.CheckpointFolder, "is_writing", False)  # a quick disk
    monkeypatch.setattr(import_module("deltarule.training.loop"), "BURST", 0)  # one step
    fit(iris, tmp_path, seconds=1.0)
    steps, positions, epochs = zip(*written, strict=True)
    assert steps == (0, 3, 5, 7, 9, 12, 12)
    assert positions == (0, 150, 100, 50, 0, 150, 0)
    assert epochs == (0, 0, 1, 2, 3, 3, 4)


def test_one_that_is_still_being_written_is_waited_for_by_none_but_the_last(
    iris, tmp_path, written, monkeypatch, bits
):
    """On a slow disk there are fewer, each of its own moment, and none of a later one."""
    write, begun, free = folder_module.write_model, threading.Event(), threading.Event()

    def slowly(path, model):
        if threading.current_thread() is not threading.main_thread():
            begun.set()
            assert free.wait(10)
        write(path, model)

    class FreeInEpoch3(Callback):
        def on_burst(self, state):
            if state.epoch == 2:
                assert begun.wait(10)
                free.set()

    monkeypatch.setattr(folder_module, "write_model", slowly)
    monkeypatch.setattr(import_module("deltarule.training.loop"), "BURST", 0)
    every = Checkpoint(tmp_path / "run", seconds=1e-6)
    model = MLPClassifier((4,), max_iter=4, batch_size=50, random_state=0, checkpoint=every)
    model.set_callbacks(FreeInEpoch3()).fit(*iris)
    assert written[:2] == [(0, 0, 0), (1, 50, 0)]
    assert all(step >= 7 for step, _, _ in written[2:])
    assert written[-1] == (12, 0, 4)
    plain = MLPClassifier((4,), max_iter=4, batch_size=50, random_state=0).fit(*iris)
    assert bits(model) == bits(plain)
    saved = read_model(tmp_path / "run" / "checkpoint-000000000012.deltarule")
    assert saved.parameters[0].theta.tobytes() == plain._parameters.theta.tobytes()


def test_one_that_fails_while_training_goes_on_is_a_warning_all_the_same(
    iris, tmp_path, monkeypatch
):
    write = folder_module.write_model

    def fail_behind(path, model):
        if threading.current_thread() is not threading.main_thread():
            raise SaveError(f"Cannot write {path}: No space left on device.")
        write(path, model)

    monkeypatch.setattr(folder_module, "write_model", fail_behind)
    monkeypatch.setattr(import_module("deltarule.training.loop"), "BURST", 0)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", UserWarning)
        fit(iris, tmp_path, seconds=1e-6)
    said = [str(w.message) for w in seen if "checkpoint" in str(w.message)]
    assert said[0].startswith("The checkpoint of step 1 failed: Cannot write ")
    assert all("No space left on device. Earlier ones stand" in text for text in said)
    names = sorted(path.name for path in (tmp_path / "run").glob("checkpoint-*"))
    assert names == [f"checkpoint-{step:012d}.deltarule" for step in (0, 12)]


def test_a_run_that_stops_early_writes_its_last_state(iris, tmp_path, written):
    checkpoint = Checkpoint(tmp_path / "run", seconds=None)
    model = MLPClassifier((4,), tol=10, n_iter_no_change=1, checkpoint=checkpoint).fit(*iris)
    assert written[-1][2] == model.n_iter_ == 3


def test_each_is_logged(iris, tmp_path, caplog):
    caplog.set_level(logging.INFO, "deltarule")
    fit(iris, tmp_path, seconds=None)
    lines = [r.getMessage() for r in caplog.records if r.name == "deltarule.checkpoints.folder"]
    assert [line.split(" in ")[0] for line in lines] == [
        f"wrote {tmp_path / 'run' / f'checkpoint-{step:012d}.deltarule'}" for step in (0, 12)
    ]


# ------------------------------------------------------------------------- what may go wrong


def test_a_checkpoint_that_cannot_be_written_is_a_warning_and_the_run_goes_on(
    iris, tmp_path, monkeypatch, bits
):
    """Those before it stand, and the next one is tried when it is due."""
    write, calls = folder_module.write_model, []

    def fail_once(path, model):
        calls.append(path)
        if len(calls) == 3:
            raise SaveError(f"Cannot write {path}: No space left on device.")
        write(path, model)

    monkeypatch.setattr(folder_module, "write_model", fail_once)
    with pytest.warns(UserWarning, match="The checkpoint of step 6 failed: .*No space") as seen:
        model = fit(iris, tmp_path, seconds=None, epochs=1)
    assert len([w for w in seen if "The checkpoint of" in str(w.message)]) == 1
    plain = MLPClassifier((4,), max_iter=4, batch_size=50, random_state=0).fit(*iris)
    assert bits(model) == bits(plain)
    assert len(calls) == 5


def test_memory_that_does_not_suffice_is_one_that_cannot_be_written(iris, tmp_path, monkeypatch):
    def fail(path, model):
        raise MemoryError

    monkeypatch.setattr(folder_module, "write_model", fail)
    with pytest.raises(SaveError, match="there is no memory left"):
        fit(iris, tmp_path)  # the first one: before any work is done


def test_another_machine_is_a_warning_that_says_what_is_other(
    make, iris, broken_off, monkeypatch, bits
):
    now = {**run.describe_machine(), "BLAS": "openblas 0.1 Prescott", "deltarule": "9.9"}
    monkeypatch.setattr(run, "describe_machine", lambda: now)
    with pytest.warns(UserWarning, match="to tolerance, not in every bit") as seen:
        model = make(resume=True).fit(*iris)
    (message,) = [str(w.message) for w in seen if "begun elsewhere" in str(w.message)]
    assert "now openblas 0.1 Prescott" in message
    assert "now 9.9" in message
    assert "processor" not in message
    assert [w.filename for w in seen if "elsewhere" in str(w.message)] == [__file__]
    assert bits(model) == bits(make(checkpoint=None).fit(*iris))


class Odd(Callback):
    def __init__(self, state):
        self.state = state

    def get_state(self):
        return self.state


@pytest.mark.parametrize("state", [{"a": float("nan")}, {"a": {1, 2}}, {"a": np.float32(1)}])
def test_a_callback_whose_state_is_not_json_is_named_before_work_starts(state, iris, tmp_path):
    model = MLPClassifier(checkpoint=tmp_path / "run").set_callbacks(Odd(state))
    with pytest.raises(CheckpointError, match=r"get_state of the callback Odd must return JSON"):
        model.fit(*iris)
    assert not list((tmp_path / "run").glob("checkpoint-*"))


# ------------------------------------------------------------------------ where there is none


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"solver": "lbfgs"}, "solver='lbfgs' .* cannot use checkpoint="),
        ({"warm_start": True}, "warm_start=True and checkpoint=.* both say what a fit goes on"),
    ],
)
def test_what_cannot_go_with_it_is_a_named_error(settings, message, iris, tmp_path):
    with pytest.raises(SettingError, match=message):
        MLPClassifier(checkpoint=tmp_path / "run", **settings).fit(*iris)
    assert not (tmp_path / "run").exists()


def test_partial_fit_writes_none(iris, tmp_path):
    model = MLPClassifier(checkpoint=tmp_path / "run")
    with pytest.raises(SettingError, match="partial_fit makes one epoch and writes no checkpoints"):
        model.partial_fit(*iris, classes=[0, 1, 2])
    assert not (tmp_path / "run").exists()


def test_data_that_cannot_be_used_begin_no_run(iris, tmp_path):
    X, y = iris
    with pytest.raises(ValueError, match="NaN"):
        MLPClassifier(checkpoint=tmp_path / "run").fit(np.where(X > 2, np.nan, X), y)
    assert not list((tmp_path / "run").glob("checkpoint-*"))


@pytest.mark.parametrize(
    "wrong",
    [
        *({"seconds": 0}, {"seconds": -1.0}, {"seconds": "5"}, {"epochs": 0}, {"epochs": 2.5}),
        *({"keep": 0}, {"keep": -3}, {"keep": 2.5}, {"folder": ""}, {"folder": None}),
    ],
    ids=str,
)
def test_an_interval_outside_its_range_is_refused_at_once(wrong):
    (name, value) = next(iter(wrong.items()))
    message = f"{name} of a Checkpoint must be .* Got {re.escape(repr(value))} instead"
    with pytest.raises(SettingError, match=message):
        Checkpoint(**{"folder": "run", **wrong})


def test_the_beginning_is_written_before_the_first_step(iris, tmp_path, fail_after):
    """So that the seed is kept, and a full disk is known, before any work is done."""
    model = MLPClassifier(checkpoint=tmp_path / "run").set_callbacks(fail_after(1))
    with warnings.catch_warnings(), pytest.raises(RuntimeError):
        model.fit(*iris)
    assert (tmp_path / "run" / "checkpoint-000000000000.deltarule").is_file()
