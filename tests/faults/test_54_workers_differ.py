"""Fault 54: workers that see other data, version or settings - aborted, the difference named."""

import pytest

from tests.distributed.jobs import OPEN_MPI, needs_mpi, program

pytestmark = needs_mpi
DIFFERENCES = {
    "data": "values of the training rows",
    "table": "values of the training rows",
    "table of columns": "number of columns of the training rows",
    "table in time": "number of columns of the training rows",  # before steps are measured
    "setting": "setting alpha",
    "version": "deltarule: 0.0.9 and ",
}


@pytest.mark.parametrize("what", DIFFERENCES)
def test_the_difference_is_named_on_every_worker(what):
    done = program(2, "differ.py", what, mpiexec=OPEN_MPI, limit=60)
    lines = sorted(done.stdout.splitlines())
    assert done.returncode == 0, done.stderr
    assert [line.split(maxsplit=2)[:2] for line in lines] == [
        [str(rank), "WorkersDifferError"] for rank in range(2)
    ]
    for line in lines:
        assert "Worker 1 and worker 0 do not agree in " in line
        assert DIFFERENCES[what] in line


def test_what_is_wrong_with_the_rows_of_one_worker_is_told_to_all():
    done = program(2, "differ.py", "rows", mpiexec=OPEN_MPI, limit=60)
    lines = sorted(done.stdout.splitlines())
    assert done.returncode == 0, done.stderr
    assert lines[1].startswith("1 ")
    assert "infinity" in lines[1]
    assert lines[0].startswith("0 WorkerError Worker 1 on ")
    assert "infinity" in lines[0]
