"""A disk with faults: a library that fails single calls, and real disks that are small."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from sklearn.datasets import load_iris

HERE = Path(__file__).parent
TEMPORARY = re.compile(r"\.deltarule-.{1,11}-[0-9a-f]+\.part")
EPOCHS_BEGUN = 3  # of the worker's 6


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    """The library, to be preloaded."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the library that makes a disk faulty is for Linux")
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    library = tmp_path_factory.mktemp("shim") / "faulty_io.so"
    options = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([compiler, *options, "-o", library, HERE / "faulty_io.c", "-ldl"], check=True)
    return library


@pytest.fixture(scope="session")
def worker(shim):
    """Give the worker a task, with a fault or none; return the answer."""
    with subprocess.Popen(
        [sys.executable, HERE / "worker.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "LD_PRELOAD": str(shim)},
        encoding="utf-8",
    ) as process:

        def ask(name, *, fault=None, **arguments):
            task = {"name": name, "fault": fault, "arguments": arguments}
            process.stdin.write(json.dumps(task, default=str) + "\n")
            process.stdin.flush()
            return SimpleNamespace(**json.loads(process.stdout.readline()))

        yield ask
        process.stdin.close()


@pytest.fixture
def count(worker, tmp_path):
    """Give the worker a task without a fault; return the calls that could have one, in order."""

    def dry_run(name, *, fault, **arguments):
        log = tmp_path / "log"
        log.unlink(missing_ok=True)
        answer = worker(name, fault={**fault, "log": log}, **arguments)
        assert (answer.error, answer.killed) == (None, False)
        return [TEMPORARY.sub("part", line) for line in log.read_text().splitlines()]

    return dry_run


@pytest.fixture
def model_file(worker, tmp_path):
    """A model file that is alone in its folder, and how to make it the old one again."""
    folder = tmp_path / "models"
    folder.mkdir()
    path = folder / "model.deltarule"
    contents = {}
    for which in ("new", "old"):
        assert worker("save", path=path, which=which).error is None
        contents[which] = path.read_bytes()

    def reset():
        for other in folder.iterdir():
            other.unlink()
        path.write_bytes(contents["old"])

    return SimpleNamespace(path=path, folder=folder, reset=reset, **contents)


@pytest.fixture(scope="session")
def begun(worker, tmp_path_factory):
    """A folder with the checkpoints of half a run."""
    folder = tmp_path_factory.mktemp("begun") / "run"
    assert worker("fit", folder=folder, max_iter=EPOCHS_BEGUN).warnings == []
    return folder


@pytest.fixture(scope="session")
def uninterrupted(worker):
    """The hash of all that a whole run learns, without checkpoints."""
    return worker("fit", folder=None).result


@pytest.fixture
def run_folder(begun, tmp_path):
    """A folder for a run, and how to make it new: with half a run in it, or not there at all."""
    folder = tmp_path / "run"

    def reset(is_begun):
        shutil.rmtree(folder, ignore_errors=True)
        if is_begun:
            shutil.copytree(begun, folder)

    def content():
        return {path.name: path.read_bytes() for path in folder.glob("checkpoint-*")}

    def debris():
        return [path.name for path in folder.glob("*") if TEMPORARY.fullmatch(path.name)]

    return SimpleNamespace(path=folder, reset=reset, content=content, debris=debris)


@pytest.fixture(scope="session")
def table(tmp_path_factory):
    """A table for the command line, with the column "label"."""
    path = tmp_path_factory.mktemp("table") / "table.csv"
    frame = load_iris(as_frame=True).frame.rename(columns={"target": "label"})
    frame.to_csv(path, index=False)
    return path


LITTLE = ["--max-iter", 3, "--threads", 1]


@pytest.fixture
def train(worker, table, tmp_path):
    """Let the worker run ``deltarule train``; return exit code, standard output and error."""

    def run(*arguments, fault=None):
        command = ["train", table, "--target", "label", "--preset", "td-s", *LITTLE, *arguments]
        answer = worker("command", fault=fault, folder=tmp_path, arguments=list(map(str, command)))
        assert answer.error is None, answer.message
        return answer.result

    return run


class Disk:
    """A file system of its own, of 64 kB.

    Attributes
    ----------
    folder : Path
    """

    def __init__(self, folder):
        self.folder = folder

    def mount(self, options):
        """Mount it with such options; return whether that went well."""
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.folder]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def change(self, options):
        assert self.mount(f"remount,{options}")

    def fill(self, free=0):
        """Fill it up but for so many bytes."""
        ballast = self.folder / "ballast"
        ballast.unlink(missing_ok=True)
        room = os.statvfs(self.folder)
        ballast.write_bytes(bytes(room.f_bavail * room.f_frsize - free))


@pytest.fixture
def disk(tmp_path):
    """A disk, if this process may mount one."""
    if shutil.which("mount") is None:
        pytest.skip("there is no mount command")
    disk = Disk(tmp_path / "disk")
    disk.folder.mkdir()
    if not disk.mount("size=64k"):
        pytest.skip("mounting is not permitted here")
    yield disk
    subprocess.run(["umount", "-l", disk.folder], check=True)
