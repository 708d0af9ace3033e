"""Whole fits: the same model from one process and from any number of workers."""

import os
import sys

import pytest

from tests.distributed.jobs import OPEN_MPI, PROGRAMS, needs_mpi, program, run_job

pytestmark = needs_mpi
DATA = os.environ.get("DELTARULE_DATA")
MANY = [2, 3, 4, 5, 8]
FEW = [3, 8]  # in `make test`


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
