"""Fault 30: 10^5 classes without a one-hot of y; a network beyond memory is refused at once."""

import subprocess
import sys

import numpy as np
import pytest

from deltarule import MLPClassifier
from deltarule.errors import OutOfMemoryError
from deltarule.training import memory

resource = pytest.importorskip("resource", reason="this system does not tell a process's peak")

N = 100_000
FIT = f"""
import resource
import warnings
import numpy as np
from deltarule import MLPClassifier

warnings.simplefilter("ignore")
X = np.random.default_rng(0).random(({N}, 3), np.float32)
y = np.arange({N})
MLPClassifier((2,), max_iter=1).fit(X[:500], y[:500] % 5)  # all libraries are there
before = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
model = MLPClassifier((2,), max_iter=1, batch_size=16, dtype="float32")
model.partial_fit(X[:512], y[:512], classes=y)
assert model.predict(X[:4096]).shape == (4096,)
print((int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) - before) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a process tells its peak on Linux")
def test_a_hundred_thousand_classes():
    """A one-hot of 10^5 rows would be 10 GB, and 4096 rows of scores 1.6 GB."""
    done = subprocess.run([sys.executable, "-c", FIT], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 400


@pytest.mark.filterwarnings("ignore:The number of unique classes is greater")
def test_a_network_beyond_memory_is_refused_before_it_is_allocated(monkeypatch):
    """Its layers are counted first: 10^5 classes times 10^5 units are 10^10 weights."""
    X, y = np.zeros((N, 1), np.float32), np.arange(N)
    with pytest.raises(OutOfMemoryError, match=r"1-100000-100000 has 10,000,300,000 parameters"):
        MLPClassifier((N,)).fit(X, y)
    monkeypatch.setattr(memory, "available_memory", lambda: 1000)
    with pytest.raises(MemoryError, match=r"GB are free\. Use fewer or smaller hidden layers"):
        MLPClassifier((10,)).fit(X, y)
