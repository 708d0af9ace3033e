"""Fits rows of which one makes a layer overflow; prints what is said of it on each worker."""

import sys

import numpy as np

from deltarule import MLPClassifier
from deltarule.errors import DivergenceError

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(64, 6)).astype(np.float32), RNG.integers(2, size=64)


def main(comm, row):
    X[row] = np.finfo(np.float32).max
    model = MLPClassifier(
        (32, 8), dropout=0.3, batch_size=64, shards=8, random_state=0, shuffle=False
    )
    try:
        model.fit(X, Y, comm=comm)
    except DivergenceError as error:
        sys.stdout.write(f"{error.layer} {error}\n")


if __name__ == "__main__":
    main(None if sys.argv[1] == "alone" else sys.argv[1], int(sys.argv[2]))
