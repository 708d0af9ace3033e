"""The options that say who trains: what is wrong with them is said before anything starts."""

import json

import pytest

from deltarule.cli.job import place
from deltarule.cli.launching import Host, Launch, find_mpiexec, parse_hosts
from deltarule.errors import MissingExtraError
from tests.distributed.jobs import needs_mpi

TRAIN = ("train", "t.csv", "--target", "label", "--preset", "quick", "--max-iter", 3)


@pytest.fixture
def folder(tmp_path):
    rows = [f"{i % 7},{i % 5},{'yes' if i % 7 > 2 else 'no'}" for i in range(600)]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,label", *rows]) + "\n")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--max-restarts", "2"], "--max-restarts needs --workers."),
        (["--worker-timeout", "9"], "--worker-timeout needs --workers."),
        (["--workers", "2", "--max-restarts", "1"], "--max-restarts needs --checkpoint"),
        (["--workers", "0"], "Invalid value for '--workers'"),
        (["--hosts", "a:0"], "'a:0' is not like 'name:8'"),
        (["--hosts", "a,-oProxyCommand=x"], "is not like 'name:8'"),
        (["--hosts", "a:2,b:1", "--workers", "4"], "--workers 4 do not fit into --hosts"),
        (["--workers", "2", "--shards", "3"], "must be a power of two in [1, 1024]"),
        (["--workers", "4", "--shards", "2"], "4 workers cannot share a batch of 2 slices"),
        (["--workers", "2", "--mpiexec", "no-such-command"], "no-such-command to start them"),
    ],
)
def test_what_cannot_be_is_said_at_once(options, message, script, folder):
    done = script(folder, *TRAIN, *options)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_standard_input_is_one_processs(script, folder):
    done = script(
        folder, "train", "-", "--target", "label", "--workers", "2", stdin="a,label\n1,x\n"
    )
    assert done.returncode == 2
    assert "Standard input is one process's" in done.stderr


@needs_mpi
def test_one_worker_speaks_and_the_model_says_how_many_slices_it_had(script, folder):
    done = script(folder, *TRAIN, "--workers", 2, "--json", "--out", "m.deltarule")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["model"] == "m.deltarule"
    assert done.stderr == ""
    told = json.loads(script(folder, "inspect", "m.deltarule", "--json").stdout)
    assert told["settings"]["shards"] == 8


@needs_mpi
@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [({"label": "lable"}, 65, "has no column 'lable'"), ({"t.csv": "no.csv"}, 66, "no.csv")],
)
def test_an_error_is_told_once_with_its_code(changes, code, message, script, folder):
    arguments = [changes.get(part, part) for part in TRAIN]
    done = script(folder, *arguments, "--workers", 2)
    assert done.returncode == code
    assert done.stderr.startswith("deltarule: ")
    assert done.stderr.count("deltarule: ") == 1
    assert message in done.stderr


@needs_mpi
def test_a_dry_run_with_workers_measures_them(script, folder):
    done = script(folder, *TRAIN, "--workers", 2, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("parameters") == 1
    assert "for 3 epochs by 2 workers" in done.stderr
    assert "MB beside the table, for each worker" in done.stderr
    assert list(folder.iterdir()) == [folder / "t.csv"]


@needs_mpi
@pytest.mark.slow
def test_what_workers_add_up_is_a_part_of_the_memory_that_a_dry_run_tells(script, folder):
    two = json.loads(script(folder, *TRAIN, "--workers", 2, "--dry-run", "--json").stdout)
    one = json.loads(script(folder, *TRAIN, "--dry-run", "--json").stdout)
    assert (one["workers"], two["workers"]) == (1, 2)
    vectors = (two["bytes"] - one["bytes"]) / (4 * two["parameters"])
    assert vectors == pytest.approx(3, rel=0.01), "a sum, its own part, its span of all"


def test_hosts_have_slots():
    assert parse_hosts("a:8, b-2.example.org ,10.0.0.3:2") == [
        Host("a", 8),
        Host("b-2.example.org", 1),
        Host("10.0.0.3", 2),
    ]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, None),
        ({"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "4"}, (1, 4)),
        ({"PMI_RANK": "0", "PMI_SIZE": "2"}, (0, 2)),
        ({"SLURM_PROCID": "3", "SLURM_STEP_NUM_TASKS": "8"}, (3, 8)),
        ({"SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1"}, None),
        ({"PMI_RANK": "0"}, None),
    ],
)
def test_a_process_knows_its_place(variables, expected, monkeypatch):
    for name in ("OMPI_COMM_WORLD", "PMI"):
        monkeypatch.delenv(f"{name}_RANK", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert place() == expected


@needs_mpi
def test_the_command_that_starts_workers(monkeypatch):
    path, version = find_mpiexec()
    assert version >= 5
    local = Launch(4, [], 0).mpiexec()
    assert local[:8] == [path, "--bind-to", "none", "-n", "4", "--with-ft", "ulfm", "--map-by"]
    remote = Launch(3, parse_hosts("a:2,b"), 0).mpiexec()
    assert remote[remote.index("--host") + 1] == "a:2,b:1"
    with pytest.raises(MissingExtraError, match=r"pip install 'deltarule\[mpi\]'"):
        find_mpiexec("/nowhere/mpiexec")
