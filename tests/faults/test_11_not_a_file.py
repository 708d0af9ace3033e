"""Row 11: a directory, a FIFO, /dev/zero and their like as a model."""

import os
import subprocess
import sys

import pytest

from deltarule import load_model

TIMEOUT = 60  # seconds: reading a FIFO that nobody writes to, or all of /dev/zero, takes for ever
LOAD = """
import sys
from deltarule import load_model
from deltarule.errors import ModelFileError
try:
    load_model(sys.argv[1])
except ModelFileError as error:
    print(error)
"""


@pytest.fixture
def fifo(tmp_path):
    os.mkfifo(tmp_path / "fifo.deltarule")
    return tmp_path / "fifo.deltarule"


def test_a_fifo_is_refused_and_not_waited_for(fifo):
    done = subprocess.run(
        [sys.executable, "-c", LOAD, fifo], capture_output=True, timeout=TIMEOUT, check=True
    )
    assert done.stdout.decode() == (
        f"{fifo} is not a usable model file: it is not a regular file.\n"
    )


def test_a_fifo_is_refused_even_when_somebody_writes_a_model_to_it(fifo, smallest, refused):
    """What is in a pipe can be read only once, so it could not be checked first."""
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    with open(fifo, "wb", buffering=0) as writer:
        writer.write(smallest)
        assert "it is not a regular file" in refused(fifo)
    os.close(reader)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/urandom"])
def test_a_device_is_refused(device, refused):
    assert "it is not a regular file" in refused(device)


def test_a_folder_is_refused(tmp_path, refused):
    assert "folder" in refused(tmp_path)


def test_a_symbolic_link_to_a_model_is_as_good_as_the_model(smallest, tmp_path):
    (tmp_path / "model.deltarule").write_bytes(smallest)
    (tmp_path / "link").symlink_to("model.deltarule")
    (tmp_path / "link to the link").symlink_to("link")
    assert load_model(tmp_path / "link to the link").classes_.tolist() == ["no", "yes"]


@pytest.mark.parametrize("target", ["/dev/zero", "."])
def test_a_symbolic_link_to_what_is_refused_is_refused(target, tmp_path, refused):
    (tmp_path / "link").symlink_to(target)
    refused(tmp_path / "link")


def test_a_broken_symbolic_link_is_a_missing_file(tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "link")


def test_a_symbolic_link_to_itself_is_refused(tmp_path):
    (tmp_path / "link").symlink_to("link")
    with pytest.raises(OSError, match="symbolic links"):
        load_model(tmp_path / "link")


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts open files in /proc")
def test_what_is_refused_is_closed(fifo, tmp_path, smallest, refused):
    """A server that is handed bad paths must not run out of file descriptors."""

    def count_open():
        return len(os.listdir("/proc/self/fd"))

    held = os.open(fifo, os.O_RDWR)  # so that nobody has to wait at its other end
    for path in (fifo, tmp_path, "/dev/zero", smallest[:100]):
        refused(path)
        before = count_open()
        for _ in range(5):
            refused(path)
        assert count_open() == before, path
    os.close(held)


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_the_command_line_refuses_a_fifo_in_one_line(arguments, fifo, command_refuses):
    assert "it is not a regular file" in command_refuses("inspect", fifo, *arguments)


def test_the_command_line_refuses_a_folder_and_a_device(tmp_path, command_refuses):
    assert "folder" in command_refuses("predict", tmp_path, "data.csv")
    assert "it is not a regular file" in command_refuses("evaluate", "/dev/zero", "data.csv")


def test_on_the_command_line_a_missing_model_is_no_input(tmp_path, command):
    (tmp_path / "link").symlink_to("nowhere")
    code, out, error = command("inspect", tmp_path / "link")
    assert (code, out, error.count("\n")) == (66, "", 1)
    assert str(tmp_path / "link") in error
