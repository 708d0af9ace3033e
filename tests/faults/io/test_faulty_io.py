"""The library that makes a disk faulty does what it says, to a program that knows nothing of it."""

import errno
import os
import subprocess
import sys

import pytest

WRITER = """
import os, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
os.write(fd, b"synced ")
os.fsync(fd)
os.write(fd, b"twelve bytes")
os.fsync(fd)
os.rename(sys.argv[1], sys.argv[1] + ".new")
"""
CALLS = ["open a", "write a", "fsync a", "write a", "fsync a", "rename a.new"]
SECOND_WRITE, SECOND_SYNC = 4, 5


@pytest.fixture
def write(shim, tmp_path):
    """Run the program with a fault; return its end, what was written and the calls."""

    def run(at, how):
        folder, log = tmp_path / "folder", tmp_path / "log"
        folder.mkdir()
        names = {"LD_PRELOAD": shim, "FAULTY_FOLDER": folder, "FAULTY_AT": at, "FAULTY_HOW": how}
        variables = {name: str(value) for name, value in (names | {"FAULTY_LOG": log}).items()}
        done = subprocess.run(
            [sys.executable, "-S", "-c", WRITER, folder / "a"],
            env={**os.environ, **variables},
            capture_output=True,
            check=False,
        )
        (file,) = folder.iterdir()
        return done, (file.name, file.read_bytes()), log.read_text().splitlines()

    return run


def test_without_a_fault_all_calls_are_counted_and_made(write):
    done, file, calls = write(0, "")
    assert (done.returncode, file, calls) == (0, ("a.new", b"synced twelve bytes"), CALLS)


@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EROFS"])
def test_a_call_fails(error, write):
    done, file, calls = write(SECOND_WRITE, error)
    assert done.returncode == 1
    assert os.strerror(getattr(errno, error)).encode() in done.stderr
    assert (file, calls) == (("a", b"synced "), CALLS[:SECOND_WRITE])


@pytest.mark.parametrize(
    ("at", "how", "left"),
    [
        (SECOND_WRITE, "kill-before", b"synced "),
        (SECOND_WRITE, "kill-after", b"synced twelve bytes"),
        (SECOND_WRITE, "power-cut", b"synced "),
        (SECOND_SYNC, "power-cut", b""),
    ],
)
def test_the_process_is_killed(at, how, left, write):
    done, file, calls = write(at, how)
    assert (done.returncode, file, calls) == (-9, ("a", left), CALLS[:at])


def test_a_write_is_short(write):
    done, file, calls = write(SECOND_WRITE, "short")
    assert (done.returncode, file, calls) == (0, ("a.new", b"synced twelve"), CALLS)
