"""A process with one contender: ``python -m benchmarks.worker CONTENDER WORKLOAD DTYPE THREADS``.

Says what its first epoch took and gave, then trains a lap for each line that it reads and says
the seconds of one epoch: one JSON object a line. Between lines it sleeps, so that contenders
can take turns.
"""

import importlib
import json
import math
import os
import sys
from time import perf_counter

LAP = 0.4  # seconds at the least


def main() -> None:
    """Serve until standard input ends."""
    name, workload, dtype, threads = sys.argv[1:]
    if threads == "1" and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    from benchmarks.workloads import WORKLOADS

    contender = importlib.import_module(f"benchmarks.contenders.{name}")
    started = perf_counter()
    train = contender.prepare(WORKLOADS[workload], dtype, int(threads))
    loss = train(1)
    first = perf_counter() - started
    epochs = epochs_a_lap(train)
    package = sys.modules.get("deltarule")
    say(first=first, loss=loss, epochs=epochs, source=package and package.__file__)
    for _ in sys.stdin:
        started = perf_counter()
        train(epochs)
        say(seconds=(perf_counter() - started) / epochs)


def epochs_a_lap(train) -> int:
    """Double the epochs until a lap is long enough to time."""
    epochs = 1
    while True:
        started = perf_counter()
        train(epochs)
        seconds = perf_counter() - started
        if seconds >= LAP / 2:
            return math.ceil(epochs * max(1.0, LAP / seconds))
        epochs *= 2


def say(**message: float | str | None) -> None:
    """Print one line of JSON, at once."""
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()
