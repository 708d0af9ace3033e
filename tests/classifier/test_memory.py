"""What a fit adds to the memory of the process that holds the data."""

import subprocess
import sys

import pytest

resource = pytest.importorskip("resource", reason="this system does not tell a process's peak")

FIT = """
import resource
import warnings
import numpy as np
from deltarule import MLPClassifier

warnings.simplefilter("ignore")
X = np.zeros((60_000, 784), np.float32)  # 188 MB, and none of them twice
X[:, :10] = np.random.default_rng(0).random((60_000, 10), np.float32)
y = (10 * X[:, 0]).astype(int)
MLPClassifier((8,), max_iter=1).fit(X[:500], y[:500])  # all libraries are there
before = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
MLPClassifier((256, 128), activation="tanh", early_stopping=True, max_iter=2).fit(X, y)
print((int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) - before) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a process tells its peak on Linux")
def test_a_fit_adds_a_fraction_of_its_data():
    """Four times the parameters (4 MB), a batch, row orders, labels: no second copy of X."""
    done = subprocess.run([sys.executable, "-c", FIT], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 40
