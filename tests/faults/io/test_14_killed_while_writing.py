"""Row 14: kill -9 inside the writing of a model or checkpoint. The old or the new file is whole.

The process is killed before and after each call that concerns the folder. With "power-cut", what
had not been synced to the disk is lost besides.
"""

from itertools import groupby

import numpy as np
import pytest
from sklearn.datasets import load_iris

from deltarule import load_model
from deltarule.model_file import read_model

DEATHS = ["kill-before", "kill-after", "power-cut"]
WRITING = ["open part", "write part", "fsync part", "rename {}", "unlink part", "open .", "fsync ."]
KEPT, STEPS = 2, 4  # checkpoints of the worker's runs; steps of their epochs


def writing(name):
    """Return the calls that write a file, each write of several as one."""
    return [call.format(name) for call in WRITING]


def without_repeats(calls):
    return [call for call, _ in groupby(calls)]


# Models


@pytest.fixture
def calls_of_a_save(count, model_file):
    fault = {"folder": model_file.folder}
    return count("save", fault=fault, path=model_file.path, which="new")


def test_a_model_is_written_beside_the_old_one_synced_and_renamed(calls_of_a_save):
    """The calls that the tests below kill at: were one missing, they would show less."""
    assert without_repeats(calls_of_a_save) == writing("model.deltarule")


@pytest.mark.parametrize("how", DEATHS)
def test_killed_at_any_call_a_save_leaves_the_old_or_the_new_model(
    how, worker, model_file, calls_of_a_save
):
    X, expected, left = load_iris().data, {}, []
    for which in ("old", "new"):
        model_file.path.write_bytes(getattr(model_file, which))
        expected[which] = load_model(model_file.path).predict_proba(X)
    for at, call in enumerate(calls_of_a_save, start=1):
        model_file.reset()
        fault = {"folder": model_file.folder, "at": at, "how": how}
        assert worker("save", fault=fault, path=model_file.path, which="new").killed, call
        left.append("old" if model_file.path.read_bytes() == model_file.old else "new")
        assert model_file.path.read_bytes() == getattr(model_file, left[-1]), call
        p = load_model(model_file.path).predict_proba(X)
        np.testing.assert_array_equal(p, expected[left[-1]], call)
    n_old = calls_of_a_save.index("rename model.deltarule") + (how != "kill-after")
    assert left == ["old"] * n_old + ["new"] * (len(left) - n_old)


@pytest.mark.parametrize("how", DEATHS)
def test_killed_at_any_call_a_first_save_leaves_no_model_or_a_whole_one(
    how, worker, model_file, calls_of_a_save
):
    found = set()
    for at, call in enumerate(calls_of_a_save, start=1):
        model_file.path.unlink(missing_ok=True)
        fault = {"folder": model_file.folder, "at": at, "how": how}
        assert worker("save", fault=fault, path=model_file.path, which="new").killed, call
        found.add(model_file.path.exists())
        assert not model_file.path.exists() or model_file.path.read_bytes() == model_file.new, call
    assert found == {True, False}


# Checkpoints

# Is there half a run in the folder, and in which epoch is the process killed: None is before.
MOMENTS = {
    "as a run begins": (False, None),
    "as a run is taken up": (True, None),
    "in the middle of a run": (True, 5),
    "as a run ends": (True, 6),
}
moments = pytest.mark.parametrize("moment", MOMENTS)


def fault_at(moment, folder, at=0, how=""):
    return {"folder": folder.path, "at": at, "how": how, "in_epoch": MOMENTS[moment][1]}


@pytest.fixture
def calls_at(count, run_folder):
    """Return the calls of a fit that concern its folder, at a moment."""

    def calls(moment):
        run_folder.reset(MOMENTS[moment][0])
        fault = fault_at(moment, run_folder)
        return count("fit", fault=fault, folder=run_folder.path, resume=True)

    return calls


def checkpoint_of(epoch):
    return f"checkpoint-{STEPS * epoch:012d}.deltarule"


@pytest.mark.parametrize("moment", ["in the middle of a run", "as a run ends"])
def test_a_checkpoint_is_synced_and_renamed_before_an_older_one_goes(moment, calls_at):
    calls, epoch = without_repeats(calls_at(moment)), MOMENTS[moment][1]
    older = f"unlink {checkpoint_of(epoch - KEPT)}"
    assert calls == [*writing(checkpoint_of(epoch)), older]


def test_a_run_begins_with_its_lock_and_a_checkpoint(calls_at):
    calls = without_repeats(calls_at("as a run begins"))
    if calls[0] == "open .":  # filelock 4 looks at the folder first, and can do without
        del calls[0]
    assert calls == ["open .lock", *writing(checkpoint_of(0))]


@moments
@pytest.mark.parametrize("how", DEATHS)
def test_killed_at_any_call_a_run_goes_on_to_the_same_bits(
    moment, how, worker, calls_at, run_folder, uninterrupted
):
    """Every checkpoint is whole, no good one is lost, and what lay about is cleared away."""
    is_begun, n_debris = MOMENTS[moment][0], 0
    for at, call in enumerate(calls_at(moment), start=1):
        run_folder.reset(is_begun)
        fault = fault_at(moment, run_folder, at, how)
        assert worker("fit", fault=fault, folder=run_folder.path, resume=True).killed, call
        left = sorted(run_folder.path.glob("checkpoint-*"))
        assert all(read_model(path).snapshot is not None for path in left), call
        assert len(left) >= (KEPT if is_begun else 0), call
        n_debris += len(run_folder.debris())

        resumed = worker("fit", folder=run_folder.path, resume=True)
        assert (resumed.error, resumed.warnings) == (None, []), call
        assert resumed.result == uninterrupted, call
        assert len(run_folder.content()) in (KEPT, KEPT + 1), call  # one may wait for the next
        assert run_folder.debris() == [], call
    assert (n_debris > 0) == (moment != "as a run is taken up")  # else there was none to clear
