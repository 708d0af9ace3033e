"""``--workers``: this command once more, as processes of an MPI job, which this one watches."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from threading import Thread
from typing import TextIO

import click

from deltarule.cli.errors import ON_PURPOSE, WORKER_LOST, Stopped, say
from deltarule.cli.job import STARTED
from deltarule.cli.relaying import Relay
from deltarule.errors import MissingExtraError, WorkerError

HOST = re.compile(r"([A-Za-z0-9._-]+)(?::([1-9][0-9]*))?")
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where Open MPI's workers on one machine meet
SHARED_A_WORKER = 32 << 20  # bytes
LEFT = {
    signal.SIGINT: signal.SIGUSR1,
    signal.SIGTERM: signal.SIGUSR2,
    signal.SIGHUP: signal.SIGUSR2,
}
WITH_ULFM = 5  # the version of Open MPI that goes on without a worker
ANSWERING = 10  # seconds, at most, for a host to answer
MOST_SHOWN = 6  # lines of what the MPI says


@dataclass(frozen=True)
class Host:
    """A machine, and how many workers it is to have."""

    name: str
    slots: int


def parse_hosts(text: str) -> list[Host]:
    """Return what ``--hosts`` says: ``name:slots,...``.

    Raises
    ------
    click.BadParameter
    """
    hosts = []
    for part in text.split(","):
        found = HOST.fullmatch(part.strip())
        if found is None:
            raise click.BadParameter(
                f"{part.strip()!r} is not like 'name:8', a host and how many workers it has.",
                param_hint="--hosts",
            )
        hosts.append(Host(found[1], int(found[2] or 1)))
    return hosts


@dataclass(frozen=True)
class Launch:
    """How workers are to be started.

    Attributes
    ----------
    workers : int
    hosts : list of Host
        Without any: this machine.
    max_restarts : int
        How often to start again, from the last checkpoint, where a worker was lost.
    path : str or None
        Of mpiexec, where it is not to be found.
    """

    workers: int
    hosts: list[Host]
    max_restarts: int
    path: str | None = None

    def run(self, arguments: Sequence[str]) -> int:
        """Run this command with workers; return its exit code.

        Raises
        ------
        MissingExtraError
            If there is no mpiexec.
        WorkerError
            If no worker could be started.
        """
        launch, left = self, self.max_restarts
        while True:
            code = launch.run_once(arguments)
            if code == 0 or code in ON_PURPOSE:
                return code
            if left == 0:
                return WORKER_LOST
            launch, left = launch.with_hosts_that_answer(), left - 1
            say(
                f"A worker was lost; starting again from the last checkpoint, with "
                f"{launch.workers} workers ({left} more times at most)."
            )
            arguments = [*arguments, *([] if "--resume" in arguments else ["--resume"])]

    def run_once(self, arguments: Sequence[str]) -> int:
        """Run the workers once; return their exit code."""
        out, err = Relay(_writer(sys.stdout)), Relay(_writer(sys.stderr))
        python = [sys.executable, "-m", "mpi4py", "-m", "deltarule", *arguments]
        process = subprocess.Popen(  # noqa: S603 - this command itself
            [*self.mpiexec(), *python],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment(),
            start_new_session=True,  # Ctrl-C is for this process, which tells the workers
        )
        with passing_on_signals(process) as received:
            beside = Thread(target=out.pass_on, args=(process.stdout,))
            beside.start()
            err.pass_on(process.stderr)
            beside.join()
            code = process.wait()
        if out.is_broken:
            raise BrokenPipeError
        if code == 0 and not err.is_done:
            code = WORKER_LOST
        is_told = err.has_spoken and (code in ON_PURPOSE or code == WORKER_LOST)
        if received and code != 0 and (code == WORKER_LOST or not is_told):
            raise Stopped("Interrupted; there was nothing that could be left.", received[0])
        if code != 0 and not is_told:
            say(explain(code, err.own + out.own))
        return code if code >= 0 else 128 - code

    def mpiexec(self) -> list[str]:
        """Return the command that starts the workers."""
        path, open_mpi = find_mpiexec(self.path)
        number = ["-n", str(self.workers)]
        named = ",".join(f"{host.name}:{host.slots}" for host in self.hosts)
        if not open_mpi:
            return [path, *number, *(["-hosts", named] if named else [])]
        options = ["--bind-to", "none", *number]
        if open_mpi >= WITH_ULFM:
            options += ["--with-ft", "ulfm"]
        options += ["--host", named] if named else ["--map-by", ":OVERSUBSCRIBE"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:  # as in containers
            options.append("--allow-run-as-root")
        if not named and open_mpi >= WITH_ULFM and _has_little_shared_memory(self.workers):
            options += ["--mca", "btl_sm_backing_directory", tempfile.gettempdir()]
        for name in (STARTED, "FORCE_COLOR", "NO_COLOR", "COLUMNS") if named else ():
            if name in self.environment():
                options += ["-x", name]
        return [path, *options]

    def environment(self) -> dict[str, str]:
        """Return the workers' environment: the live line is worker 0's, the terminal ours."""
        variables = {**os.environ, STARTED: "1"}
        if sys.stderr.isatty():
            columns = str(shutil.get_terminal_size().columns)
            variables |= {"FORCE_COLOR": "1", "COLUMNS": columns}
        return variables

    def with_hosts_that_answer(self) -> "Launch":
        """Return how to start without the hosts that are gone."""
        if not self.hosts:
            return self
        hosts = [host for host in self.hosts if _answers(host.name)]
        slots = sum(host.slots for host in hosts)
        if not hosts:
            raise WorkerError("None of the hosts answers any more: no worker can be started.")
        return replace(self, workers=min(self.workers, slots), hosts=hosts)


@cache
def find_mpiexec(given: str | None = None) -> tuple[str, int]:
    """Return mpiexec's path, that of this environment first, and Open MPI's version, or else 0.

    Raises
    ------
    MissingExtraError
    """
    beside = Path(sys.executable).with_name("mpiexec")
    path = shutil.which(given or (str(beside) if beside.exists() else "mpiexec"))
    try:
        import mpi4py  # noqa: F401 - only whether it is there
    except ImportError:
        path = None
    if path is None:
        raise MissingExtraError(
            f"--workers needs mpi4py, and {given or 'mpiexec'} to start them. "
            "pip install 'deltarule[mpi]' installs both."
        )
    version = [path, "--version"]
    told = subprocess.run(version, capture_output=True, text=True, check=False)  # noqa: S603
    version_of = re.search(r"Open MPI\D*(\d+)", told.stdout)
    return path, int(version_of[1]) if version_of else 0


@contextmanager
def passing_on_signals(process: "subprocess.Popen[bytes]") -> Iterator[list[int]]:
    """Tell the workers, by a signal that mpiexec passes on, that they are to leave; then all end.

    A second signal ends them at once.
    """
    received: list[int] = []

    def pass_on(number: int, frame: object) -> None:
        process.send_signal(signal.SIGTERM if received else LEFT[signal.Signals(number)])
        received.append(number)

    before = {number: signal.getsignal(number) for number in LEFT}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, pass_on)
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if process.poll() is None:
            process.terminate()
            process.wait()


def explain(code: int, own: list[bytes]) -> str:
    """Return why workers ended who have not said so themselves, and what the MPI says."""
    said = b" ".join(line.strip() for line in own[:MOST_SHOWN] if line.strip())
    if code < 0:
        how = "mpiexec was killed."
    elif code - 128 == signal.SIGTERM:
        how = "Terminated: a worker was told to end."
    elif code == WORKER_LOST or code - 128 == signal.SIGKILL or code == signal.SIGKILL:
        how = "A worker was lost: killed, or out of memory."
    else:
        how = f"The workers could not start, or broke off (code {code})."
    return f"{how} {said.decode(errors='replace')}".strip()


def _writer(stream: TextIO) -> Callable[[bytes], object]:
    def write(piece: bytes) -> None:
        stream.buffer.write(piece)
        stream.buffer.flush()

    return write


def _has_little_shared_memory(workers: int) -> bool:
    try:
        return shutil.disk_usage(SHARED_MEMORY).free < workers * SHARED_A_WORKER
    except OSError:
        return False


def _answers(host: str) -> bool:
    """Return whether a host lets us in, without asking anything."""
    command = ["ssh", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={ANSWERING}", host, "true"]
    try:
        done = subprocess.run(  # noqa: S603 - HOST says what a host may be
            command, capture_output=True, timeout=2 * ANSWERING, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
