"""Workers that add up, gather and are lost: processes of an MPI."""

import subprocess
import sys

import pytest

from tests.distributed.jobs import OPEN_MPI, needs_mpi, program

pytestmark = needs_mpi
SIZE, STEPS, FLOAT32 = 1000, 200, 4


@pytest.fixture(scope="module")
def alone():
    """The digest of one worker's sums."""
    return program(1, "add_up.py", "", 0, mpiexec=OPEN_MPI).stdout.split()[1]


@pytest.mark.parametrize("n", [2, 3, 4, 5, 8])
def test_any_number_of_workers_gets_the_same_sums(n, alone):
    done = program(n, "add_up.py", "", 0, mpiexec=OPEN_MPI)
    assert (done.returncode, done.stderr) == (0, "")
    count, *digests, _ = done.stdout.split()
    assert (int(count), digests) == (n, [alone])


@pytest.mark.parametrize("n", [2, 4, 8])
def test_a_worker_sends_what_goes_around_a_ring(n):
    """Of the vector, for as many workers as divide that of slices; numbers come on top of it."""
    sent = int(program(n, "add_up.py", "", 0).stdout.split()[-1])
    ring = 2 * (n - 1) / n * SIZE * FLOAT32 * STEPS
    numbers = STEPS * (n - 1) * 2 * 8
    assert 0.9 * ring <= sent - numbers <= 1.15 * ring  # parts are cut at lines of cache


@pytest.mark.parametrize(
    ("n", "victims"), [(2, "0"), (2, "1"), (3, "0"), (3, "1,2"), (4, "0,2"), (5, "0,1,2,3")]
)
@pytest.mark.parametrize("seed", range(3))
def test_workers_that_are_killed_at_any_step_change_no_bit(n, victims, seed, alone):
    done = program(n, "add_up.py", victims, seed)
    count, *digests, _ = done.stdout.split()
    assert (int(count), digests) == (n - len(victims.split(",")), [alone])
    assert done.returncode == 0
    assert "lost: going on with" in done.stderr


def test_without_a_fault_tolerant_mpi_all_end_when_one_is_killed():
    done = program(3, "add_up.py", "1", 0, mpiexec=OPEN_MPI)
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


@pytest.mark.parametrize("n", [2, 3, 5])
def test_mpich_gets_the_same_sums(n, alone, mpich, environment):
    library = next((mpich / "lib").glob("libmpi.so.*"))
    done = program(
        n,
        "add_up.py",
        "",
        0,
        mpiexec=[mpich / "bin" / "mpiexec"],
        env={**environment, "MPI4PY_LIBMPI": str(library)},
    )
    assert done.returncode == 0, done.stderr
    count, *digests, _ = done.stdout.split()
    assert (int(count), digests) == (n, [alone])
