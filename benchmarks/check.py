"""Is the working tree slower than a commit? ``make bench-check BASE=rev``.

Both are built as wheels and train in turn, each by its own benchmarks; the ratio of each round's
two laps is what counts, and its interval is bootstrapped. Exits with 1 where a workload is slower
beyond noise.
"""

import subprocess
import sys
from pathlib import Path

import click
import numpy as np

from benchmarks.turns import ROOT, Entry, take_turns
from benchmarks.workloads import WORKLOADS

BUILDS = ROOT / "build" / "bench"
TOLERANCE = 0.02  # slower by less is not worth a word
RESAMPLES = 10_000


@click.command()
@click.argument("base")
@click.option("--workload", "workloads", multiple=True, type=click.Choice(list(WORKLOADS)))
@click.option("--dtype", type=click.Choice(["float32", "float64"]), default="float32")
@click.option("--rounds", default=15, show_default=True)
def main(base: str, workloads: tuple[str, ...], dtype: str, rounds: int) -> None:
    """Compare the working tree with the commit BASE."""
    source = checkout(base)
    before = Entry("ours", all_threads(), "before", build(source, "before"), source)
    now = Entry("ours", all_threads(), "now", build(ROOT, "now"))
    slower = []
    for name in workloads or WORKLOADS:
        timings = take_turns([before, now], name, dtype, rounds)
        for entry, timing in timings.items():
            require_build(entry, timing.source)
        ratio, low, high = interval(timings[now].seconds, timings[before].seconds)
        verdict = judge(low, high)
        slower += [name] * (verdict == "slower")
        print(f"{name:8} {ratio:.3f} times {base}'s time, 95 % [{low:.3f}, {high:.3f}]: {verdict}")
    sys.exit(1 if slower else 0)


def all_threads() -> int:
    """Return the number of cores."""
    from deltarule.engines.threads import available_threads

    return available_threads()


def checkout(rev: str) -> Path:
    """Return a folder with the commit's files."""
    folder = BUILDS / "source"
    subprocess.run(["rm", "-rf", folder], check=True)
    folder.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "archive", "--format=tar", rev], cwd=ROOT, check=True, capture_output=True
    )
    subprocess.run(["tar", "-xf", "-", "-C", folder], input=archive.stdout, check=True)
    return folder


def build(source: Path, name: str) -> Path:
    """Install the package from a source tree into a folder of its own, and return that."""
    target = BUILDS / name
    subprocess.run(["rm", "-rf", target], check=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target]
    subprocess.run([*pip, str(source)], check=True)
    return target


def require_build(entry: Entry, source: str | None) -> None:
    """End where a worker did not train with the build that it was meant to."""
    if source is None or not Path(source).is_relative_to(entry.path):
        raise SystemExit(
            f"The worker of {entry.label!r} imported {source}, not its build in {entry.path}. An "
            "editable install gets in the way: pip install . instead."
        )


def interval(now: list[float], before: list[float]) -> tuple[float, float, float]:
    """Return the median ratio of rounds, and its bootstrapped 95 % interval."""
    ratios = np.divide(now, before)
    drawn = np.random.default_rng(0).choice(ratios, (RESAMPLES, len(ratios)))
    low, high = np.quantile(np.median(drawn, axis=1), [0.025, 0.975])
    return float(np.median(ratios)), float(low), float(high)


def judge(low: float, high: float) -> str:
    """Say what an interval of ratios means."""
    if low > 1 + TOLERANCE:
        return "slower"
    if high < 1 - TOLERANCE:
        return "faster"
    return "no difference beyond noise"


if __name__ == "__main__":
    main()
