"""Fits with callbacks and checkpoints; worker 0 dies when it is told of the end of an epoch.

With several folders each worker has its own, as if it was on a disk of its own.
"""

import logging
import os
import signal
import sys
import warnings
from pathlib import Path

import numpy as np

from deltarule import Checkpoint, TabularClassifier
from deltarule.callbacks import Callback, EarlyStopping
from tests.distributed.programs.fits import digest

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3000, 5))
Y = (X[:, 0] * X[:, 1] > 0).astype(int)
LAST = 3  # epoch


class Told(Callback):
    """Writes down of which epochs it is told; where it is to, dies after some."""

    def __init__(self, log, dies):
        self._log, self._dies = log, dies

    def on_fit_task_end(self, estimator, context, **_):
        state = getattr(context, "training", None)
        if state is None:
            return
        with open(self._log, "a", encoding="utf-8") as file:
            file.write(f"{os.getpid()} {state.epoch}\n")
        if self._dies and state.epoch == LAST:
            os.kill(os.getpid(), signal.SIGKILL)


def main(comm, *folders):
    rank = 0 if comm is None else int(os.environ["OMPI_COMM_WORLD_RANK"])
    dies = comm is not None and rank == 0
    folder = folders[min(rank, len(folders) - 1)]
    model = TabularClassifier(
        preset="quick",
        hidden_layer_sizes=(24,),
        batch_size=64,
        max_iter=30,
        random_state=None if os.environ.get("SEED") == "drawn" else 0,
        shards=4,
        checkpoint=Checkpoint(folder / "run", epochs=1, keep=100),
    )
    model.set_callbacks(EarlyStopping(patience=2, tol=0.01), Told(folder / "told.txt", dies))
    model.fit(X, Y, comm=comm)
    sys.stdout.write(f"{model.n_iter_} {digest(model, [p.theta for p in model._parameters])}\n")


if __name__ == "__main__":
    warnings.simplefilter("always")
    logging.basicConfig(format="%(message)s")
    main(None if sys.argv[1] == "alone" else sys.argv[1], *map(Path, sys.argv[2:]))
