"""A process that makes one fit, so that no contender finds the caches or threads of another.

``python -m benchmarks.accuracy.worker DATA PART SEED CONTENDER THREADS``: the last line that it
prints is the record.
"""

import importlib
import importlib.metadata
import json
import os
import subprocess
import sys
import warnings
from dataclasses import asdict, replace
from time import perf_counter

from benchmarks.accuracy.contenders import find
from benchmarks.accuracy.datasets import DATASETS
from benchmarks.accuracy.metrics import score
from benchmarks.accuracy.records import Record
from benchmarks.accuracy.splits import split
from benchmarks.turns import ROOT, THREAD_VARIABLES


def run(asked: Record, limit: float | None) -> Record:
    """Make a fit in a process of its own, and give it up after ``limit`` seconds."""
    arguments = [*map(str, asked.key), str(asked.threads)]
    few = dict.fromkeys(THREAD_VARIABLES, str(asked.threads))  # read as NumPy is imported
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.accuracy.worker", *arguments],
            cwd=ROOT,
            env={**os.environ, **few},
            capture_output=True,
            text=True,
            timeout=limit,
        )
    except subprocess.TimeoutExpired:
        return replace(asked, failure=f"took longer than {limit:.0f} s")
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"ended with status {done.returncode}"]
        return replace(asked, failure=said[-1])
    return Record(**json.loads(done.stdout.splitlines()[-1]))


def fit(asked: Record) -> Record:
    """Train a contender on a table's training rows, and test it: once each."""
    warnings.simplefilter("ignore")
    contender = find(asked.contender)
    for module in contender.modules:
        importlib.import_module(module)
    rows = split(DATASETS[asked.data].load(), asked.seed, asked.part)
    model = contender.build(asked.seed, asked.threads)
    started = perf_counter()
    model.fit(rows.X, rows.y)
    fitted = perf_counter()
    proba = model.predict_proba(rows.X_test)
    seconds = {"fit_seconds": fitted - started, "predict_seconds": perf_counter() - fitted}
    scores = score(proba, model.classes_, rows.y_test)
    sizes = {"n_train": len(rows.y), "n_test": len(rows.y_test)}
    return replace(asked, **sizes, scores=scores | seconds, versions=versions(contender.modules))


def versions(modules: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of the packages that bring some modules."""
    packages = importlib.metadata.packages_distributions()
    names = sorted({name for module in modules for name in packages.get(module, ())})
    return {name: importlib.metadata.version(name) for name in names}


def main() -> None:
    """Make the fit that the command line asks for."""
    data, part, seed, contender, threads = sys.argv[1:]
    print(json.dumps(asdict(fit(Record(data, part, int(seed), contender, int(threads))))))


if __name__ == "__main__":
    main()
