"""Workers that add up, gather and are lost: processes of an MPI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.distributed.jobs import OPEN_MPI, needs_mpi, program

pytestmark = needs_mpi
SMALL, LARGE, STEPS = 1000, 20_000, 200  # elements: sent, and in memory that all see
FLOAT32, FLOAT64 = 4, 8  # bytes
SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def alone():
    """The digests of one worker's sums."""
    return {
        size: program(1, "add_up.py", "", 0, size, mpiexec=OPEN_MPI).stdout.split()[1]
        for size in (SMALL, LARGE)
    }


@pytest.mark.parametrize("n", [2, 3, 8, *(pytest.param(n, marks=pytest.mark.slow) for n in (4, 5))])
def test_any_number_of_workers_gets_the_same_sums(n, alone):
    """And sends, where it divides the number of slices, what goes around a ring."""
    done = program(n, "add_up.py", "", 0, SMALL, mpiexec=OPEN_MPI)
    assert (done.returncode, done.stderr) == (0, "")
    count, *digests, sent = done.stdout.split()
    assert (int(count), digests) == (n, [alone[SMALL]])
    ring = 2 * (n - 1) / n * SMALL * FLOAT32 * STEPS
    numbers = STEPS * (n - 1) * 2 * FLOAT64
    if 8 % n == 0:
        assert 0.9 * ring <= int(sent) - numbers <= 1.15 * ring  # cut at lines of cache
    else:
        assert 0.9 * ring <= int(sent) - numbers <= 1.6 * ring  # some have several subtrees


@pytest.mark.parametrize(
    ("n", "victims"), [(2, "0"), (2, "1"), (3, "0"), (3, "1,2"), (4, "0,2"), (5, "0,1,2,3")]
)
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(s, marks=pytest.mark.slow) for s in (1, 2, 3, 4))]
)
def test_workers_that_are_killed_at_any_step_change_no_bit(n, victims, seed, alone):
    size = LARGE if (n + seed) % 2 else SMALL
    done = program(n, "add_up.py", victims, seed, size)
    count, *digests, _ = done.stdout.split()
    assert (int(count), digests) == (n - len(victims.split(",")), [alone[size]])
    assert done.returncode == 0
    assert "lost: going on with" in done.stderr


@pytest.mark.parametrize("n", [3, 8])
def test_in_memory_that_all_see_nothing_is_sent_and_the_sums_are_the_same(n, alone):
    before = set(SHARED_MEMORY.glob("deltarule-*"))
    done = program(n, "add_up.py", "", 0, LARGE, mpiexec=OPEN_MPI)
    assert (done.returncode, done.stderr) == (0, "")
    count, *digests, sent = done.stdout.split()
    assert (int(count), digests) == (n, [alone[LARGE]])
    assert int(sent) < LARGE * FLOAT32 * STEPS / 10
    assert set(SHARED_MEMORY.glob("deltarule-*")) == before


def test_without_a_fault_tolerant_mpi_all_end_when_one_is_killed():
    done = program(3, "add_up.py", "1", 0, SMALL, mpiexec=OPEN_MPI)
    assert done.returncode != 0
    assert done.stdout == ""


@pytest.fixture(scope="session")
def mpich(tmp_path_factory):
    """MPICH's wheel in a folder of its own, as it cannot be beside Open MPI's."""
    prefix = tmp_path_factory.mktemp("mpich")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--prefix", prefix, "mpich"]
    installed = subprocess.run(pip, capture_output=True, timeout=300, check=False)
    if installed.returncode != 0:
        pytest.skip("MPICH cannot be installed from PyPI here")
    return prefix


def by_mpich(mpich, n, *arguments):
    library = next((mpich / "lib").glob("libmpi.so.*"))
    environment = {**os.environ, "MPI4PY_LIBMPI": str(library)}
    return program(n, *arguments, mpiexec=[mpich / "bin" / "mpiexec"], env=environment)


@pytest.mark.parametrize("n", [3])
def test_mpich_gets_the_same_sums(n, alone, mpich):
    done = by_mpich(mpich, n, "add_up.py", "", 0, LARGE)
    assert done.returncode == 0, done.stderr
    count, *digests, _ = done.stdout.split()
    assert (int(count), digests) == (n, [alone[LARGE]])


def test_communicators_are_given_back(mpich):
    """MPICH has some 2000 of them; a search with many fits would use them up."""
    done = by_mpich(mpich, 3, "again.py", 1500)
    assert done.returncode == 0, done.stderr
