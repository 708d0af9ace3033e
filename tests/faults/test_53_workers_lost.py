"""Fault 53: a worker killed, stopped, out of memory or raising - never a hang.

The rest go on, or all exit with one message, within a bound. Everything is the command line's, run
for real; each test has a limit, after which all processes are killed and it has failed.
"""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from deltarule import load_model
from tests.distributed.jobs import (
    OPEN_MPI,
    descendants,
    end_job,
    kill,
    needs_mpi,
    program,
    workers_of,
)

pytestmark = needs_mpi
SCRIPT = Path(sys.executable).with_name("deltarule")
EPOCHS = 14
TRAIN = f"train table.csv --target label --seed 0 --preset quick --max-iter {EPOCHS} --threads 1"
NETWORK = "--hidden-layer-sizes 96,96 --batch-size 64 --dropout 0.1"
CHECKPOINT = "--checkpoint run --checkpoint-epochs 1 --checkpoint-keep 100"
LIMIT = 90  # seconds


class Run:
    """``deltarule train`` with workers, in a folder of its own."""

    def __init__(self, folder, *options):
        self.folder, self.log = folder, folder / "log.txt"
        self.command = [SCRIPT, *TRAIN.split(), *NETWORK.split(), *CHECKPOINT.split()]
        self.command += ["--out", folder / "m.deltarule", *map(str, options)]
        self.started = []

    def start(self, *more):
        with open(self.log, "wb") as log:
            process = subprocess.Popen(
                [*self.command, *more],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def wait_for_epoch(self, process, epoch):
        """Wait until so many epochs have a checkpoint."""
        until = time.monotonic() + LIMIT
        while len(list(self.folder.glob("run/checkpoint-*.deltarule"))) <= epoch:
            assert process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.005)

    def end(self, process):
        """Return how it ends by itself."""
        try:
            return process.wait(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            pytest.fail(f"still running after {LIMIT} s; it had said:\n{self.said()}")

    def said(self):
        return self.log.read_text()

    def digest(self):
        model = load_model(self.folder / "m.deltarule")
        sha = hashlib.sha256(repr((model.loss_curve_, model.temperature_)).encode())
        for parameters in model._parameters:
            sha.update(parameters.theta)
        return sha.hexdigest()


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A folder with a table whose network takes some seconds."""
    folder = tmp_path_factory.mktemp("table")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12_000, 8)).round(3)
    labels = np.array(["no", "yes"])[(X[:, 0] * X[:, 1] + X[:, 2] > 0).astype(int)]
    lines = [",".join(map(str, row)) + f",{label}" for row, label in zip(X, labels, strict=True)]
    header = ",".join(f"x{i}" for i in range(8)) + ",label"
    (folder / "table.csv").write_text("\n".join([header, *lines]) + "\n")
    return folder / "table.csv"


@pytest.fixture
def run(tmp_path, table):
    """Make a run; whatever becomes of it, nothing is left behind."""
    runs = []

    def make(*options):
        folder = tmp_path / str(len(runs))
        folder.mkdir()
        shutil.copy(table, folder)
        runs.append(Run(folder, *options))
        return runs[-1]

    yield make
    for one in runs:
        for process in one.started:
            end_job(process)
            process.wait()


@pytest.fixture(scope="module")
def whole(table, tmp_path_factory):
    """The digest of the model of one process that nobody disturbs."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copy(table, folder)
    undisturbed = Run(folder, "--shards", 8)
    assert undisturbed.end(undisturbed.start()) == 0, undisturbed.said()
    return undisturbed.digest()


@pytest.mark.parametrize(
    ("n", "seed"),
    [
        *((2, 0), (3, 0), pytest.param(4, 0, marks=pytest.mark.slow)),
        *(pytest.param(n, seed, marks=pytest.mark.slow) for n in (2, 3, 4) for seed in (1, 2, 3)),
    ],
)
def test_a_random_worker_killed_at_a_random_step_changes_no_bit(n, seed, run, whole):
    draw = random.Random(10 * n + seed)
    lossy = run("--workers", n)
    process = lossy.start()
    lossy.wait_for_epoch(process, draw.randrange(1, EPOCHS // 2))
    time.sleep(draw.uniform(0, 0.2))
    rank, pid = draw.choice(sorted(workers_of(process).items()))
    kill(pid)
    assert lossy.end(process) == 0, lossy.said()
    assert f"Worker {rank} on " in lossy.said()
    assert f"is lost: going on with {n - 1} of {n} workers." in lossy.said()
    assert lossy.digest() == whole


@pytest.mark.parametrize(("n", "then"), [(2, 3), pytest.param(4, 1, marks=pytest.mark.slow)])
def test_a_whole_job_that_is_killed_is_resumed_by_another_number_of_workers(n, then, run, whole):
    killed = run("--workers", n)
    process = killed.start()
    killed.wait_for_epoch(process, 3)
    for pid in [*descendants(process.pid), process.pid]:
        kill(pid)
    process.wait()
    assert not (killed.folder / "m.deltarule").exists()
    resumed = killed.start("--resume", "--workers", str(then))
    assert killed.end(resumed) == 0, killed.said()
    assert "Resuming run: epoch" in killed.said()
    assert killed.digest() == whole


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [
        (signal.SIGINT, 130, "Interrupted"),
        pytest.param(signal.SIGTERM, 143, "Terminated", marks=pytest.mark.slow),
    ],
)
def test_workers_leave_together_when_told_to_and_go_on_later(number, code, word, run, whole):
    left = run("--workers", 3)
    process = left.start()
    left.wait_for_epoch(process, 2)
    process.send_signal(number)
    assert left.end(process) == code
    last = left.said().strip().splitlines()[-1]
    assert last.startswith(f"deltarule: {word} in epoch ")
    assert last.endswith("the same command with --resume goes on from there.")
    assert left.end(left.start("--resume", "--workers", "2")) == 0, left.said()
    assert left.digest() == whole


def test_the_only_worker_left_ends_with_its_own_code(run):
    left = run("--workers", 2)
    process = left.start()
    left.wait_for_epoch(process, 2)
    kill(workers_of(process)[0])
    left.wait_for_epoch(process, 4)
    process.send_signal(signal.SIGINT)
    assert left.end(process) == 130, left.said()
    assert "deltarule: Interrupted in epoch " in left.said()


def test_workers_that_are_all_killed_have_not_succeeded(run):
    """Where the MPI goes on without a worker, its mpiexec may end with 0, whatever they did."""
    killed = run("--workers", 2)
    process = killed.start()
    killed.wait_for_epoch(process, 2)
    for pid in workers_of(process).values():
        kill(pid)
    assert killed.end(process) == 69, killed.said()
    assert killed.said().endswith("deltarule: A worker was lost: killed, or out of memory.\n")


@pytest.mark.parametrize("rank", [pytest.param(0, marks=pytest.mark.slow), 1])
def test_a_stopped_worker_ends_the_run_in_time_with_one_message(rank, run):
    seconds = 3
    stopped = run("--workers", 2, "--worker-timeout", seconds)
    process = stopped.start()
    stopped.wait_for_epoch(process, 2)
    os.kill(workers_of(process)[rank], signal.SIGSTOP)
    began = time.monotonic()
    assert stopped.end(process) == 69
    assert time.monotonic() - began < 3 * seconds
    (message,) = [line for line in stopped.said().splitlines() if line.startswith("deltarule: ")]
    assert f"Worker {rank} on " in message
    assert f"has not been heard of for {seconds} seconds" in message
    assert "--resume" in message
    assert all(is_gone(pid) for pid in workers_of(process).values())


@pytest.mark.clock  # two signals to a process that has no time to see the first are one
@pytest.mark.parametrize("rank", [pytest.param(0, marks=pytest.mark.slow), 1])
def test_a_worker_that_is_told_twice_to_end_does_and_the_others_go_on(rank, run, whole):
    told = run("--workers", 3)
    process = told.start()
    told.wait_for_epoch(process, 2)
    terminate_twice(workers_of(process)[rank])
    assert told.end(process) == 0, told.said()
    assert "is lost: going on with 2 of 3 workers." in told.said()
    assert told.digest() == whole


@pytest.mark.clock
@pytest.mark.slow
def test_workers_that_are_all_told_twice_to_end_do_at_once(run):
    told = run("--workers", 3)
    process = told.start()
    told.wait_for_epoch(process, 2)
    for pid in workers_of(process).values():
        terminate_twice(pid)
    began = time.monotonic()
    code = told.end(process)
    assert code != 0, told.said()
    assert time.monotonic() - began < 10
    assert "Terminated" in told.said()


def terminate_twice(pid):
    for _ in range(2):
        kill(pid, signal.SIGTERM)
        time.sleep(0.01)


def test_a_run_starts_again_by_itself_where_it_cannot_go_on_without_a_worker(run, whole):
    again = run("--workers", 2, "--worker-timeout", 3, "--max-restarts", 1)
    process = again.start()
    again.wait_for_epoch(process, 2)
    os.kill(workers_of(process)[1], signal.SIGSTOP)
    assert again.end(process) == 0, again.said()
    assert "starting again from the last checkpoint, with 2 workers" in again.said()
    assert again.digest() == whole


@pytest.mark.parametrize(
    ("what", "message"), [("error", "a burst failed"), ("memory", "MemoryError")]
)
def test_a_worker_that_fails_ends_all_with_its_message(what, message):
    done = program(3, "differ.py", what, mpiexec=OPEN_MPI, limit=60)
    assert done.returncode == 69
    lines = [line for line in done.stderr.splitlines() if line.startswith("deltarule: ")]
    assert len(lines) == 1
    assert lines[0].startswith("deltarule: Worker 1 on ")
    assert message in lines[0]


def is_gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
