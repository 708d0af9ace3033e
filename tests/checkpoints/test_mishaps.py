"""What must not cost a run: found by a reader who was looking for it."""

import os
import shutil
import subprocess
import sys
import threading
import weakref
from importlib import import_module

import numpy as np
import pytest
from sklearn.metrics import f1_score, make_scorer, recall_score

from deltarule import Checkpoint, MLPClassifier, TabularClassifier
from deltarule.callbacks import Callback, EarlyStopping
from deltarule.errors import CheckpointError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

folder_module = import_module("deltarule.checkpoints.folder")
keeper_module = import_module("deltarule.checkpoints.keeper")


def names(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


IN_A_THREAD = """
import threading
from sklearn.datasets import load_digits
from deltarule import Checkpoint, MLPClassifier

def train():
    every = Checkpoint("run", seconds=0.01)
    model = MLPClassifier(max_iter=60, n_iter_no_change=float("inf"), checkpoint=every)
    print(model.fit(*load_digits(return_X_y=True)).n_iter_)

threading.Thread(target=train).start()
"""


def test_a_fit_in_a_thread_that_outlives_the_main_one_goes_on(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IN_A_THREAD],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("60\n", "")


def test_a_run_whose_moments_have_overflowed_is_resumed(tmp_path, bits):
    """Adam's squares of gradients beyond 1e19 are infinite in float32; theta then stands still."""
    X = (1e20 * np.random.default_rng(0).normal(size=(60, 4))).astype(np.float32)
    y = np.arange(60) % 2

    def make(epochs, **settings):
        return MLPClassifier(
            (8,), max_iter=epochs, random_state=0, n_iter_no_change=np.inf, **settings
        )

    whole = make(6).fit(X, y)
    (member,) = whole._state.members
    assert not all(np.isfinite(moment).all() for moment in member.moments.values())
    make(3, checkpoint=tmp_path / "run").fit(X, y)
    assert bits(make(6, checkpoint=tmp_path / "run", resume=True).fit(X, y)) == bits(whole)


def test_a_file_of_a_similar_name_is_neither_taken_nor_in_the_way(make, iris, broken_off, bits):
    last = sorted(broken_off.glob("checkpoint-*"))[-1]
    shutil.copy(last, broken_off / "checkpoint-backup.deltarule")
    every = Checkpoint(broken_off, seconds=None, epochs=1, keep=1)
    model = make(resume=True, checkpoint=every).fit(*iris)
    assert names(broken_off) == ["checkpoint-000000000030.deltarule", "checkpoint-backup.deltarule"]
    assert bits(model) == bits(make(checkpoint=None).fit(*iris))


class Once(Callback):
    """Does something after the second epoch."""

    def __init__(self, action):
        self.action = action

    def on_fit_task_end(self, estimator, context):
        if getattr(context, "training", None) and context.training.epoch == 2:
            self.action()


def test_a_folder_that_was_removed_and_made_anew_by_another_run_is_left_alone(
    make, iris, tmp_path, fail_after
):
    """The lock was of the folder that is gone; the new one is somebody else's."""
    other = make(random_state=1).set_callbacks(fail_after(4))

    def replace():
        shutil.rmtree(tmp_path / "run")
        with pytest.raises(RuntimeError):
            other.fit(*iris)

    with pytest.warns(UserWarning, match="the folder was removed or replaced since the run began"):
        make().set_callbacks(Once(replace)).fit(*iris)
    make(random_state=1, resume=True).fit(*iris)


def test_ctrl_c_while_the_last_write_is_waited_for_lets_go_of_the_folder(
    make, iris, tmp_path, monkeypatch
):
    class Interrupted(folder_module.ThreadPoolExecutor):
        calls = 0

        def shutdown(self, wait=True, **more):
            Interrupted.calls += 1
            super().shutdown(wait, **more)
            if Interrupted.calls == 1:
                raise KeyboardInterrupt

    monkeypatch.setattr(folder_module, "ThreadPoolExecutor", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        make().fit(*iris)
    make(resume=True).fit(*iris)


def test_where_a_copy_would_not_fit_the_state_itself_is_written(iris, tmp_path, monkeypatch):
    threads = []
    write = folder_module.write_model

    def note(path, model):
        threads.append(threading.current_thread() is threading.main_thread())
        write(path, model)

    monkeypatch.setattr(folder_module, "write_model", note)
    monkeypatch.setattr(keeper_module, "available_memory", lambda: 100)
    MLPClassifier((4,), max_iter=4, checkpoint=Checkpoint(tmp_path / "run", seconds=1e-9)).fit(
        *iris
    )
    assert len(threads) > 2
    assert all(threads)


def test_a_disk_that_stays_full_is_tried_as_often_as_asked_and_no_more(iris, tmp_path, monkeypatch):
    write, calls = folder_module.write_model, []

    def fail_later(path, model):
        calls.append(path)
        if len(calls) > 1:
            raise MemoryError
        write(path, model)

    monkeypatch.setattr(folder_module, "write_model", fail_later)
    monkeypatch.setattr(keeper_module, "available_memory", lambda: 100)
    every = Checkpoint(tmp_path / "run", seconds=1000, epochs=2)
    with pytest.warns(UserWarning, match="there is no memory left"):
        MLPClassifier((4,), max_iter=8, batch_size=10, checkpoint=every).fit(*iris)
    assert len(calls) == 5  # the first, and after every second epoch


def test_a_callback_that_cannot_tell_its_state_later_on_does_not_end_the_run(iris, tmp_path):
    class Late(Callback):
        epoch = 0.0

        def get_state(self):
            return {"x": self.epoch if self.epoch < 3 else float("nan")}

        def on_fit_task_end(self, estimator, context):
            self.epoch += 1

    every = Checkpoint(tmp_path / "run", seconds=None, epochs=1)
    model = MLPClassifier((4,), max_iter=5, checkpoint=every).set_callbacks(Late())
    with pytest.warns(UserWarning, match="failed: The get_state of the callback Late must return"):
        model.fit(*iris)
    assert model.n_iter_ == 5


def test_the_arrays_of_the_file_are_not_held_while_training_goes_on(
    make, iris, broken_off, monkeypatch
):
    newest, found, held = folder_module.CheckpointFolder.newest, [], []

    def note(folder):
        saved = newest(folder)
        found.append(weakref.ref(saved))
        return saved

    monkeypatch.setattr(folder_module.CheckpointFolder, "newest", note)
    watch = Once(lambda: None)
    watch.on_burst = lambda state: held.append(found[0]() is not None)
    make(resume=True).set_callbacks(watch).fit(*iris)
    assert len(held) > 0
    assert not any(held)


def test_a_failed_refit_of_a_table_leaves_it_as_it_was(iris):
    X, y = iris
    table = {f"column {i}": X[:, i].tolist() for i in range(4)}
    model = TabularClassifier(max_iter=3, random_state=0).fit(table, y)
    before = model.predict_proba(table)

    class FailAtTheEnd(Callback):
        def on_fit_task_end(self, estimator, context):
            if getattr(context, "training", None) is None:
                raise RuntimeError("at the very end")

    with pytest.raises(RuntimeError, match="at the very end"):
        model.set_params(max_iter=5).set_callbacks(FailAtTheEnd()).fit(table, y)
    assert model.n_iter_ == 3
    assert np.array_equal(model.predict_proba(table), before)


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ({"schedule": lambda p: 1 - p}, {"schedule": lambda p: 1 - p * p}),
        ({"schedule": lambda p: 1 - p}, {"schedule": lambda p: 1 - 0.5 * p}),
        (
            {"scoring": make_scorer(f1_score, average="macro")},
            {"scoring": make_scorer(recall_score, average="macro")},
        ),
    ],
    ids=["operation", "constant", "scorer"],
)
def test_another_function_of_the_same_name_is_another_run(then, now, make, iris, fail_after):
    with pytest.raises(RuntimeError):
        make(early_stopping=True, **then).set_callbacks(fail_after(3)).fit(*iris)
    with pytest.raises(CheckpointError, match=f"{next(iter(now))} \\(then"):
        make(early_stopping=True, resume=True, **now).fit(*iris)
    make(early_stopping=True, resume=True, **then).fit(*iris)


def test_numbers_of_numpy_in_early_stopping_go_into_a_checkpoint(make, iris):
    stop = EarlyStopping("loss", patience=np.int64(50), tol=np.float32(0.5))
    make().set_callbacks(stop).fit(*iris)
    make(resume=True).set_callbacks(EarlyStopping("loss", patience=50, tol=0.5)).fit(*iris)


def test_a_change_of_folder_by_a_callback_does_not_lose_the_checkpoints(
    iris, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    every = Checkpoint("run", seconds=None, epochs=1, keep=99)
    model = MLPClassifier((4,), max_iter=4, checkpoint=every)
    model.set_callbacks(Once(lambda: os.chdir("elsewhere"))).fit(*iris)
    assert len(names(tmp_path / "run")) == 5


def test_a_file_of_a_later_version_is_whole_and_not_put_aside(make, iris, broken_off, monkeypatch):
    monkeypatch.setattr("deltarule.model_file.model.FORMAT", 2)
    before = names(broken_off)
    with pytest.raises(CheckpointError, match="upgrade deltarule"):
        make(resume=True).fit(*iris)
    assert names(broken_off) == before
