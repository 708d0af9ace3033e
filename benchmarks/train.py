"""Training against the others: ``make bench``, or ``python -m benchmarks.train --help``."""

import importlib.metadata
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from benchmarks.contenders import CONTENDERS
from benchmarks.summary import as_json
from benchmarks.tables import markdown, put_between_marks, row
from benchmarks.turns import ROOT, Entry, take_turns
from benchmarks.workloads import WORKLOADS

RESULTS = ROOT / "benchmarks" / "results.json"
PACKAGES = ("numpy", "scipy", "scikit-learn", "torch", "jax")


@click.command()
@click.option("--workload", "workloads", multiple=True, type=click.Choice(list(WORKLOADS)))
@click.option("--dtype", "dtypes", multiple=True, type=click.Choice(["float32", "float64"]))
@click.option("--against", multiple=True, type=click.Choice(CONTENDERS[1:]))
@click.option("--rounds", default=9, show_default=True, help="Laps of each contender.")
@click.option("--write", is_flag=True, help="Write results.json and the README's table.")
def main(
    workloads: tuple[str, ...],
    dtypes: tuple[str, ...],
    against: tuple[str, ...],
    rounds: int,
    write: bool,
) -> None:
    """Time a training step of every contender, in turn, and print ratios to ours."""
    console = Console(stderr=True)
    cells = []
    for dtype in dtypes or ("float32", "float64"):
        for workload in workloads or WORKLOADS:
            with console.status(f"{workload}, {dtype}: contenders take turns"):
                timings = take_turns(entries(against or CONTENDERS[1:]), workload, dtype, rounds)
            cells.append(as_json(workload, dtype, timings))
            console.print(row(cells[-1]), highlight=False)
    results = {"machine": machine(), "rounds": rounds, "cells": cells}
    print(markdown(results))
    if write:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        put_between_marks(ROOT / "README.md", markdown(results))


def entries(against: tuple[str, ...]) -> list[Entry]:
    """Return everyone with one thread and with all; the bare products with all only."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    everyone = [Entry(name, n) for name in ("ours", *against) for n in sorted({1, cores})]
    return [entry for entry in everyone if entry.contender != "products" or entry.threads == cores]


def machine() -> dict:
    """Return what the numbers depend on besides the code."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
