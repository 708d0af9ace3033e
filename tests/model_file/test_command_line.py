"""An output that cannot be made or written, on the command line: one line, and 73 or 74."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TIMEOUT = 60  # seconds


@pytest.fixture
def deltarule():
    """Run the installed command; return exit code and standard error."""

    def run(*arguments):
        script = Path(sys.executable).with_name("deltarule")
        command = [script, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False)
        return done.returncode, done.stderr.decode()

    return run


@pytest.fixture
def data(table, tmp_path):
    """A table whose predictions take more than 64 kB."""
    rows = [",".join(table)]
    rows += [
        ",".join("" if cell is None else str(cell) for cell in row)
        for row in zip(*table.values(), strict=True)
    ] * 2000
    (tmp_path / "data.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "data.csv"


def test_a_full_disk_ends_with_74_and_leaves_the_old_file(
    table_model, data, tiny_disk, tmp_path, deltarule
):
    table_model.save(tmp_path / "model.deltarule")
    out = tiny_disk / "predictions.csv"
    out.write_text("the old predictions\n")
    code, error = deltarule("predict", tmp_path / "model.deltarule", data, "--out", out)
    assert (code, error.count("\n")) == (74, 1)
    assert f"Cannot write {out}: No space left on device" in error
    assert out.read_text() == "the old predictions\n"
    assert [path.name for path in tiny_disk.iterdir()] == [out.name]


def test_a_missing_folder_ends_with_73_before_any_work(data, tmp_path, deltarule):
    """Also as a JSON object: of train, before it has read a row."""
    out = tmp_path / "missing" / "model.deltarule"
    arguments = ("train", data, "--target", "colour", "--out", out)
    code, error = deltarule(*arguments)
    assert (code, error.count("\n")) == (73, 1)
    assert f"Cannot write {out}: No such file or directory" in error
    code, error = deltarule(*arguments, "--json")
    members = json.loads(error)
    assert (code, members["exit_code"], error.count("\n")) == (73, 73, 1)
    assert str(out) in members["error"]
