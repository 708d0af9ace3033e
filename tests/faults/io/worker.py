"""A process that has imported deltarule once and forks a child for each task, to be killed there.

A task is a line of JSON on standard input, and so is its answer on standard output. It runs with
``faulty_io.so`` preloaded; a task may have a fault, which is set in its child only.
"""

import ctypes
import gc
import hashlib
import json
import os
import signal
import sys
import tempfile
import warnings

import numpy as np
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning

from deltarule import Checkpoint, MLPClassifier
from deltarule.callbacks import Callback
from deltarule.callbacks.base import training_of
from deltarule.cli import console, main, tables  # noqa: F401 - late imports of a command

EPOCHS = 6
SETTINGS = {
    "max_iter": EPOCHS,
    "batch_size": 40,
    "tol": 0.0,
    "n_iter_no_change": 100,
    "dropout": 0.1,
    "random_state": 0,
    "n_threads": 1,
}
X, Y = load_iris(return_X_y=True)


class Fault:
    """What the disk does, and when: see ``faulty_io.c``.

    Parameters
    ----------
    folder : str
        Empty for none.
    at : int
        Number of the call; 0 to count only.
    how : str
    log : str
        A file for the calls that were counted.
    in_epoch : int or None
        Count the calls of the checkpoint at the end of this epoch; of what comes before the first
        step, for None.
    """

    def __init__(self, folder="", at=0, how="", log="", in_epoch=None):
        self._values = [os.fsencode(folder), at, how.encode(), os.fsencode(log)]
        self.in_epoch, self.lasts = in_epoch, how.endswith("+")

    def begin(self):
        if ctypes.CDLL(None).faulty_set(*self._values):
            raise ValueError(f"no such fault: {self._values}")

    @staticmethod
    def end():
        ctypes.CDLL(None).faulty_set(b"", 0, b"", b"")


class Timer(Callback):
    """Begins and ends the fault of a fit: callbacks are told of an epoch before it is saved."""

    epochs_begun = 0  # of the fit of a task

    def __init__(self, fault):
        self._fault = fault

    def on_fit_task_begin(self, estimator, context):
        if training_of(context) is not None:
            Timer.epochs_begun += 1
            if not self._fault.lasts:
                self._fault.end()

    def on_fit_task_end(self, estimator, context):
        state = training_of(context)
        if state is not None and state.epoch == self._fault.in_epoch:
            self._fault.begin()


def save(fault, path, which):
    """Save the model "old" or "new" to a path."""
    fault.begin()
    MODELS[which].save(path)


def fit(fault, folder, resume=False, units=8, **settings):
    """Fit with a checkpoint at the end of each epoch; return a hash of all that was learnt."""
    where = folder and Checkpoint(folder, seconds=None, epochs=1, keep=2)
    model = MLPClassifier((units,), checkpoint=where, resume=resume, **{**SETTINGS, **settings})
    if fault.in_epoch is None:
        fault.begin()
    model.set_callbacks(Timer(fault)).fit(X, Y)
    learnt = [*model.coefs_, *model.intercepts_, np.array(model.loss_curve_)]
    return hashlib.sha256(b"".join(array.tobytes() for array in learnt)).hexdigest()


def command(fault, folder, arguments):
    """Run the command line in a folder; return exit code, standard output and standard error."""
    os.chdir(folder)
    sys.argv = ["deltarule", *arguments]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        fault.begin()
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        Fault.end()
        sys.stdout.flush()
        sys.stderr.flush()
        return code, *(os.pread(file.fileno(), 1 << 20, 0).decode() for file in (out, err))


TASKS = {"save": save, "fit": fit, "command": command}


def answer(task):
    """Carry out a task, and return what came of it, as JSON-able data."""
    fault = Fault(**(task["fault"] or {}))
    Timer.epochs_begun = 0
    done = {"result": None, "error": None, "message": "", "warnings": []}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ConvergenceWarning)
        try:
            done["result"] = TASKS[task["name"]](fault, **task["arguments"])
        except Exception as error:
            done |= {"error": type(error).__name__, "message": str(error)}
    Fault.end()
    messages = [str(warning.message) for warning in caught]
    return done | {"warnings": messages, "epochs_begun": Timer.epochs_begun}


def in_child(task):
    """Let a child answer; only tell that it was killed, if it was."""
    theirs, ours = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(theirs)
        with open(ours, "w") as pipe:
            json.dump(answer(task), pipe)
        os._exit(0)
    os.close(ours)
    with open(theirs) as pipe:
        text = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {"killed": status == -signal.SIGKILL, "status": status, **json.loads(text or "{}")}


if __name__ == "__main__":
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    MODELS = {
        "old": MLPClassifier((4,), **SETTINGS).fit(X, Y),
        "new": MLPClassifier((60, 30), **SETTINGS).fit(X, Y),
    }
    with tempfile.TemporaryDirectory() as scratch:  # what is imported late is imported here
        fit(Fault(), os.path.join(scratch, "run"), max_iter=1)
    gc.freeze()  # else each child copies most of the memory to collect garbage
    replies = os.fdopen(os.dup(1), "w")  # a child that is a command has its own standard output
    for line in sys.stdin:
        json.dump(in_child(json.loads(line)), replies)
        replies.write("\n")
        replies.flush()
