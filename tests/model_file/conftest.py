"""Models that are trained in milliseconds."""

import subprocess

import numpy as np
import pytest

from deltarule import MLPClassifier, TabularClassifier, load_model

ROWS = 12
LABELS = ["no", "yes", "perhaps"] * 4


@pytest.fixture(scope="session")
def X():
    return np.random.default_rng(0).normal(size=(ROWS, 2))


@pytest.fixture(scope="session")
def table():
    rng = np.random.default_rng(1)
    return {
        "size": rng.normal(size=ROWS).tolist(),
        "colour": ["red", "blue", None] * 4,
        "count": [1, 2, 3, 4] * 3,
    }


@pytest.fixture(scope="session")
def quick():
    """Return an MLPClassifier that stops after three epochs."""

    def make(**settings):
        quick = {"tol": 1.0, "n_iter_no_change": 1, "batch_size": ROWS, "random_state": 0}
        return MLPClassifier(**{"hidden_layer_sizes": (4,), **quick, **settings})

    return make


@pytest.fixture(scope="session")
def array_model(quick, X):
    return quick().fit(X, LABELS)


@pytest.fixture(scope="session")
def table_model(table):
    return TabularClassifier(preset="td-s", max_iter=1, random_state=0).fit(table, LABELS)


@pytest.fixture
def reload(tmp_path):
    """Save a model and load it again."""

    def through_a_file(model):
        model.save(tmp_path / "model.deltarule")
        return load_model(tmp_path / "model.deltarule")

    return through_a_file


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 64 kB, if this process may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode:
        pytest.skip("mounting is not permitted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
