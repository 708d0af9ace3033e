"""Pipes that break, streams that are closed, disks that are full: real ones, in real processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).with_name("deltarule")


@pytest.fixture
def shell(environment, trained, tmp_path):
    """Run a line of shell in which ``$D`` is deltarule and ``$M``, ``$T`` a model and its table."""

    def run(line):
        names = {"D": SCRIPT, "M": trained / "table.deltarule", "T": trained / "table.csv"}
        return subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=tmp_path,
            env={**environment, **{name: str(value) for name, value in names.items()}},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.mark.parametrize("arguments", ["example digits", 'predict "$M" big.csv --proba'])
def test_a_reader_that_goes_away_is_no_error_to_speak_of(shell, tmp_path, trained, arguments):
    """As under ``| head -1``, though more is written than any pipe holds."""
    header, *rows = (trained / "table.csv").read_text().splitlines()
    (tmp_path / "big.csv").write_text("\n".join([header, *(rows * 200)]))
    done = shell(f'"$D" {arguments} | head -c 10')
    assert len(done.stdout) == 10
    assert done.stderr == ""


def test_a_broken_pipe_has_its_own_exit_code(environment, tmp_path):
    """141, as cli/errors.py says; 1 would mean a bug."""
    process = subprocess.Popen(
        [SCRIPT, "example", "digits"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE
    )
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(60) == 141


@pytest.mark.parametrize("arguments", ['predict "$M" "$T"', "example iris", "--version"])
def test_closed_standard_output_is_no_crash(shell, arguments):
    done = shell(f'"$D" {arguments} >&-')
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 74)


def test_training_needs_no_standard_output(shell, tmp_path):
    done = shell('"$D" train "$T" --target label --max-iter 1 >&-')
    assert (tmp_path / "table.deltarule").exists()
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


def test_training_needs_no_standard_error(shell, tmp_path):
    done = shell('"$D" train "$T" --target label --max-iter 1 --json 2>&-')
    assert done.returncode == 0
    assert done.stdout.startswith('{"model"')
    assert (tmp_path / "table.deltarule").exists()


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('"$D" predict "$M" - <&-', id="closed"),
        pytest.param('cat "$T" | "$D" train - --target label --valid - --max-iter 1', id="twice"),
    ],
)
def test_standard_input_that_cannot_be_read_is_a_named_error(shell, line):
    done = shell(line)
    assert "Traceback" not in done.stderr
    assert done.returncode in (2, 66)
    assert "input" in done.stderr


def test_standard_input_that_is_empty_is_bad_data(shell):
    done = shell('"$D" predict "$M" - < /dev/null')
    assert done.returncode == 65
    assert done.stderr == "deltarule: <stdin> is empty. Name a file that holds a table.\n"


full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")


@full
@pytest.mark.parametrize("arguments", ['predict "$M" "$T"', "example iris"])
def test_a_full_disk_under_standard_output_is_one_line(shell, arguments):
    done = shell(f'"$D" {arguments} > /dev/full')
    assert done.returncode == 74
    assert "No space left on device" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["train", "table.csv", "--target", "label", "--max-iter", 1], id="train"),
        pytest.param(
            ["inspect", "table.deltarule"],
            id="inspect",
        ),
    ],
)
def test_what_a_terminal_cannot_show_is_escaped(script, run, write_table, tmp_path, arguments):
    """In an old locale, the names of classes are no reason to fail."""
    write_table(tmp_path / "table.csv", classes=("💩", "é"))
    run("train", "table.csv", "--target", "label", "--max-iter", 1, "--seed", 0)
    done = script(tmp_path, *arguments, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "\\U0001f4a9" in done.stdout + done.stderr
