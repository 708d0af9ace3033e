"""What checkpoints cost: ``python -m benchmarks.checkpointing [WORKLOAD] [--pairs N]``.

The same fit with a checkpoint every second and without any, one after the other, in an order drawn
anew for each pair. Printed are the ratios of their times, their median with its interval (of order
statistics: a neighbour who takes the machine for a while does not move it), and how long it took to
write one, in its own thread, as the log tells it.
"""

import logging
import random
import re
import tempfile
import time
import warnings

import click
import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from benchmarks.workloads import WORKLOADS
from deltarule import Checkpoint, MLPClassifier

SECONDS = 10.0  # of a fit, about
CONFIDENCE = 0.95


class Writing(logging.Handler):
    """Adds up how long the checkpoints took to write."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Read "wrote PATH in S s"."""
        found = re.search(r"^wrote .* in ([\d.]+) s$", record.getMessage())
        if found:
            self.seconds.append(float(found[1]))


def timed_fit(
    X: NDArray[np.floating],
    y: NDArray[np.int64],
    layers: tuple[int, ...],
    batch: int,
    epochs: int,
    every: float | None,
) -> float:
    """Return the seconds of a whole fit, with a checkpoint each so many seconds or none."""
    with tempfile.TemporaryDirectory() as folder:
        model = MLPClassifier(
            layers[1:-1],
            "tanh",
            batch_size=batch,
            max_iter=epochs,
            n_iter_no_change=np.inf,
            random_state=0,
            checkpoint=None if every is None else Checkpoint(folder, seconds=every),
        )
        started = time.perf_counter()
        model.fit(X, y)
        return time.perf_counter() - started


def interval_of_median(values: list[float]) -> tuple[float, float]:
    """Return the interval of the median, whatever the distribution (Conover 1999, section 3.2)."""
    rank = int(binom.ppf((1 - CONFIDENCE) / 2, len(values), 0.5))
    ordered = sorted(values)
    return ordered[rank - 1], ordered[len(values) - rank]


@click.command()
@click.argument("name", type=click.Choice(list(WORKLOADS)), default="mnist")
@click.option("--pairs", default=30, show_default=True)
@click.option("--every", default=1.0, show_default=True, help="Seconds between two checkpoints.")
def main(name: str, pairs: int, every: float) -> None:
    """Print a line a pair, and the verdict."""
    warnings.simplefilter("ignore")
    writing, logger = Writing(), logging.getLogger("deltarule.checkpoints")
    logger.addHandler(writing)
    logger.setLevel(logging.INFO)
    workload, order = WORKLOADS[name], random.Random(0)
    X, y = workload.data("float32")
    fit = (X, y, workload.layers, workload.batch)
    epochs = max(1, int(40 * SECONDS / timed_fit(*fit, epochs=40, every=None)))
    ratios = []
    for _ in range(pairs):
        writing.seconds.clear()
        times = {}
        for kind in order.sample([None, every], 2):
            times[kind] = timed_fit(*fit, epochs=epochs, every=kind)
        ratios.append(times[every] / times[None])
        click.echo(
            f"{times[None]:.2f} s without, {times[every]:.2f} s with {len(writing.seconds)} "
            f"checkpoints, written in {1e3 * np.median(writing.seconds):.1f} ms: {ratios[-1]:.4f}"
        )
    low, high = (100 * (ratio - 1) for ratio in interval_of_median(ratios))
    click.echo(
        f"{name}, {epochs} epochs, {pairs} pairs: a checkpoint every {every:g} s makes a fit "
        f"longer by {100 * (np.median(ratios) - 1):.2f} % ({low:.2f} to {high:.2f})"
    )


if __name__ == "__main__":
    main()
