"""scikit-learn: the classifier's own fit."""

import warnings
from collections.abc import Callable
from typing import Any

from benchmarks.workloads import BETA_1, BETA_2, EPSILON, RATE, Workload


def settings(workload: Workload) -> dict[str, Any]:
    """Return what ``MLPClassifier``, ours too, needs to train and never stop early."""
    return {
        "hidden_layer_sizes": workload.layers[1:-1],
        "activation": "tanh",
        "alpha": 0.0,
        "batch_size": workload.batch,
        "learning_rate_init": RATE,
        "beta_1": BETA_1,
        "beta_2": BETA_2,
        "epsilon": EPSILON,
        "n_iter_no_change": 10**9,
        "random_state": 0,
    }


def prepare(workload: Workload, dtype: str, threads: int) -> Callable[[int], float]:
    """As for all contenders; the BLAS takes its number of threads from the environment."""
    from sklearn.neural_network import MLPClassifier

    X, y = workload.data(dtype)

    def train(epochs: int) -> float:
        model = MLPClassifier(**settings(workload), max_iter=epochs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged
            return model.fit(X, y).loss_

    return train
