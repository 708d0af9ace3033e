"""Will it fit? Asked before anything is taken."""

import tracemalloc

import numpy as np
import pytest

from deltarule.engines import Examples
from deltarule.errors import OutOfMemoryError
from deltarule.network import SGD, Adam, Network
from deltarule.training import Constant, Patience, Plan, begin, memory

NETWORK = Network.dense([1000, 500, 10])
SIZE = NETWORK.layout.size
EXAMPLES = Examples(np.zeros((1, 1000)), np.zeros(1, int))


def plan(optimiser):
    return Plan(optimiser, Constant(0.1), Patience(0, np.inf), 32, 1)


@pytest.mark.parametrize(("optimiser", "vectors"), [(Adam(), 4), (SGD(), 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_that_does_not_fit_is_refused_with_the_estimate(
    monkeypatch, optimiser, vectors, dtype
):
    needed = vectors * SIZE * np.dtype(dtype).itemsize
    monkeypatch.setattr(memory, "available_memory", lambda: needed - 1)
    with pytest.raises(OutOfMemoryError, match=r"1000-500-10 has 505,510 parameters.*GB are free"):
        begin(NETWORK, plan(optimiser), [0], dtype, [EXAMPLES])
    monkeypatch.setattr(memory, "available_memory", lambda: needed)
    assert begin(NETWORK, plan(optimiser), [0], dtype, [EXAMPLES]).parameters[0].dtype == dtype


def test_each_member_counts(monkeypatch):
    needed = 3 * 4 * SIZE * 4
    monkeypatch.setattr(memory, "available_memory", lambda: needed - 1)
    with pytest.raises(OutOfMemoryError, match="parameters; training 3 such with 4 bytes each"):
        begin(NETWORK, plan(Adam()), range(3), np.float32, 3 * [EXAMPLES])
    monkeypatch.setattr(memory, "available_memory", lambda: needed)
    assert len(begin(NETWORK, plan(Adam()), range(3), np.float32, 3 * [EXAMPLES]).members) == 3


def test_the_estimate_is_what_training_takes(monkeypatch):
    """Of theta and the moments; the best weights, or the last good ones, come on top."""
    tracemalloc.start()
    state = begin(NETWORK, plan(Adam()), [0], np.float32, [EXAMPLES])
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken == pytest.approx(3 * SIZE * 4, rel=0.05)
    assert state.members[0].moments.keys() == {"m", "v"}


def test_a_terabyte_is_refused_here():
    with pytest.raises(OutOfMemoryError, match="Use fewer"):
        begin(Network.dense([10**6, 10**6, 10]), plan(Adam()), [0], np.float32, [EXAMPLES])


def test_what_the_system_does_not_say_is_no_limit(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_free_on_machine", lambda: None)
    monkeypatch.setattr(memory, "_free_in_address_space", lambda: None)
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    assert memory.available_memory() is None
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("5\n")
    assert memory.available_memory() is None
    (tmp_path / "memory.max").write_text("100\n")
    assert memory.available_memory() == 95
    monkeypatch.setattr(memory, "_free_on_machine", lambda: 7)
    assert memory.available_memory() == 7
