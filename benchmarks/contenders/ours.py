"""Deltarule: the classifier's own fit."""

import warnings
from collections.abc import Callable

from benchmarks.contenders.scikit_learn import settings
from benchmarks.workloads import Workload


def prepare(workload: Workload, dtype: str, threads: int) -> Callable[[int], float]:
    """As for all contenders; the number of threads comes from the environment."""
    from deltarule import MLPClassifier

    X, y = workload.data(dtype)

    def train(epochs: int) -> float:
        model = MLPClassifier(**settings(workload), max_iter=epochs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged
            return model.fit(X, y).loss_

    return train
