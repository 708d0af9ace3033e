"""Writing: whatever happens, the old or the new file is whole, and nothing else is left."""

import errno
import os
import re
import resource
import stat
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from deltarule import load_model
from deltarule.errors import SaveError
from deltarule.model_file import check_writable, write_durably, writing_durably

OLD, NEW = b"the old bytes", b"the new bytes, and more of them"
NOBODY = 65534
needs_posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions and limits")


@pytest.fixture
def file(tmp_path):
    """An existing file, alone in its folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_bytes(OLD)
    return folder / "file"


def assert_only(file, content):
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert file.read_bytes() == content


@contextmanager
def refused(path, reason):
    """See that writing fails with a named error which is an OSError, too."""
    start = re.escape(f"Cannot write {path}: ")
    with pytest.raises(SaveError, match=f"^{start}({reason})") as caught:
        yield
    assert isinstance(caught.value, OSError)


def both_ways(path, reason):
    """Neither a check beforehand nor the writing itself gets through."""
    with refused(path, reason):
        check_writable(path)
    with refused(path, reason):
        write_durably(path, NEW)


# Places where no file can be


def test_a_missing_folder(tmp_path):
    both_ways(tmp_path / "missing" / "file", "No such file or directory")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_files_place(tmp_path):
    (tmp_path / "folder").mkdir()
    both_ways(tmp_path / "folder", "it is a folder")
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


def test_a_file_in_the_folders_place(file):
    both_ways(file / "file", "Not a directory")
    assert_only(file, OLD)


@needs_posix
def test_a_pipe_in_the_files_place_stays_a_pipe(tmp_path):
    """So does a device: as root, renaming over /dev/null would succeed."""
    os.mkfifo(tmp_path / "pipe")
    both_ways(tmp_path / "pipe", "it is no regular file")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


@pytest.fixture
def locked():
    """A folder that this process may look into but not write to, with a file in it."""
    with tempfile.TemporaryDirectory() as above:  # tmp_path may be closed to others than root
        os.chmod(above, 0o755)
        file = Path(above) / "folder" / "file"
        file.parent.mkdir()
        file.write_bytes(OLD)
        file.parent.chmod(0o555)
        was_root = os.geteuid() == 0
        if was_root:  # for whom permissions are advice
            os.seteuid(NOBODY)
        try:
            yield file
        finally:
            if was_root:
                os.seteuid(0)
            file.parent.chmod(0o755)


@needs_posix
def test_a_folder_without_permission(locked):
    both_ways(locked, "Permission denied")
    both_ways(locked.with_name("other"), "Permission denied")
    assert_only(locked, OLD)


# Real faults of a file system


def test_a_full_disk_leaves_the_old_file(tiny_disk, quick, X):
    labels = ["a", "b"] * (len(X) // 2)
    small, large = (quick(hidden_layer_sizes=units).fit(X, labels) for units in (4, 4000))
    path = tiny_disk / "model.deltarule"
    small.save(path)
    old = path.read_bytes()
    with refused(path, "No space left on device"):
        large.save(path)
    assert_only(path, old)
    np.testing.assert_array_equal(load_model(path).predict_proba(X), small.predict_proba(X))


def test_a_disk_without_room_for_another_name(tiny_disk):
    filled = tiny_disk / "file"
    filled.write_bytes(b"x" * 65536)
    with refused(filled, "No space left on device"):
        write_durably(filled, NEW)
    assert filled.read_bytes() == b"x" * 65536


def test_a_read_only_disk(tiny_disk):
    file = tiny_disk / "file"
    file.write_bytes(OLD)
    subprocess.run(["mount", "-o", "remount,ro", tiny_disk], check=True)
    both_ways(file, "Read-only file system")
    assert_only(file, OLD)


@needs_posix
@pytest.mark.parametrize("most", [0, 1, 5000, 100_000])
def test_a_write_that_fails_half_way(most, file):
    """A limit on the size of files is a disk that is full after so many bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
    try:
        with refused(file, "File too large"):
            write_durably(file, b"x" * 200_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert_only(file, OLD)


# Faults of single calls


def failing(call, *, at=1, error=None):
    """Return ``os.call`` that fails the time ``at`` it is called."""
    real, calls = getattr(os, call), []

    def fail(*arguments, **named):
        calls.append(arguments)
        if len(calls) == at:
            raise error or OSError(errno.EIO, "Input/output error")
        return real(*arguments, **named)

    return fail


@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
def test_a_call_that_fails_leaves_the_old_file(call, file, monkeypatch):
    with monkeypatch.context() as patch, refused(file, "Input/output error"):
        patch.setattr(os, call, failing(call))
        write_durably(file, NEW)
    assert_only(file, OLD)


@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
def test_a_call_that_fails_leaves_no_new_file(call, tmp_path, monkeypatch):
    with monkeypatch.context() as patch, refused(tmp_path / "new", "Input/output error"):
        patch.setattr(os, call, failing(call))
        write_durably(tmp_path / "new", NEW)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_an_interrupt_leaves_the_old_file(call, file, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing(call, error=KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            write_durably(file, NEW)
    assert_only(file, OLD)


def test_where_the_rename_cannot_be_synced_no_message_says_that_nothing_changed(file, monkeypatch):
    """Then the new file stands there, whole, but a power cut may still bring back the old one."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing("fsync", at=2))
        with pytest.raises(SaveError) as caught:
            write_durably(file, NEW)
    assert str(file) in str(caught.value)
    assert_only(file, NEW)
    assert "Nothing was changed" not in str(caught.value)


def test_the_bytes_are_on_disk_before_the_rename_and_the_rename_before_the_end(file, monkeypatch):
    order = []

    def note(call):
        real = getattr(os, call)

        def noted(first, *others):
            kind = "folder" if stat.S_ISDIR(os.stat(first).st_mode) else "file"
            order.append(f"{call} {kind}, {os.stat(first).st_size if kind == 'file' else 'any'}")
            return real(first, *others)

        return noted

    with monkeypatch.context() as patch:
        for call in ("fsync", "replace"):
            patch.setattr(os, call, note(call))
        write_durably(file, NEW)
    size = len(NEW)
    assert order == [f"fsync file, {size}", f"replace file, {size}", "fsync folder, any"]


def test_errors_of_whoever_writes_are_their_own(file):
    """An input that cannot be read is not told as an output that cannot be written."""
    before = file.read_bytes()

    def fail():
        with writing_durably(file) as write:
            write(b"half of it")
            raise TimeoutError

    with pytest.raises(TimeoutError):
        fail()
    assert_only(file, before)


def test_pieces_are_there_when_the_block_ends(file):
    before = file.read_bytes()
    with writing_durably(file) as write:
        write(b"one ")
        write(memoryview(b"two"))
        assert file.read_bytes() == before
    assert file.read_bytes() == b"one two"


def test_an_error_that_only_closing_tells_is_one_of_writing(file, monkeypatch):
    """As of a network's file system, which may write no sooner."""
    close = os.close

    def fail(descriptor):
        close(descriptor)
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(os, "close", fail)
    with refused(file, "Disk quota exceeded"):
        write_durably(file, NEW)
    monkeypatch.undo()
    assert_only(file, OLD)
