"""Two workers beside two threads: ``python -m benchmarks.workers [WORKLOAD ...] [--turns N]``.

The same fits, one after the other, in an order drawn anew for each turn: by one process on N
threads, and by N workers of one thread each, with as many slices of a batch as workers and with 8.
Printed are the ratios of their speeds, whether their weights have the same bits as one process with
as many slices, and the bytes that a worker sends in a step, beside what goes around a ring.
"""

import hashlib
import random
import subprocess
import sys
import time
import warnings
from itertools import pairwise
from statistics import median

import click
import numpy as np

from benchmarks.workloads import WORKLOADS, Workload
from deltarule import MLPClassifier
from deltarule.cli.launching import find_mpiexec
from deltarule.distributed import Communicator, connect

SECONDS = 2.0  # of a fit, about
FLOAT32 = 4  # bytes
RING = 2  # times (N - 1) / N of the gradient: around for the sums, and around once more


def fit(
    workload: Workload, epochs: int, shards: int, n_threads: int, comm: Communicator | None
) -> tuple[float, str]:
    """Return the seconds of a fit, and the digest of its weights."""
    X, y = workload.data("float32")
    model = MLPClassifier(
        workload.layers[1:-1],
        "tanh",
        alpha=0.0,
        batch_size=workload.batch,
        max_iter=epochs,
        n_iter_no_change=np.inf,
        random_state=0,
        shards=shards,
        n_threads=n_threads,
    )
    started = time.perf_counter()
    model.fit(X, y, comm=comm)
    seconds = time.perf_counter() - started
    return seconds, hashlib.sha256(b"".join(W.tobytes() for W in model.coefs_)).hexdigest()[:16]


def compare(workload: Workload, turns: int, workers: Communicator, apart: Communicator) -> None:
    """Print what one workload has shown; to those ``apart`` the same workers send messages."""
    n = workers.size
    epochs = workers.broadcast(lambda: epochs_of(workload, n))
    ways = [(1, False), *((shards, together) for shards in (n, 8) for together in (False, True))]
    speeds: dict[tuple[int, bool], list[float]] = {way: [] for way in ways}
    draw = random.Random(0)
    for _ in range(turns):
        for way in draw.sample(ways, len(ways)):
            workers.barrier()
            speeds[way].append(1 / fit_in(way, workload, epochs, workers)[0])
    for shards in (n, 8):
        before = apart.bytes_sent
        _, together = fit_in((shards, True), workload, 1, apart)
        sent = (apart.bytes_sent - before) / workload.steps_an_epoch
        _, alone = fit_in((shards, False), workload, 1, workers)
        gradient = FLOAT32 * sum(a * b + b for a, b in pairwise(workload.layers))
        if workers.is_root:
            ratios = [ratio(speeds[shards, True], speeds[w]) for w in ((1, False), (shards, False))]
            click.echo(
                f"{workload.name}, {shards} slices: {n} workers of one thread are {ratios[0]} of "
                f"one process on {n} threads, and {ratios[1]} of one with as many slices, whose "
                f"weights have {'the same' if alone == together else 'OTHER'} bits; on machines of "
                f"their own a worker sends {sent:,.0f} bytes a step, around a ring it would be "
                f"{RING * (n - 1) / n * gradient:,.0f}"
            )


def fit_in(
    way: tuple[int, bool], workload: Workload, epochs: int, workers: Communicator
) -> tuple[float, str]:
    """Fit with so many slices, together or by worker 0 alone, while the others wait."""
    shards, together = way
    if together:
        return fit(workload, epochs, shards, 1, workers)
    return workers.broadcast(lambda: fit(workload, epochs, shards, workers.size, None))


def ratio(ours: list[float], theirs: list[float]) -> str:
    """Return the ratios of two speeds: their median, and from where to where they go."""
    each = [a / b for a, b in zip(ours, theirs, strict=True)]
    return f"{median(each):.2f} ({min(each):.2f} to {max(each):.2f})"


def epochs_of(workload: Workload, n_threads: int) -> int:
    """Return how many epochs take about as long as a fit should."""
    fit(workload, 1, 1, n_threads, None)  # what is done once
    started = time.perf_counter()
    fit(workload, 2, 1, n_threads, None)
    return max(2, int(SECONDS * 2 / (time.perf_counter() - started)))


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(WORKLOADS)))
@click.option("--turns", default=7, show_default=True)
@click.option("--workers", default=2, show_default=True)
@click.option("--inside", is_flag=True, hidden=True)
def main(names: tuple[str, ...], turns: int, workers: int, inside: bool) -> None:
    """Start the workers, or be one of them."""
    if not inside:
        path, is_open_mpi = find_mpiexec()
        options = ["--bind-to", "none", "--allow-run-as-root"] if is_open_mpi else []
        python = [sys.executable, "-m", "mpi4py", "-m", "benchmarks.workers", "--inside"]
        command = [path, *options, "-n", str(workers), *python, f"--turns={turns}", *names]
        raise SystemExit(subprocess.run(command, check=False).returncode)
    warnings.simplefilter("ignore")
    with connect("mpi") as communicator:
        from mpi4py.MPI import COMM_WORLD

        from deltarule.distributed.mpi.workers import MpiCommunicator

        apart = MpiCommunicator(COMM_WORLD, shares_memory=False)
        for name in names or ("mnist", "wide"):
            compare(WORKLOADS[name], turns, communicator, apart)
        apart.close()


if __name__ == "__main__":
    main()
