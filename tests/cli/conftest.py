"""The command line, run for real in a process of its own, or within this one where that will do.

A process takes a second, most of it imports; a call takes some hundredths of one.
"""

import contextlib
import csv
import io
import os
import random
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest

from deltarule.cli import main

SCRIPT = Path(sys.executable).with_name("deltarule")


@pytest.fixture(scope="session")
def environment():
    """This environment without what would colour, widen or move the output."""
    meddling = {"NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS", "LINES", "TERM"}
    return {name: value for name, value in os.environ.items() if name not in meddling}


@pytest.fixture(scope="session")
def script(environment):
    """Run the console script as a process in a folder; standard input is empty unless given."""

    def run(folder, *arguments, stdin="", **variables):
        return subprocess.run(
            [SCRIPT, *map(str, arguments)],
            cwd=folder,
            input=stdin,
            env={**environment, **variables},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run


@contextlib.contextmanager
def unchanged_process():
    """Take back what main does to its process; a warning is shown there, and no error."""
    handler = signal.getsignal(signal.SIGTERM)
    with warnings.catch_warnings():
        warnings.filterwarnings("always", category=UserWarning)
        yield
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Call the console script's function in this test's own folder; it ends by exiting."""

    def in_this_process(*arguments, stdin=""):
        capsys.readouterr()
        with monkeypatch.context() as patch, unchanged_process():
            patch.chdir(tmp_path)
            patch.setattr(sys, "argv", ["deltarule", *map(str, arguments)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
            with pytest.raises(SystemExit) as ended:
                main()
        out, err = capsys.readouterr()
        return SimpleNamespace(returncode=ended.value.code, stdout=out, stderr=err)

    return in_this_process


@pytest.fixture
def run(call):
    """Call, and see that it ends well."""

    def well(*arguments, **options):
        done = call(*arguments, **options)
        assert done.returncode == 0, done.stderr
        return done

    return well


@pytest.fixture
def fail(call):
    """Call, see that it ends with this code, and return its last words: one line for a person."""

    def with_code(code, *arguments, **options):
        done = call(*arguments, **options)
        assert done.returncode == code, done.stderr
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
        last = done.stderr.rstrip("\n").rpartition("\n")[2]
        assert last.startswith("deltarule: ")
        return last

    return with_code


def draw_rows(n_rows, classes):
    """Yield two columns that tell the class together, and the class: always the same rows."""
    rng = random.Random(0)
    for i in range(n_rows):
        k = i % len(classes)
        yield [f"{rng.gauss(k, 0.5):.3f}", "uvw"[rng.choice((k, i)) % 3], classes[k]]


@pytest.fixture(scope="session")
def write_table():
    """Write a CSV file with these names and classes."""

    def write(path, names=("x", "w", "label"), classes=("no", "yes"), n_rows=80):
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([names, *draw_rows(n_rows, classes)])
        return path

    return write


@pytest.fixture
def table(tmp_path, write_table):
    """``table.csv``: columns x, w and label, two classes."""
    return write_table(tmp_path / "table.csv")


@pytest.fixture(scope="session")
def trained(script, tmp_path_factory, write_table):
    """A folder with ``table.csv`` and a model of it; not to be written to."""
    folder = tmp_path_factory.mktemp("trained")
    write_table(folder / "table.csv")
    done = script(folder, "train", "table.csv", "--target", "label", "--seed", 0, "--max-iter", 20)
    assert done.returncode == 0, done.stderr
    return folder
