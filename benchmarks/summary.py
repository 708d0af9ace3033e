"""From laps to ratios: who is how many times slower than we are."""

from dataclasses import asdict, dataclass

import numpy as np

from benchmarks.turns import Entry, Timings


@dataclass(frozen=True)
class Ratio:
    """A contender's seconds over ours, lap by lap in the same round.

    The median, and the quartiles as its spread.
    """

    median: float
    low: float
    high: float
    threads: int

    @classmethod
    def of(cls, theirs: list[float], ours: list[float], threads: int) -> "Ratio":
        """Compare laps of the same rounds."""
        low, median, high = np.quantile(np.divide(theirs, ours), [0.25, 0.5, 0.75])
        return cls(float(median), float(low), float(high), threads)


def summarise(timings: dict[Entry, Timings]) -> dict[str, Ratio]:
    """Return each contender's ratio at its better number of threads, ours among them (1.0)."""
    best: dict[str, tuple[Entry, Timings]] = {}
    for entry, timing in timings.items():
        before = best.get(entry.contender)
        if before is None or np.median(timing.seconds) < np.median(before[1].seconds):
            best[entry.contender] = entry, timing
    ours = best["ours"][1].seconds
    return {
        name: Ratio.of(timing.seconds, ours, entry.threads)
        for name, (entry, timing) in best.items()
    }


def as_json(workload: str, dtype: str, timings: dict[Entry, Timings]) -> dict:
    """Return everything measured in one cell."""
    return {
        "workload": workload,
        "dtype": dtype,
        "ratios": {name: asdict(ratio) for name, ratio in summarise(timings).items()},
        "laps": [
            {"contender": entry.contender, "threads": entry.threads, **asdict(timing)}
            for entry, timing in timings.items()
        ],
    }
