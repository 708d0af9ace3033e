"""Runs that are left at a moment of their own choosing, and what must not differ afterwards."""

from hashlib import sha256
from importlib import import_module

import numpy as np
import pytest
from sklearn.datasets import load_iris

from deltarule import Checkpoint, MLPClassifier
from deltarule.callbacks import Callback
from deltarule.training import Leave

loop = import_module("deltarule.training.loop")


class LeaveAtBurst(Callback):
    """Leaves a run at the end of one of its bursts of steps, counted from 1."""

    def __init__(self, burst):
        self.burst, self.seen = burst, 0

    def on_burst(self, state):
        self.seen += 1
        if self.seen == self.burst:
            raise Leave


class FailAfterEpoch(Callback):
    """Breaks off a run after one of its epochs, as an error in someone's callback would."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_fit_task_end(self, estimator, context):
        state = getattr(context, "training", None)
        if state is not None and state.epoch == self.epoch:
            raise RuntimeError("broken off")


@pytest.fixture
def one_step_a_burst(monkeypatch):
    monkeypatch.setattr(loop, "BURST", 0)


@pytest.fixture(scope="session")
def iris():
    return load_iris(return_X_y=True)


@pytest.fixture
def make(tmp_path):
    """Make a classifier of six quick epochs that writes to ``run``."""

    def classifier(resume=False, folder=None, **settings):
        every = Checkpoint(folder or tmp_path / "run", seconds=None, epochs=1)
        known = {"hidden_layer_sizes": (6,), "max_iter": 6, "batch_size": 32, "random_state": 0}
        return MLPClassifier(**{**known, "checkpoint": every, "resume": resume, **settings})

    return classifier


@pytest.fixture
def broken_off(make, iris):
    """A run that ended after four of six epochs; its folder."""
    model = make().set_callbacks(FailAfterEpoch(5))
    with pytest.raises(RuntimeError, match="broken off"):
        model.fit(*iris)
    return model.checkpoint.folder


@pytest.fixture(scope="session")
def leave_at():
    return LeaveAtBurst


@pytest.fixture(scope="session")
def fail_after():
    return FailAfterEpoch


@pytest.fixture(scope="session")
def bits():
    """Return all that a fit decides, but for the clock, as one digest."""

    def digest(model):
        history = {k: v.tobytes() for k, v in model.history_.items() if k != "seconds"}
        networks = model._parameters if isinstance(model._parameters, list) else [model._parameters]
        weights = [network.theta.tobytes() for network in networks]
        parts = [*weights, *history.values(), str(model.n_iter_).encode()]
        state = getattr(model, "_state", None)
        if state is not None:
            (member,) = state.members
            parts += [moment.tobytes() for moment in member.moments.values()]
            counts = (state.step, state.rate_factor, state.stale_epochs, state.best_epoch)
            parts.append(repr((*counts, state.stopped)).encode())
        return sha256(
            b"".join(np.frombuffer(part, np.uint8).tobytes() for part in parts)
        ).hexdigest()

    return digest
