"""scikit-learn: its classifier's fit, with a warm start, so that no lap draws weights anew."""

import warnings
from collections.abc import Callable

from benchmarks.workloads import BETA_1, BETA_2, EPSILON, RATE, Workload


def prepare(workload: Workload, dtype: str, threads: int) -> Callable[[int], float]:
    """As for all contenders; the BLAS takes its number of threads from the environment."""
    from sklearn.neural_network import MLPClassifier

    X, y = workload.data(dtype)
    model = MLPClassifier(
        workload.layers[1:-1],
        activation="tanh",
        alpha=0.0,
        batch_size=workload.batch,
        learning_rate_init=RATE,
        beta_1=BETA_1,
        beta_2=BETA_2,
        epsilon=EPSILON,
        n_iter_no_change=10**9,
        random_state=0,
        warm_start=True,
    )

    def train(epochs: int) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged
            return model.set_params(max_iter=epochs).fit(X, y).loss_

    return train
