"""Fault 55: more workers than row groups or shards - works, or says what to change."""

import pytest

from deltarule.distributed import require_shards
from deltarule.errors import SettingError
from tests.distributed.jobs import OPEN_MPI, needs_mpi, program


@pytest.mark.parametrize(
    ("n_workers", "shards", "least"), [(2, 1, 2), (9, 8, 16), (3, 2, 4), (16, 8, 16)]
)
def test_more_workers_than_slices_are_refused(n_workers, shards, least):
    with pytest.raises(SettingError, match=rf"Set shards \(--shards\) to {least} or another power"):
        require_shards(n_workers, shards)
    require_shards(n_workers, least)


def test_the_command_line_says_it_before_any_worker_starts(command, tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n" + "1,x\n2,y\n" * 20)
    code, _, err = command("train", tmp_path / "t.csv", "--target", "b", "--workers", "9")
    assert code == 2
    assert "9 workers cannot share a batch of 8 slices" in err


@needs_mpi
def test_more_workers_than_row_groups_fit_the_same_model():
    """400 rows are two groups, for four parts: half of the slices are empty, and of the workers."""
    fitted = {}
    for n in (1, 4):
        done = program(n, "differ.py", "few groups", mpiexec=OPEN_MPI, limit=60)
        assert done.returncode == 0, done.stderr
        fitted[n] = sorted(done.stdout.splitlines())
    assert fitted[1][0].startswith("0 fitted [")
    curve = fitted[1][0].removeprefix("0 ")
    assert fitted[4] == [f"{rank} {curve}" for rank in range(4)]
