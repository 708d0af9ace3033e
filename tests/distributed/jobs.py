"""MPI jobs for tests: started, watched, and never left behind."""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "programs"
LIMIT = 120  # seconds: a job that takes longer hangs
MPIEXEC = Path(sys.executable).with_name("mpiexec")

needs_mpi = pytest.mark.skipif(
    find_spec("mpi4py") is None or not MPIEXEC.exists(),
    reason="Open MPI and mpi4py are an extra: pip install '.[mpi]'",
)

OPEN_MPI = [MPIEXEC, "--bind-to", "none", "--map-by", ":OVERSUBSCRIBE", "--allow-run-as-root"]
FAULT_TOLERANT = [*OPEN_MPI, "--with-ft", "ulfm"]


def run_job(command, *, limit=LIMIT, **options):
    """Run a command to its end; kill it, and all that it has started, where it takes too long."""
    process = subprocess.Popen(
        list(map(str, command)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
        **options,
    )
    try:
        out, err = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        end_job(process)
        out, err = process.communicate()
        pytest.fail(f"still running after {limit} s; it had said:\n{out}\n{err}")
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def end_job(process):
    """Kill a command and all workers that came of it, wherever they have gone."""
    for pid in workers_of(process).values():
        kill(pid)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def program(n, name, *arguments, mpiexec=tuple(FAULT_TOLERANT), **options):
    """Run one of the programs with n workers; return what they print, and the rest."""
    python = [sys.executable, "-m", "mpi4py", PROGRAMS / name, *arguments]
    return run_job([*mpiexec, "-n", n, *python], **options)


def kill(pid, number=signal.SIGKILL):
    """Send a signal to a process that may be gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def descendants(pid):
    """Return the processes that came of one."""
    found, parents = [], {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    waiting = [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def workers_of(process):
    """Return the process of each worker that came of one, by its number."""
    found = {}
    for pid in descendants(process.pid):
        try:
            environment = Path(f"/proc/{pid}/environ").read_text()
        except OSError:
            continue
        rank = re.search(r"(?:OMPI_COMM_WORLD|PMI)_RANK=(\d+)\0", environment)
        if rank:
            found[int(rank[1])] = pid
    return found


def has_slots():
    """Whether a shell with network namespaces may be had."""
    return shutil.which("ip") is not None and os.geteuid() == 0
