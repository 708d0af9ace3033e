"""The folder: one run at a time, the newest checkpoint that is whole, never more than asked for."""

import subprocess
import sys

import numpy as np
import pytest

from deltarule import Checkpoint, MLPClassifier, TabularClassifier, load_model
from deltarule.callbacks import Callback
from deltarule.errors import CheckpointError, ModelFileError, RunInProgressError, SettingError
from deltarule.model_file import read_model

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def checkpoints(folder):
    return sorted(path.name for path in folder.glob("checkpoint-*"))


def test_it_is_made_with_the_folders_above_it(make, iris, tmp_path):
    make(folder=tmp_path / "a" / "b").fit(*iris)
    assert checkpoints(tmp_path / "a" / "b")


def test_a_path_alone_will_do(iris, tmp_path):
    MLPClassifier((3,), max_iter=2, checkpoint=str(tmp_path / "run")).fit(*iris)
    assert len(checkpoints(tmp_path / "run")) == 2  # at the beginning and at the end


def test_the_names_say_the_step(make, iris, tmp_path):
    """150 rows in batches of 32 are five steps an epoch; the last three of seven are kept."""
    make().fit(*iris)
    names = [f"checkpoint-{step:012d}.deltarule" for step in (20, 25, 30)]
    assert checkpoints(tmp_path / "run") == names


@pytest.mark.parametrize("keep", [1, 2, 100])
def test_only_so_many_are_kept(keep, iris, tmp_path):
    every = Checkpoint(tmp_path / "run", seconds=None, epochs=2, keep=keep)
    MLPClassifier((3,), max_iter=9, checkpoint=every, batch_size=50).fit(*iris)
    steps = [int(name[11:23]) for name in checkpoints(tmp_path / "run")]
    assert steps == [0, 6, 12, 18, 24, 27][-keep:]


@pytest.mark.parametrize("kind", ["mlp", "tabular"])
def test_a_checkpoint_is_a_model_as_of_then(kind, make, iris, fail_after, tmp_path):
    X, y = iris
    if kind == "mlp":
        left, whole = make(early_stopping=True), make(checkpoint=None, max_iter=4)
        whole.set_params(early_stopping=True)
    else:
        X = {f"column {i}": X[:, i].tolist() for i in range(4)}
        every = Checkpoint(tmp_path / "run", seconds=None, epochs=1)
        left = TabularClassifier(max_iter=6, random_state=0, calibrate=False, checkpoint=every)
        whole = TabularClassifier(max_iter=4, schedule_epochs=6, random_state=0)
        whole.set_params(calibrate=False)
    with pytest.raises(RuntimeError):
        left.set_callbacks(fail_after(5)).fit(X, y)
    found = load_model(tmp_path / "run" / checkpoints(tmp_path / "run")[-1])
    whole.fit(X, y)
    assert found.n_iter_ == 4
    assert found.predict_proba(X).tobytes() == whole.predict_proba(X).tobytes()


def test_the_first_checkpoint_is_no_model_yet(make, iris, fail_after, tmp_path):
    with pytest.raises(RuntimeError):
        make().set_callbacks(fail_after(1)).fit(*iris)
    with pytest.raises(ModelFileError, match="before the end of its first epoch"):
        load_model(tmp_path / "run" / "checkpoint-000000000000.deltarule")


def test_a_folder_that_holds_a_run_is_not_written_to_unless_asked(make, iris, broken_off):
    before = {path: path.read_bytes() for path in broken_off.iterdir()}
    message = r"holds the checkpoints of a run, checkpoint-0+20\.deltarule .*resume=True"
    with pytest.raises(SettingError, match=message):
        make().fit(*iris)
    assert {path: path.read_bytes() for path in broken_off.iterdir()} == before


def test_resuming_where_there_is_nothing_begins(make, iris, bits, tmp_path):
    begun = make(resume=True).fit(*iris)
    assert bits(begun) == bits(make(folder=tmp_path / "other").fit(*iris))


def test_resuming_from_nowhere_is_a_named_error(iris):
    with pytest.raises(SettingError, match=r"resume=True \(--resume\) needs checkpoint"):
        MLPClassifier(resume=True).fit(*iris)


class Meanwhile(Callback):
    """Starts another fit in the middle of one."""

    def __init__(self, other, *data):
        self.start = lambda: other.fit(*data)
        self.error = None

    def on_burst(self, state):
        try:
            self.start()
        except RunInProgressError as error:
            self.error = error


@pytest.mark.parametrize("resume", [True, False])
def test_another_run_in_the_same_process_is_refused(resume, make, iris, bits):
    meanwhile = Meanwhile(make(resume=resume), *iris)
    model = make().set_callbacks(meanwhile).fit(*iris)
    assert "Another run is writing its checkpoints to" in str(meanwhile.error)
    assert isinstance(meanwhile.error, OSError)
    assert bits(model) == bits(make(checkpoint=None).fit(*iris))


def test_the_folder_is_free_after_a_run_that_failed(make, iris, broken_off, bits):
    assert bits(make(resume=True).fit(*iris)) == bits(make(checkpoint=None).fit(*iris))


HOLD = """
import sys
from deltarule.checkpoints.folder import CheckpointFolder
with CheckpointFolder(sys.argv[1], 1):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_process_that_was_killed_holds_nothing(make, iris, tmp_path):
    """The lock is the kernel's: it goes with the process, whatever becomes of that."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "run")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(RunInProgressError):
        make().fit(*iris)
    process.kill()
    process.communicate()
    make().fit(*iris)


def test_debris_of_a_writer_that_was_killed_is_cleared(make, iris, broken_off):
    (broken_off / ".deltarule-checkpoint--0123456789abcdef.part").write_bytes(b"half of one")
    (broken_off / ".deltarule-model.delta-0123456789abcdef.part").write_bytes(b"another's")
    (broken_off / "notes.txt").write_text("mine")
    make(resume=True).fit(*iris)
    assert [path.name[:16] for path in broken_off.glob("*.part")] == [".deltarule-model"]
    assert (broken_off / "notes.txt").read_text() == "mine"


def test_a_plain_model_in_a_checkpoints_place_is_no_checkpoint(make, iris, broken_off):
    for path in broken_off.glob("checkpoint-*"):
        make(checkpoint=None).fit(*iris).save(path)
    with pytest.raises(CheckpointError, match="is a model, and not a checkpoint"):
        make(resume=True).fit(*iris)


def test_what_stands_in_a_checkpoint_beside_the_model(make, iris, broken_off):
    saved = read_model(broken_off / "checkpoint-000000000020.deltarule")
    snapshot = saved.snapshot
    assert (snapshot.state.step, saved.training.epochs, snapshot.state.position) == (20, 4, 0)
    (member,) = snapshot.members
    assert set(member.vectors) == {"m", "v"}  # without validation rows theta is the model's
    assert member.history.shape == (4, 6 + 3 * 2)
    assert np.isfinite(member.history[:, 0]).all()
    assert snapshot.machine.keys() >= {"deltarule", "engine", "BLAS", "processor"}
    assert "checkpoint" not in saved.settings
