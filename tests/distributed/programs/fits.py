"""Fits models, each with all workers together; prints a digest of what came of each.

What each model has: dropout, early stopping, weights, a greatest norm, several networks, rows in a
file and windows. With a folder of data: of the real thing.
"""

import gzip
import hashlib
import json
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from deltarule import MLPClassifier, TabularClassifier
from deltarule.callbacks import EarlyStopping

RNG = np.random.default_rng(0)


def digest(model, parameters):
    curves = [model.loss_curve_, list(model.validation_scores_ or []), model.n_iter_]
    sha = hashlib.sha256(json.dumps(curves).encode())
    for array in parameters:
        sha.update(np.ascontiguousarray(array))
    return sha.hexdigest()[:16]


def mlp(X, y, comm, sample_weight=None, **settings):
    model = MLPClassifier(random_state=1, shards=8, **settings)
    model.fit(X, y, sample_weight, comm=comm)
    return digest(model, [*model.coefs_, *model.intercepts_])


def tabular(X, y, comm, **settings):
    model = TabularClassifier(random_state=1, shards=8, **settings)
    model.set_callbacks(EarlyStopping(patience=1, tol=0.004))
    model.fit(X, y, comm=comm)
    vectors = [parameters.theta for parameters in model._parameters]
    return digest(model, [*vectors, np.float64(model.temperature_)])


def small(comm):
    X, y = load_digits(return_X_y=True)
    weights = RNG.uniform(0, 2, len(y)).round()
    yield mlp(
        X,
        y,
        comm,
        weights,
        hidden_layer_sizes=(40, 30),
        dropout=0.2,
        early_stopping=True,
        n_iter_no_change=2,
        max_iter=9,
        clip_norm=1.0,
        alpha=0.01,
        dtype="float32",
    )
    n = 6000
    names = np.array(["red", "green", "blue"])
    table = {f"x{i}": RNG.normal(size=n) for i in range(6)} | {"c": names[RNG.integers(3, size=n)]}
    y = (table["x0"] * table["x1"] > 0) ^ (table["c"] == "red")
    settings = {"preset": "quick", "max_iter": 5, "hidden_layer_sizes": (32,), "batch_size": 100}
    yield tabular(table, y, comm, n_models=2, n_refit=1, class_weight="balanced", **settings)
    yield tabular(table, y, comm, window=1024, memory_limit="3 MB", **settings)


def real(folder, comm):
    adult = folder / "adult" / "train.csv.gz"
    images = folder / "mnist"
    yield tabular(str(adult), "income", comm, preset="quick", max_iter=4, dropout=0.1)
    yield tabular(
        str(adult),
        "income",
        comm,
        preset="quick",
        max_iter=3,
        window=4096,
        memory_limit="18 MB",
    )
    yield mlp(
        *read_images(images),
        comm,
        hidden_layer_sizes=(128, 64),
        dropout=0.1,
        early_stopping=True,
        n_iter_no_change=1,
        batch_size=128,
        max_iter=3,
        dtype="float32",
    )


def read_images(folder):
    with gzip.open(next(folder.glob("train-images*"))) as file:
        pixels = np.frombuffer(file.read(), np.uint8, offset=16)
    with gzip.open(next(folder.glob("train-labels*"))) as file:
        y = np.frombuffer(file.read(), np.uint8, offset=8)
    return pixels.reshape(len(y), -1) / np.float32(255), y.astype(int)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    comm = None if sys.argv[1] == "alone" else sys.argv[1]
    which = small(comm) if len(sys.argv) == 2 else real(Path(sys.argv[2]), comm)
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder
        sys.stdout.write(" ".join(which) + "\n")
