"""Row 20: saving over a file that a reader has open and mapped. The reader keeps the old bytes."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from safetensors import safe_open

from deltarule import MLPClassifier, load_model

TIMEOUT = 60  # seconds
READER = """
import hashlib, mmap, sys
handle = open(sys.argv[1], "rb")
mapped = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
first = mapped[:8]
print("ready", flush=True)
sys.stdin.readline()
print(hashlib.sha256(mapped[:]).hexdigest(), hashlib.sha256(handle.read()).hexdigest())
"""


@pytest.fixture
def other_model():
    """A larger model than the one that the reader has: a file written in place would grow."""
    X = np.arange(40.0).reshape(10, 4)
    model = MLPClassifier((50,), tol=1, n_iter_no_change=1, batch_size=10, random_state=1)
    return model.fit(X, ["left", "right"] * 5)


def test_another_process_keeps_the_old_bytes(smallest, other_model, tmp_path):
    """In a process of its own: a mapped file that shrinks kills whoever looks."""
    path = tmp_path / "model.deltarule"
    path.write_bytes(smallest)
    with subprocess.Popen(
        [sys.executable, "-c", READER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as reader:
        try:
            assert reader.stdout.readline() == b"ready\n"
            other_model.save(path)
            out, _ = reader.communicate(b"look now\n", timeout=TIMEOUT)
        finally:
            reader.kill()
    assert reader.returncode == 0
    assert out.decode().split() == [hashlib.sha256(smallest).hexdigest()] * 2
    assert load_model(path).classes_.tolist() == ["left", "right"]


def test_arrays_mapped_by_safetensors_keep_their_numbers(smallest, other_model, tmp_path):
    path = tmp_path / "model.deltarule"
    path.write_bytes(smallest)
    before = load_model(path)
    with safe_open(path, framework="numpy") as mapped:
        other_model.save(path)
        np.testing.assert_array_equal(mapped.get_tensor("1.W"), before.coefs_[0].T)
    np.testing.assert_array_equal(load_model(path).coefs_[0], other_model.coefs_[0])


def test_a_model_that_was_loaded_does_not_hang_on_its_file(smallest, other_model, tmp_path):
    path = tmp_path / "model.deltarule"
    path.write_bytes(smallest)
    loaded = load_model(path)
    before = loaded.predict_proba([[0.0], [1.0]])
    other_model.save(path)
    path.write_bytes(b"")
    np.testing.assert_array_equal(loaded.predict_proba([[0.0], [1.0]]), before)
