"""Will it fit? Asked before anything is taken."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

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
    monkeypatch.setattr(memory, "OWN_CGROUPS", tmp_path / "own")
    assert memory.available_memory() is None
    (tmp_path / "own").write_text("0::/\n")
    assert memory.available_memory() is None
    write_group(tmp_path, "max", 5)
    assert memory.available_memory() is None
    write_group(tmp_path, 100, 5)
    assert memory.available_memory() == 95
    monkeypatch.setattr(memory, "_free_on_machine", lambda: 7)
    assert memory.available_memory() == 7


def write_group(folder, most, used, files=0, names=("memory.max", "memory.current", "")):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / names[0]).write_text(f"{most}\n")
    (folder / names[1]).write_text(f"{used}\n")
    prefix = names[2]
    stat = f"anon 3\n{prefix}inactive_file {files - 1}\n{prefix}active_file 1\n"
    (folder / "memory.stat").write_text(stat)


V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_")


@pytest.mark.parametrize("version", [1, 2])
def test_the_tightest_of_the_groups_around_is_what_counts(monkeypatch, tmp_path, version):
    """Pages of files can be let go of; in a container the own folder may be out of sight."""
    own = "4:cpu,memory:/one/two\n3:cpu:/x\n" if version == 1 else "3:cpu:/x\n0::/one/two\n"
    base, names = (tmp_path / "memory", (V1,)) if version == 1 else (tmp_path, ())
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    monkeypatch.setattr(memory, "OWN_CGROUPS", tmp_path / "own")
    (tmp_path / "own").write_text(own)
    unlimited = 9223372036854771712 if version == 1 else "max"
    write_group(base, 1000, 100, 60, *names)
    assert memory._free_in_cgroup() == 960
    write_group(base / "one", 500, 480, 80, *names)
    write_group(base / "one" / "two", unlimited, 5, 2, *names)
    assert memory._free_in_cgroup() == 100
    write_group(base / "one" / "two", 90, 90, 30, *names)
    assert memory._free_in_cgroup() == 30


def test_a_real_group_is_believed():
    """Where this machine lets one be made."""
    folder = Path("/sys/fs/cgroup/memory/deltarule-test")
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    code = "from deltarule.training import available_memory; print(available_memory())"
    enter = f"echo $$ > {folder}/cgroup.procs; exec {sys.executable} -c '{code}'"
    try:
        (folder / "memory.limit_in_bytes").write_text(str(2**29))
        done = subprocess.run(["sh", "-c", enter], capture_output=True, text=True, check=True)
    finally:
        folder.rmdir()
    assert 2**28 < int(done.stdout) < 2**29
