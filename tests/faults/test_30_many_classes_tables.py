"""Fault 30: 10^5 classes without a one-hot of y; what is beyond memory is refused beforehand."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from deltarule import TabularClassifier
from deltarule.errors import OutOfMemoryError
from deltarule.tabular import memory

resource = pytest.importorskip("resource", reason="this system does not tell a process's peak")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="a process tells its peak on Linux")

N = 100_000
FIT = """
import resource, sys, warnings
import numpy as np
from deltarule import TabularClassifier
from deltarule.errors import OutOfMemoryError

warnings.simplefilter("ignore")


def peak():  # in kB; ru_maxrss would be that of the process that started this one
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


n_classes, rows_each = map(int, sys.argv[1:])
y = np.arange(n_classes * rows_each) % n_classes
x = np.random.default_rng(0).random(len(y))
one = {"preset": "td-s", "max_iter": 1}
TabularClassifier(**one).fit({"x": x[:500]}, y[:500] % 5)  # all libraries are there
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
room = used + 3 * 2**30
resource.setrlimit(resource.RLIMIT_AS, (room, room))
before = peak()
try:
    TabularClassifier(**one, memory_limit="1 kB").fit({"x": x}, y)
except OutOfMemoryError as error:
    number, unit = str(error).partition("takes ")[2].split()[:2]
model = TabularClassifier(**one, time_limit=0.1, random_state=0).fit({"x": x}, y)
assert len(model.classes_) == n_classes
print(1024 * (peak() - before))
print(float(number) * {"MB": 1e6, "GB": 1e9}[unit.strip(",")])
"""


def memory_of_fit(n_classes, rows_each):
    """Fit in a process of its own, with 3 GB to take; return its growth, and the estimate."""
    done = subprocess.run(
        [sys.executable, "-c", FIT, str(n_classes), str(rows_each)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return map(float, done.stdout.split())


@on_linux
@pytest.mark.parametrize(
    ("n_classes", "rows_each"), [(N, 1), (6000, 4)], ids=["none held out", "6000 rows held out"]
)
def test_a_network_takes_what_is_estimated(n_classes, rows_each):
    """A one-hot of 10^5 classes would be 10 GB of bytes."""
    taken, estimate = memory_of_fit(n_classes, rows_each)
    assert taken < 1.2e9
    assert 0.4 < taken / estimate < 1.3


@pytest.fixture(scope="module")
def many():
    return {"x": np.random.default_rng(0).random(N)}, np.arange(N)


@pytest.mark.parametrize("limit", ["100 MB", 10**8])
def test_a_network_beyond_the_limit_is_refused_before_it_is_allocated(many, limit):
    table, y = many
    model = TabularClassifier(memory_limit=limit)
    tracemalloc.start()
    with pytest.raises(
        OutOfMemoryError, match=r"100,000 rows.*takes .*B, and 100\.0 MB is the mem"
    ):
        model.fit(table, y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6
    assert not hasattr(model, "classes_")


def test_without_a_limit_it_is_what_is_free(many, monkeypatch):
    table, y = many
    monkeypatch.setattr(memory, "available_memory", lambda: 10**7)
    with pytest.raises(MemoryError, match=r"10\.0 MB are free\. Leave columns out.*'x' 1"):
        TabularClassifier().fit(table, y)


def test_columns_of_many_categories_are_named():
    """Rows of 4 bytes a category: they are not encoded before they are counted."""
    kinds = [f"k{i}" for i in range(2000)]
    table = {"city": kinds * 2, "x": np.arange(4000) % 7}
    settings = {"columns": {"city": "categorical"}, "memory_limit": "20 MB"}
    model = TabularClassifier(category_embedding=False, **settings)
    with pytest.raises(OutOfMemoryError, match=r"2,002 numbers.*most numbers come from 'city' 2,0"):
        model.fit(table, np.arange(4000) % 2)


def test_on_the_command_line(tmp_path, table_refused):
    rows = "\n".join(f"{i * i % 1009},c{i}" for i in range(20_000))
    (tmp_path / "many.csv").write_text(f"x,label\n{rows}\n")
    message = table_refused("train", "many.csv", "--memory-limit", "20 MB", code=71)
    assert "networks on 20,000 rows, 256 at a time (window), each of which becomes 1" in message
    assert "and 20.0 MB is the memory_limit. Leave columns out" in message
