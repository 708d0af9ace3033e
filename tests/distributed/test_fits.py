"""Whole fits: the same model from one process and from any number of workers."""

import os
import sys
from pathlib import Path

import pytest

from tests.distributed.jobs import OPEN_MPI, PROGRAMS, needs_mpi, program, run_job

pytestmark = needs_mpi
DATA = os.environ.get("DELTARULE_DATA")
LAST = 3  # epoch, at whose end worker 0 of the program dies
ROOT = Path(__file__).parents[2]
MANY = [2, 3, 4, 5, 8]
FEW = [3]  # in `make test`


@pytest.fixture(scope="module")
def alone():
    """The digests of models that one process without workers has fitted."""
    return digests_alone()


def digests_alone(*folder):
    done = run_job([sys.executable, PROGRAMS / "fits.py", "alone", *folder])
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    "n", [*FEW, *(pytest.param(n, marks=pytest.mark.slow) for n in MANY if n not in FEW)]
)
def test_any_number_of_workers_fits_the_same_models(n, alone):
    """With dropout, early stopping, weights, clipping, several networks, rows in a file."""
    done = program(n, "fits.py", "mpi", mpiexec=OPEN_MPI)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [" ".join(alone)] * n


def test_all_workers_name_the_layer_that_one_of_them_has_seen_overflow():
    row = 45  # of part 5, so the last worker's
    alone = run_job([sys.executable, PROGRAMS / "diverge.py", "alone", row])
    done = program(3, "diverge.py", "mpi", row, mpiexec=OPEN_MPI)
    assert "the outputs of layer 1 did so first" in alone.stdout
    assert done.stdout.splitlines() == [alone.stdout.strip()] * 3


@pytest.mark.slow
@pytest.mark.skipif(DATA is None, reason="DELTARULE_DATA does not name a folder")
@pytest.mark.parametrize("n", MANY)
def test_any_number_of_workers_fits_the_same_models_of_real_data(n, alone_on_real_data):
    """Adult in memory and in a file, MNIST; with dropout, early stopping and windows."""
    done = program(n, "fits.py", "mpi", DATA, mpiexec=OPEN_MPI, limit=600)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [" ".join(alone_on_real_data)] * n


@pytest.fixture(scope="module")
def alone_on_real_data():
    return digests_alone(DATA)


@pytest.mark.parametrize("n", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_another_worker_takes_the_place_of_worker_0(n, tmp_path):
    """Callbacks, who stop training in time, and checkpoints go on as if nothing had happened."""
    folders = [tmp_path / name for name in ("alone", "together")]
    for folder in folders:
        folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    alone = run_job(
        [sys.executable, PROGRAMS / "takeover.py", "alone", folders[0]], env=environment
    )
    together = program(n, "takeover.py", "mpi", folders[1], env=environment)
    assert alone.returncode == together.returncode == 0, alone.stderr + together.stderr
    assert together.stdout.splitlines() == [alone.stdout.strip()] * (n - 1)
    assert f"lost: going on with {n - 1} of {n} workers." in together.stderr
    told = [
        [line.split() for line in (folder / "told.txt").read_text().splitlines()]
        for folder in folders
    ]
    epochs = [int(epoch) for _, epoch in told[0]]
    assert epochs == list(range(1, int(alone.stdout.split()[0]) + 1))
    # That epoch's end was told once more, as worker 0 was lost before it could say that it was.
    assert [int(epoch) for _, epoch in told[1]] == sorted([*epochs, LAST])
    assert len({pid for pid, _ in told[1]}) == 2
    assert last_checkpoint(folders[1]) == last_checkpoint(folders[0])


@pytest.mark.parametrize(
    ("seeds", "reason"),
    [
        (None, None),
        (("0", "drawn"), "random_state (then 0, now None)"),
        pytest.param(("drawn", "drawn"), "; seed (then", marks=pytest.mark.slow),
    ],
)
def test_on_a_disk_of_its_own_a_new_worker_0_writes_into_no_other_run(seeds, reason, tmp_path):
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    then, now = seeds or (None, "0")
    if then is not None:
        alone = [sys.executable, PROGRAMS / "takeover.py", "alone", folders[1]]
        assert run_job(alone, env=environment | {"SEED": then}).returncode == 0
    before = contents(folders[1])
    job = program(2, "takeover.py", "mpi", *folders, env=environment | {"SEED": now})
    assert job.returncode == 0
    assert "lost: going on with 1 of 2 workers." in job.stderr
    if reason is None:
        assert contents(folders[1])
    else:
        assert contents(folders[1]) == before
        assert reason in job.stderr


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.glob("run/checkpoint-*")}


def last_checkpoint(folder):
    return sorted(path.name for path in folder.glob("run/checkpoint-*"))[-1]
