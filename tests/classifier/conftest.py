"""Small data sets, scaled, that train in a blink."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.preprocessing import StandardScaler

LOADERS = {"iris": load_iris, "breast_cancer": load_breast_cancer, "digits": load_digits}


@pytest.fixture(scope="session")
def load():
    """Return one of scikit-learn's data sets by name, its columns standardised."""

    def get(name):
        X, y = LOADERS[name](return_X_y=True)
        return StandardScaler().fit_transform(X), y

    return get


@pytest.fixture
def iris(load):
    return load("iris")


@pytest.fixture
def blobs():
    """Forty rows, two classes, linearly separable but not trivially."""
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    return rng.normal(size=(40, 3)) + 1.5 * y[:, None], y
