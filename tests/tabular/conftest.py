"""Small tables."""

import numpy as np
import pytest


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
