"""Small tables, and runs that are left."""

from importlib import import_module

import numpy as np
import pytest

from deltarule.callbacks import Callback
from deltarule.training import Leave


@pytest.fixture
def table():
    """Eighty rows: one number and one word that tell the class, a number that tells nothing."""
    rng = np.random.default_rng(0)
    y = np.arange(80) % 2
    return {
        "size": rng.normal(size=80) + 2 * y,
        "noise": rng.normal(size=80),
        "colour": np.where(rng.random(80) < 0.8, np.array(["red", "blue"])[y], None),
    }


@pytest.fixture
def labels():
    return np.array(["small", "big"])[np.arange(80) % 2]


class LeaveAtBurst(Callback):
    """Leaves a run at the end of one of its bursts of steps, counted from 1."""

    def __init__(self, burst):
        self.burst, self.seen = burst, 0

    def on_burst(self, state):
        self.seen += 1
        if self.seen == self.burst:
            raise Leave


@pytest.fixture
def leave_at(monkeypatch):
    """Return a callback that leaves after so many steps, and makes each step a burst."""
    monkeypatch.setattr(import_module("deltarule.training.loop"), "BURST", 0)
    return LeaveAtBurst
