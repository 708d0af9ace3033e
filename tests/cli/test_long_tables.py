"""Tables that are longer than one batch: constant memory, and whole files or none."""

import csv
import json
import resource
import subprocess
import sys

import numpy as np
import pytest

BATCH = 65_536
MEGABYTE = 2**20
ROWS_SHORT, ROWS_LONG = 3 * BATCH, 24 * BATCH
GROWTH = 90 * MEGABYTE  # the table, its numbers and scores are 150 MB and more


def write_rows(path, n, odd_one=None):
    """Write rows of two numbers and a town; one row has a town of its own.

    Of a few values each, as the area under the ROC curve remembers all different probabilities.
    """
    rng = np.random.default_rng(0)
    with open(path, "w") as file:
        file.write("a,b,town,sign\n")
        for start in range(0, n, BATCH):
            count = min(BATCH, n - start)
            pairs, towns = rng.normal(size=(count, 2)).round(1), rng.integers(0, 30, count)
            lines = [
                f"{a},{b},town {town},{'yes' if a + b > 0 else 'no'}\n"
                for (a, b), town in zip(pairs.tolist(), towns.tolist(), strict=True)
            ]
            if odd_one is not None and start <= odd_one < start + count:
                lines[odd_one - start] = "0,0,elsewhere,yes\n"
            file.writelines(lines)
    return path


@pytest.fixture(scope="module")
def model(script, tmp_path_factory):
    folder = tmp_path_factory.mktemp("long")
    write_rows(folder / "train.csv", 2000)
    options = ["--preset", "quick", "--hidden-layer-sizes", 8, "--max-iter", 2, "--seed", 0]
    done = script(
        folder, "train", "train.csv", "--target", "sign", *options, "--out", "model.deltarule"
    )
    assert done.returncode == 0, done.stderr
    return folder / "model.deltarule"


MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


def most_memory(*command):
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, command)],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Two tables, of which the second is eight times as long."""
    folder = tmp_path_factory.mktemp("tables")
    return [write_rows(folder / f"{n}.csv", n) for n in (ROWS_SHORT, ROWS_LONG)]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in other units elsewhere")
@pytest.mark.parametrize(
    "said",
    [
        "cat {table} | exec {deltarule} predict {model} - --proba",
        "exec {deltarule} evaluate {model} {table} --json",
        pytest.param("exec {deltarule} predict {model} {table}", marks=pytest.mark.slow),
        pytest.param("cat {table} | exec {deltarule} evaluate {model} -", marks=pytest.mark.slow),
    ],
    ids=["predict pipe", "evaluate file", "predict file", "evaluate pipe"],
)
def test_memory_does_not_grow_with_the_table(model, tables, said):
    deltarule = f"{sys.executable.rpartition('/')[0]}/deltarule"
    commands = [said.format(deltarule=deltarule, model=model, table=table) for table in tables]
    most = [most_memory("bash", "-c", command) for command in commands]
    assert most[1] - most[0] < GROWTH


def test_a_long_table_is_trained_on_from_a_pipe(script, tables, tmp_path):
    """With the bits of training in memory, in the windows that it says it had."""
    small = ["--target", "sign", "--preset", "quick", "--hidden-layer-sizes", 8, "--seed", 0]
    small += ["--max-iter", 2, "--json"]
    said = []
    for options in (["--memory-limit", "8 MB"], ["--window", 32768]):
        out = tmp_path / f"model-{len(said)}.deltarule"
        text = tables[0].read_text()
        done = script(tmp_path, "train", "-", *small, *options, "--out", out, stdin=text)
        assert done.returncode == 0, done.stderr
        said.append(json.loads(done.stdout) | {"model": None})
    assert said[0] == said[1]
    assert said[0]["window"] == 32_768
    assert said[0]["evaluation"]["accuracy"] > 0.95


def test_every_row_is_told_of(script, model, tmp_path):
    n = 2 * BATCH + 5
    write_rows(tmp_path / "rows.csv", n)
    done = script(
        tmp_path, "predict", model, "rows.csv", "--id", "a", "--out", "told.csv", "--proba"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with open(tmp_path / "rows.csv") as rows, open(tmp_path / "told.csv") as told:
        given, said = list(csv.DictReader(rows)), list(csv.DictReader(told))
    assert [float(row["a"]) for row in said] == [float(row["a"]) for row in given]
    right = np.mean([one["sign"] == row["sign"] for one, row in zip(said, given, strict=True)])
    assert right > 0.8


def test_what_fails_in_a_later_batch_leaves_the_file_as_it_was(script, model, tmp_path):
    write_rows(tmp_path / "rows.csv", 2 * BATCH, odd_one=BATCH + 100)
    (tmp_path / "told.csv").write_text("before")
    done = script(tmp_path, "predict", model, "rows.csv", "--out", "told.csv", "--strict")
    assert done.returncode == 65
    assert "1 of the cells in column 'town'" in " ".join(done.stderr.split())
    assert (tmp_path / "told.csv").read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv", "told.csv"]


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_FSIZE of Linux")
def test_a_disk_that_is_full_midway_is_told_in_a_line(model, tmp_path):
    write_rows(tmp_path / "rows.csv", 3 * BATCH)
    command = [f"{sys.executable.rpartition('/')[0]}/deltarule", "predict", model, "rows.csv"]
    done = subprocess.run(
        [*command, "--out", "told.csv"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)),
    )
    assert done.returncode == 74
    assert "Cannot write told.csv: File too large" in " ".join(done.stderr.split())
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_FSIZE of Linux")
def test_no_room_for_what_waits_for_standard_output_is_told_in_a_line(model, tmp_path):
    write_rows(tmp_path / "rows.csv", 3 * BATCH)
    command = [f"{sys.executable.rpartition('/')[0]}/deltarule", "predict", model, "rows.csv"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)),
    )
    assert (done.returncode, done.stdout) == (74, "")
    said = " ".join(done.stderr.split())
    assert "Cannot write to the folder for temporary files" in said
    assert "File too large. Free some space there, set TMPDIR" in said
