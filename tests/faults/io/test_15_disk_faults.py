"""Row 15: a full disk, an I/O error, a read-only file system while a model or checkpoint is saved.

The old file is intact, the temporary one is gone, and the command line ends with 74, or with 73
where a file cannot be created. First every call fails in turn, then disks are really full.
"""

import json
import os
from errno import EIO, ENOSPC, EROFS

import pytest

from deltarule.model_file import read_model

ERRORS = {"ENOSPC": ENOSPC, "EIO": EIO, "EROFS": EROFS}
EXIT_CODES = {"ENOSPC": 74, "EIO": 74, "EROFS": 73}
BEGUN, EPOCHS, KEPT = 3, 6, 2  # of the worker's runs: epochs, and checkpoints

errors = pytest.mark.parametrize("how", ERRORS)


def reason(how):
    return os.strerror(ERRORS[how])


def is_look(call, is_renamed):
    """Whether this is how filelock, from version 4 on, looks at the folder: it can do without."""
    return call == "open ." and not is_renamed


def in_turn(calls):
    """Yield each call's number, name and whether the new file is in place before it."""
    is_renamed = False
    for at, call in enumerate(calls, start=1):
        yield at, call, is_renamed
        is_renamed = is_renamed or call.startswith("rename")
    assert is_renamed


def words(is_renamed, how):
    """Return what a message has before and after the file's name."""
    if is_renamed:
        return "Wrote ", f", but its folder could not be synced to the disk ({reason(how)})"
    return "Cannot write ", f": {reason(how)}. Nothing was changed there; "


# Models


@pytest.fixture
def calls_of_a_save(count, model_file):
    fault = {"folder": model_file.folder}
    return count("save", fault=fault, path=model_file.path, which="new")


@pytest.fixture
def save_at(worker, model_file):
    """Save the new model over the old one with a fault, and see that nothing else is left."""

    def save(at, how):
        model_file.reset()
        fault = {"folder": model_file.folder, "at": at, "how": how}
        answer = worker("save", fault=fault, path=model_file.path, which="new")
        assert os.listdir(model_file.folder) == [model_file.path.name]
        return answer

    return save


@errors
def test_an_error_at_any_call_of_a_save_leaves_the_old_file(
    how, save_at, model_file, calls_of_a_save
):
    for at, call, is_renamed in in_turn(calls_of_a_save):
        if is_renamed:
            break
        answer = save_at(at, how)
        assert answer.error == "SaveError", call
        assert answer.message.startswith(str(model_file.path).join(words(False, how))), call
        assert model_file.path.read_bytes() == model_file.old, call


@errors
def test_an_error_after_the_rename_does_not_say_that_nothing_was_changed(
    how, save_at, model_file, calls_of_a_save
):
    for at, call, is_renamed in in_turn(calls_of_a_save):
        if not is_renamed:
            continue
        answer = save_at(at, how)
        assert model_file.path.read_bytes() == model_file.new, call
        if call == "unlink part":  # there is none any more
            assert answer.error is None
            continue
        assert answer.error == "SaveError", call
        assert answer.message.startswith(str(model_file.path).join(words(True, how))), call


def test_a_short_write_is_completed(save_at, model_file, calls_of_a_save):
    numbers = [at for at, call, _ in in_turn(calls_of_a_save) if call == "write part"]
    assert numbers
    for at in numbers:
        assert save_at(at, "short").error is None
        assert model_file.path.read_bytes() == model_file.new


# Checkpoints

MIDDLE, END = 5, EPOCHS  # epochs whose checkpoint has the fault


@pytest.fixture
def fit_at(worker, run_folder):
    """Fit with a fault in an epoch of a run that has begun; or before one, for None."""

    def fit(at, how, epoch, is_begun=True, **settings):
        run_folder.reset(is_begun)
        fault = {"folder": run_folder.path, "at": at, "how": how, "in_epoch": epoch}
        return worker("fit", fault=fault, folder=run_folder.path, resume=True, **settings)

    return fit


@pytest.fixture
def calls_of_a_fit(count, run_folder):
    """Return the calls that concern its folder, likewise."""

    def calls(epoch, is_begun=True):
        run_folder.reset(is_begun)
        fault = {"folder": run_folder.path, "in_epoch": epoch}
        return count("fit", fault=fault, folder=run_folder.path, resume=True)

    return calls


def assert_clean(run_folder):
    """See that there is nothing but checkpoints that are whole, and the lock."""
    names = set(run_folder.content())
    assert {path.name for path in run_folder.path.iterdir()} <= {".lock", *names}
    for name in names:
        assert read_model(run_folder.path / name).snapshot is not None


@errors
@pytest.mark.parametrize("epoch", [MIDDLE, END], ids=["middle", "end"])
def test_an_error_at_any_call_of_a_checkpoint_is_a_warning_and_changes_no_bit(
    epoch, how, fit_at, calls_of_a_fit, run_folder, uninterrupted
):
    for at, call, is_renamed in in_turn(calls_of_a_fit(epoch)):
        answer = fit_at(at, how, epoch)
        assert (answer.error, answer.result) == (None, uninterrupted), call
        assert_clean(run_folder)
        if call.startswith("unlink"):  # there is none any more; what is too old goes another time
            assert answer.warnings == [], call
            continue
        (warning,) = answer.warnings
        assert warning.startswith("The checkpoint of step "), call
        assert all(part in warning for part in words(is_renamed, how)), call


@errors
def test_an_error_at_any_call_of_a_checkpoint_leaves_the_earlier_ones(
    how, begun, fit_at, calls_of_a_fit, run_folder
):
    """The run ends with that checkpoint, so that no later one takes their place."""
    earlier = {path.name: path.read_bytes() for path in begun.glob("checkpoint-*")}
    assert len(earlier) == KEPT
    for at, call, is_renamed in in_turn(calls_of_a_fit(BEGUN + 1)):
        answer = fit_at(at, how, BEGUN + 1, max_iter=BEGUN + 1)
        if is_renamed:
            break
        assert len(answer.warnings) == 1, call
        assert run_folder.content() == earlier, call
        assert run_folder.debris() == [], call


@errors
def test_where_a_disk_fails_for_good_training_ends_all_the_same(
    how, worker, fit_at, calls_of_a_fit, run_folder, uninterrupted
):
    """The temporary file cannot be removed then; whoever writes there next does it."""
    n_debris = 0
    for at, call, is_renamed in in_turn(calls_of_a_fit(MIDDLE)):
        answer = fit_at(at, f"{how}+", MIDDLE)
        assert (answer.error, answer.result) == (None, uninterrupted), call
        n_failed = EPOCHS - MIDDLE + 1 - (is_renamed and call.startswith("unlink checkpoint"))
        assert len(answer.warnings) == n_failed, call
        n_debris += len(run_folder.debris())

        resumed = worker("fit", folder=run_folder.path, resume=True)
        assert (resumed.warnings, resumed.result) == ([], uninterrupted), call
        assert_clean(run_folder)
    assert n_debris


@errors
def test_an_error_at_any_call_of_the_first_checkpoint_is_raised_before_training(
    how, worker, fit_at, calls_of_a_fit, run_folder, uninterrupted
):
    for at, call, is_renamed in in_turn(calls_of_a_fit(None, is_begun=False)):
        answer = fit_at(at, how, None, is_begun=False)
        assert_clean(run_folder)
        if call == "unlink part" or is_look(call, is_renamed):
            assert answer.error is None
            continue
        assert (answer.error, answer.epochs_begun) == ("SaveError", 0), call
        assert reason(how) in answer.message, call

        again = worker("fit", folder=run_folder.path, resume=True)
        assert (again.error, again.warnings, again.result) == (None, [], uninterrupted), call


@errors
def test_an_error_as_a_run_is_taken_up_loses_nothing(
    how, worker, fit_at, calls_of_a_fit, run_folder, uninterrupted
):
    """It is raised before training; nothing is put aside that can be read again in a moment."""
    outcomes = set()
    for at, call in enumerate(calls_of_a_fit(None), start=1):
        answer = fit_at(at, how, None)
        outcomes.add(answer.error)
        assert answer.epochs_begun == 0, call
        assert_clean(run_folder)
        again = worker("fit", folder=run_folder.path, resume=True)
        assert (again.error, again.warnings, again.result) == (None, [], uninterrupted), call
    assert outcomes == {"CheckpointError", "SaveError"}


def test_a_short_write_of_a_checkpoint_is_completed(
    fit_at, calls_of_a_fit, run_folder, uninterrupted
):
    numbers = [at for at, call, _ in in_turn(calls_of_a_fit(END)) if call == "write part"]
    assert numbers
    for at in numbers:
        answer = fit_at(at, "short", END)
        assert (answer.warnings, answer.result) == ([], uninterrupted)
        assert_clean(run_folder)


# The command line

as_json = pytest.mark.parametrize("flags", [[], ["--json"]], ids=["words", "json"])
N_CALLS_OF_CHECK = (
    3  # before it trains, the command looks if it can make a file: open, fsync, unlink
)


def message_of(error, code, flags):
    """Return the only message on standard error, a line that is no traceback, or JSON's."""
    if flags:
        (line,) = error.splitlines()
        members = json.loads(line)
        assert members == {"error": members["error"], "exit_code": code}
        return members["error"]
    assert "Traceback" not in error
    (line,) = [line for line in error.splitlines() if line.startswith("deltarule: ")]
    assert error.endswith(f"{line}\n")
    return line.removeprefix("deltarule: ")


@pytest.fixture
def calls_of_a_command(train, tmp_path):
    """Return the calls of a training that concern a folder."""

    def calls(folder, *arguments):
        log = tmp_path / "log"
        assert train(*arguments, fault={"folder": folder, "log": log})[0] == 0
        return log.read_text().splitlines()

    return calls


@errors
@as_json
def test_an_error_at_any_call_of_saving_the_model_ends_the_command(
    how, flags, train, calls_of_a_command, model_file
):
    arguments = ["--out", model_file.path, *flags]
    for at, call, is_renamed in in_turn(calls_of_a_command(model_file.folder, *arguments)):
        model_file.reset()
        fault = {"folder": model_file.folder, "at": at, "how": how}
        code, out, error = train(*arguments, fault=fault)
        is_intact = model_file.path.read_bytes() == model_file.old
        if is_renamed and call.startswith("unlink"):
            assert (code, is_intact) == (0, False), call
            continue
        assert (code, out, is_intact) == (EXIT_CODES[how], "", not is_renamed), call
        message = message_of(error, code, flags)
        assert message.startswith(str(model_file.path).join(words(is_renamed, how))), call
        if at == 1 or at > N_CALLS_OF_CHECK:
            assert os.listdir(model_file.folder) == [model_file.path.name], call


@errors
def test_an_error_as_the_command_looks_if_it_can_write_leaves_no_file(how, train, model_file):
    fault = {"folder": model_file.folder, "at": 2, "how": how}
    code, _, _ = train("--out", model_file.path, fault=fault)
    assert code == EXIT_CODES[how]
    assert os.listdir(model_file.folder) == [model_file.path.name]


@errors
@as_json
def test_an_error_at_any_call_of_the_first_checkpoint_ends_the_command(
    how, flags, train, calls_of_a_command, run_folder, tmp_path
):
    arguments = ["--out", tmp_path / "m.deltarule", "--checkpoint", run_folder.path, *flags]
    calls = calls_of_a_command(run_folder.path, *arguments)
    for at, call, is_renamed in in_turn(calls[: calls.index("fsync .") + 1]):
        if (is_renamed and call.startswith("unlink")) or is_look(call, is_renamed):
            continue
        run_folder.reset(is_begun=False)
        (tmp_path / "m.deltarule").unlink(missing_ok=True)
        fault = {"folder": run_folder.path, "at": at, "how": how}
        code, out, error = train(*arguments, fault=fault)
        assert (code, out) == (EXIT_CODES[how], ""), call
        message = message_of(error, code, flags)
        assert str(run_folder.path) in message, call
        assert reason(how) in message, call
        assert_clean(run_folder)
        assert not (tmp_path / "m.deltarule").exists()


@errors
def test_an_error_at_a_later_checkpoint_is_one_line_and_the_model_is_saved(
    how, train, calls_of_a_command, run_folder, tmp_path
):
    arguments = ["--out", tmp_path / "m.deltarule", "--checkpoint", run_folder.path]
    calls = calls_of_a_command(run_folder.path, *arguments, "--checkpoint-epochs", 1)
    at = calls.index("fsync .") + 2
    assert calls[at - 1].endswith(".part")
    run_folder.reset(is_begun=False)
    fault = {"folder": run_folder.path, "at": at + 1, "how": how}
    code, _, error = train(*arguments, "--checkpoint-epochs", 1, fault=fault)
    (line,) = [line for line in error.splitlines() if line.startswith("deltarule: ")]
    assert (code, "Traceback" in error) == (0, False)
    assert line.startswith("deltarule: The checkpoint of step ")
    assert read_model(tmp_path / "m.deltarule").training.epochs == 3
    assert_clean(run_folder)


# Real disks

FULL, READ_ONLY = "No space left on device", "Read-only file system"
PAGE = 4096


def test_a_disk_with_any_room_left_has_the_old_or_the_new_model(worker, model_file, disk):
    path, outcomes = disk.folder / "model.deltarule", []
    for free in range(0, len(model_file.new) + 2 * PAGE, PAGE):
        path.write_bytes(model_file.old)
        disk.fill(free)
        answer = worker("save", path=path, which="new")
        outcomes.append(answer.error)
        expected = model_file.new if answer.error is None else model_file.old
        assert path.read_bytes() == expected, free
        assert sorted(os.listdir(disk.folder)) == ["ballast", path.name], free
    assert (outcomes[0], outcomes[-1]) == ("SaveError", None)


def test_a_run_does_not_begin_on_a_full_disk(worker, disk):
    disk.fill()
    answer = worker("fit", folder=disk.folder / "run")
    assert (answer.error, answer.epochs_begun) == ("SaveError", 0)
    assert FULL in answer.message
    assert os.listdir(disk.folder / "run") == [".lock"]


def test_a_run_whose_disk_becomes_full_ends_and_can_be_resumed_from_before(worker, disk):
    """There is room for one checkpoint of this size, not for two."""
    folder, units = disk.folder / "run", 250
    whole = worker("fit", folder=None, units=units).result
    answer = worker("fit", folder=folder, units=units)
    assert (answer.error, answer.result) == (None, whole)
    assert len(answer.warnings) == EPOCHS
    assert all(FULL in warning for warning in answer.warnings)
    assert sorted(os.listdir(folder)) == [".lock", "checkpoint-000000000000.deltarule"]

    disk.change("size=1m")
    resumed = worker("fit", folder=folder, units=units, resume=True)
    assert (resumed.error, resumed.warnings, resumed.result) == (None, [], whole)
    assert resumed.epochs_begun == EPOCHS


def test_a_run_on_a_disk_that_has_become_read_only_is_kept(
    worker, begun, disk, run_folder, uninterrupted
):
    disk.change("size=1m")
    run_folder.path.symlink_to(disk.folder / "run")
    (disk.folder / "run").mkdir()
    for path in begun.iterdir():
        (disk.folder / "run" / path.name).write_bytes(path.read_bytes())
    before = run_folder.content()
    disk.change("ro")
    answer = worker("fit", folder=run_folder.path, resume=True)
    assert (answer.error, answer.epochs_begun) == ("SaveError", 0)
    assert READ_ONLY in answer.message
    assert (run_folder.content(), run_folder.debris()) == (before, [])

    disk.change("rw")
    resumed = worker("fit", folder=run_folder.path, resume=True)
    assert (resumed.error, resumed.warnings, resumed.result) == (None, [], uninterrupted)


@pytest.fixture
def full(disk):
    disk.fill()
    return FULL, 74


@pytest.fixture
def read_only(disk):
    disk.change("ro")
    return READ_ONLY, 73


@as_json
@pytest.mark.parametrize("state", ["full", "read_only"])
def test_the_command_says_that_it_cannot_write_checkpoints_to_a_disk(
    state, flags, request, command, disk, table, tmp_path
):
    """As a user runs it, without the library that makes a disk faulty."""
    why, expected = request.getfixturevalue(state)
    before = sorted(os.listdir(disk.folder))
    arguments = ["--out", tmp_path / "m.deltarule", "--checkpoint", disk.folder / "run", *flags]
    code, out, error = command("train", table, "--target", "label", *arguments)
    assert (code, out) == (expected, "")
    message = message_of(error, code, flags)
    assert message.startswith("Cannot write ")
    assert str(disk.folder / "run") in message
    assert why in message
    left = [path.relative_to(disk.folder) for path in disk.folder.rglob("*")]
    made = ["run", "run/.lock"] if state == "full" else []
    assert sorted(map(str, left)) == [*before, *made]
    assert not (tmp_path / "m.deltarule").exists()


@as_json
@pytest.mark.parametrize("state", ["full", "read_only"])
def test_the_command_says_that_it_cannot_save_the_model_to_a_disk(
    state, flags, request, train, disk
):
    """A full disk has room for the empty file that the command tries before it trains."""
    old = disk.folder / "m.deltarule"
    old.write_bytes(b"an old file")
    why, expected = request.getfixturevalue(state)
    before = sorted(os.listdir(disk.folder))
    code, out, error = train("--out", old, *flags)
    assert (code, out) == (expected, "")
    assert message_of(error, code, flags).startswith(f"Cannot write {old}: {why}. ")
    assert sorted(os.listdir(disk.folder)) == before
    assert old.read_bytes() == b"an old file"
