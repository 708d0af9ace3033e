"""A run of five networks that writes checkpoints, in this process or, as a script, in its own.

``python several.py FOLDER THREADS EPOCHS`` trains from what the folder holds to the end, and prints
a digest of what it has decided; the folder "-" is none.
"""

import sys
from hashlib import sha256

import numpy as np

from deltarule.checkpoints import Checkpoint, checkpointed, fingerprint
from deltarule.engines import Examples
from deltarule.errors import CheckpointError
from deltarule.model_file import SavedModel
from deltarule.network import LOSSES, Adam, Network, Objective
from deltarule.settings import defaults
from deltarule.training import (
    Constant,
    Fold,
    FoldsInMemory,
    Patience,
    Plan,
    RunRecord,
    Validation,
    Watcher,
    Watchers,
    begin,
    train,
)

N_MEMBERS, N_ROWS = 5, 503
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N_ROWS, 6)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(int) + (X[:, 2] > 1)
WEIGHTS = RNG.uniform(0, 2, N_ROWS).astype(np.float32)
OBJECTIVE = Objective(Network.dense([6, 9, 3], "tanh", 0.2), LOSSES["softmax"], alpha=0.01)
EVERY_EPOCH = {"seconds": None, "epochs": 1}


def folds_of(held_out):
    """Return a fold for each array of rows to hold out."""
    folds = []
    for valid in held_out:
        rows = np.setdiff1d(np.arange(N_ROWS), valid)
        score = lambda scores, y=Y[valid]: float((scores.argmax(axis=1) == y).mean())  # noqa: E731
        validation = Validation(Examples(X, Y, WEIGHTS, valid), score)
        folds.append(Fold(Examples(X, Y, WEIGHTS, rows), validation))
    return folds


FOLDS = folds_of([np.arange(i, N_ROWS, N_MEMBERS) for i in range(N_MEMBERS)])


def plan_of(epochs):
    patient = Patience(0.5, 3, by_score=True, slow_down=5)  # no epoch gains as much: the rate falls
    return Plan(Adam(weight_decay=0.01), Constant(0.02), patient, 8, epochs)


def run(folder=None, *, epochs=6, n_threads=None, watcher=None, every=EVERY_EPOCH, folds=FOLDS):
    """Train, from what a folder holds where it holds something; return the state."""
    plan = plan_of(epochs)
    rows = [(fold.examples, fold.validation.examples) for fold in folds]
    prints = fingerprint({}, plan, np.arange(3), None, rows)
    settings = None if folder is None else Checkpoint(folder, **every)
    with checkpointed(settings, folder is not None) as checkpoints:
        state = None if checkpoints is None else checkpoints.take_up(plan, prints)
        if state is None:
            examples = [fold.examples for fold in folds]
            seeds = range(3, 3 + len(folds))
            state = begin(OBJECTIVE.network, plan, seeds, np.float32, examples)

        def describe(parameters):
            return model_of(state, parameters)

        keeper = checkpoints and checkpoints.keeper(state, plan, describe, prints, list)
        watchers = Watchers(watcher, keeper)
        rows_of_all = FoldsInMemory(folds)
        assert (
            train(OBJECTIVE, plan, state, rows_of_all, watcher=watchers, n_threads=n_threads)
            is None
        )
    return state


def model_of(state, parameters, **more):
    """Return the networks of a state as a model file has them."""
    return SavedModel(
        estimator="TabularClassifier",
        network=OBJECTIVE.network,
        loss=OBJECTIVE.loss,
        parameters=parameters,
        classes=np.arange(3),
        settings=defaults("TabularClassifier"),
        training=RunRecord(state).training,
        **more,
    )


def digest(state):
    """Return all that a run decides, but for the clock, as text."""
    parts = []
    for member in state.members:
        parts += [member.parameters.theta, member.best.theta, *member.moments.values()]
        parts += [epoch.squares for epoch in member.history]
        parts.append(np.array([(epoch.loss, epoch.score) for epoch in member.history]))
        parts.append(np.array([member.step, member.best_epoch, member.examples_seen]))
    parts.append(np.array([(epoch.loss, epoch.score) for epoch in state.history]))
    numbers = (state.best_epoch, state.best_score, state.best_loss)
    told = repr((*numbers, state.rate_factor, state.stale_epochs, state.stopped))
    return sha256(b"".join(part.tobytes() for part in parts) + told.encode()).hexdigest()


class SayThatItTrains(Watcher):
    """Prints a line when the first burst is over."""

    said = False

    def end_burst(self, state):
        if not self.said:
            self.said = True
            print("training", flush=True)  # noqa: T201


if __name__ == "__main__":
    where, threads, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    try:
        done = run(
            None if where == "-" else where,
            epochs=last,
            n_threads=threads,
            watcher=SayThatItTrains(),
            every={"seconds": 0.02, "keep": 2},
        )
    except CheckpointError as error:
        sys.exit(str(error))
    print(digest(done))  # noqa: T201
