"""Fits, where worker 1 does something else than the others; prints what came of it on each."""

import sys
import warnings

import numpy as np

from deltarule import MLPClassifier, TabularClassifier
from deltarule.distributed import connecting
from deltarule.errors import DeltaruleError
from deltarule.training import loop

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(400, 5)), RNG.integers(2, size=400)


def main(what):
    from mpi4py.MPI import COMM_WORLD

    is_other = COMM_WORLD.rank == 1
    model = MLPClassifier((8,), max_iter=3, random_state=0, shards=4)
    if what in ("table", "table of columns", "table in time", "few groups"):
        model = TabularClassifier(preset="quick", max_iter=2, random_state=0, shards=4)
        model.time_limit = 5 if what == "table in time" else None
    rows = X.copy()
    if is_other:
        other(what, model, rows)
    try:
        model.fit(rows, Y, comm="mpi")
    except (DeltaruleError, ValueError) as error:
        sys.stdout.write(f"{COMM_WORLD.rank} {type(error).__name__} {error}\n")
        return
    sys.stdout.write(f"{COMM_WORLD.rank} fitted {model.loss_curve_}\n")


def other(what, model, rows):
    """Do one thing otherwise."""
    if what in ("data", "table"):
        rows[7, 2] += 1e-6
    elif what == "setting":
        model.alpha = 0.5
    elif what == "version":
        facts = connecting.describe_machine() | {"deltarule": "0.0.9"}
        connecting.describe_machine = lambda: facts
    elif what == "rows":
        rows[3, 1] = np.inf
    elif what in ("table of columns", "table in time"):
        rows[:, 1] = 1.0
    elif what == "error":
        loop.run_burst = failing("a burst failed")
    elif what == "memory":
        loop.run_burst = failing()


def failing(*words):
    def fail(*arguments):
        if words:
            raise RuntimeError(*words)
        raise MemoryError

    return fail


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1])
