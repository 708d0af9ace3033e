"""A fitted model survives its file, whatever its size and labels happen to be."""

import numpy as np
import pytest

from deltarule import MLPClassifier, load_model

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_a_header_of_any_length_can_be_read(blobs, tmp_path):
    """Its length is the file's first byte: 32 models go through every value that has."""
    X, y = blobs
    first_bytes = set()
    for length in range(8, 264, 8):
        labels = np.array(["n" * length, "yes"])[y]
        model = MLPClassifier((2,), max_iter=1, random_state=0).fit(X, labels)
        path = tmp_path / "model.deltarule"
        model.save(path)
        first_bytes.add(path.read_bytes()[0])
        assert np.array_equal(load_model(path).predict(X), model.predict(X))
    assert len(first_bytes) == 32
