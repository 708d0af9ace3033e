"""Every contender on every table, seed after seed.

::

    DELTARULE_DATA=FOLDER python -m benchmarks.accuracy --role reported --seeds 0 1 2 --out FILE

Each fit has a process of its own, and the contenders take turns: A B C A B C ... A table's rows
are divided alike for all of them, each learns once and predicts once. What a fit gave is written
down as it ends, and is not made again: a run that was cut off goes on. ``python -m
benchmarks.accuracy.summary FILE`` makes tables of it.
"""

import argparse
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.accuracy.contenders import CONTENDERS, DEFAULT, OURS, find
from benchmarks.accuracy.datasets import DATASETS, ROLES
from benchmarks.accuracy.records import Key, Record, append, read
from benchmarks.accuracy.sources import UnavailableError
from benchmarks.accuracy.splits import PARTS
from benchmarks.accuracy.worker import run

HOUR = 3600.0


def asked_for(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy",
        description="Compare accuracy, calibration and time side by side.",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--role", choices=ROLES, help="all data sets of a role")
    which.add_argument("--data", nargs="+", choices=DATASETS, metavar="NAME", help="some of them")
    parser.add_argument("--out", type=Path, required=True, help="file that records go into")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], metavar="SEED")
    parser.add_argument(
        "--contenders",
        nargs="+",
        default=list(DEFAULT),
        metavar="NAME",
        help=f"of {', '.join(CONTENDERS)}; {OURS}:SETTING=VALUE,... sets something of ours",
    )
    parser.add_argument(
        "--part",
        choices=PARTS,
        default="test",
        help="train: to choose defaults, on a quarter of the training rows (default: test)",
    )
    parser.add_argument("--threads", type=int, default=2, help="for each (default: 2)")
    parser.add_argument(
        "--limit", type=float, default=HOUR, help="seconds after which a fit is given up"
    )
    parser.add_argument("--retry", action="store_true", help="make fits again that failed")
    return parser.parse_args(arguments)


def missing(asked: argparse.Namespace, there: dict[Key, Record]) -> Iterator[Record]:
    """Yield the fits that are still to be made: of a seed and a table, all contenders in turn."""
    for seed in asked.seeds:
        for data in asked.data:
            for contender in asked.contenders:
                fit = Record(data, asked.part, seed, contender, asked.threads)
                found = there.get(fit.key)
                if found is None or (asked.retry and found.failure):
                    yield fit


def check(asked: argparse.Namespace) -> None:
    """End at once where a table, a contender or a package is missing."""
    try:
        for name in asked.data:
            DATASETS[name].load()
        modules = {module for name in asked.contenders for module in find(name).modules}
    except (UnavailableError, ValueError) as error:
        raise SystemExit(f"Error: {error}") from None
    absent = sorted(module for module in modules if importlib.util.find_spec(module) is None)
    if absent:
        raise SystemExit(
            f"Error: {', '.join(absent)} is not installed: `make bench-accuracy` installs all "
            "peers, --contenders chooses among them"
        )


def main(arguments: list[str] | None = None) -> None:
    """Make the fits that are missing, and write each down."""
    asked = asked_for(arguments)
    if asked.role:
        asked.data = [data.name for data in DATASETS.values() if data.role == asked.role]
    check(asked)
    for fit in missing(asked, read(asked.out)):
        done = run(fit, asked.limit)
        append(asked.out, done)
        result = done.failure or "{error:.4f} in {fit_seconds:.1f} s".format(**done.scores)
        print(f"{done.data}, seed {done.seed}, {done.contender}: {result}", file=sys.stderr)


if __name__ == "__main__":
    main()
