"""Contenders in processes of their own, timed in turn on the same machine: A B A B ..."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep

ROOT = Path(__file__).parent.parent
PAUSE = 0.15  # seconds: the threads of a BLAS or OpenMP go on spinning after their last call
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Entry:
    """One contender as it starts: its module, and how many threads it may use.

    ``path`` goes in front of the worker's modules: where another build of ours lies; ``root`` is
    the source tree whose benchmarks the worker runs, which know that build's inner names.
    """

    contender: str
    threads: int
    label: str = ""
    path: Path | None = None
    root: Path = ROOT


@dataclass
class Timings:
    """What one entry's worker said: seconds an epoch, lap by lap.

    ``first`` is the seconds of getting ready and of the first epoch, which compiles and warms up;
    ``loss`` that epoch's mean loss; ``source`` the file of the deltarule that it imported.
    """

    first: float
    loss: float | None
    epochs: int
    source: str | None
    seconds: list[float] = field(default_factory=list)


class Worker:
    """A running ``benchmarks.worker``."""

    def __init__(self, entry: Entry, workload: str, dtype: str) -> None:
        self.entry = entry
        command = [sys.executable, "-m", "benchmarks.worker", entry.contender, workload, dtype]
        self._process = subprocess.Popen(
            [*command, str(entry.threads)],
            cwd=entry.root,
            env=environment(entry),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.timings = Timings(**self._listen())

    def lap(self) -> None:
        """Let it train for one lap, while all others sleep."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self.timings.seconds.append(self._listen()["seconds"])

    def stop(self) -> None:
        """End it."""
        with self._process:  # which closes its pipes and waits
            self._process.stdin.close()

    def _listen(self) -> dict:
        line = self._process.stdout.readline()
        if not line:
            self.stop()
            status = self._process.returncode
            raise SystemExit(f"The worker of {self.entry} ended with status {status}; see above.")
        return json.loads(line)


def environment(entry: Entry) -> Mapping[str, str]:
    """Return the variables that say how many threads a BLAS, and XLA, may use."""
    path = os.pathsep.join(filter(None, [str(entry.path or ""), str(entry.root)]))
    xla = f"--xla_cpu_multi_thread_eigen={'true' if entry.threads > 1 else 'false'}"
    threads = dict.fromkeys(THREAD_VARIABLES, str(entry.threads))
    return {**os.environ, **threads, "XLA_FLAGS": xla, "PYTHONPATH": path}


def take_turns(
    entries: Iterable[Entry], workload: str, dtype: str, rounds: int
) -> dict[Entry, Timings]:
    """Time every entry once a round, in an order drawn for each round."""
    order = random.Random(0)
    workers: list[Worker] = []
    try:
        for entry in entries:
            workers.append(Worker(entry, workload, dtype))  # noqa: PERF401 - to stop what started
        for _ in range(rounds):
            for worker in order.sample(workers, len(workers)):
                sleep(PAUSE)
                worker.lap()
    finally:
        for worker in workers:
            worker.stop()
    return {worker.entry: worker.timings for worker in workers}
