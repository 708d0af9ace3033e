"""The matrix products of each step alone, through NumPy into arrays that are there: the floor."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from benchmarks.workloads import Workload


def prepare(workload: Workload, dtype: str, threads: int) -> Callable[[int], None]:
    """As for all contenders; the BLAS takes its number of threads from the environment."""
    random = np.random.default_rng(0)
    W = [random.random((n, m), dtype) - 0.5 for m, n in pairwise(workload.layers)]
    grad_W = [np.empty_like(w) for w in W]
    h, g = ([random.random((workload.batch, n), dtype) for n in workload.layers] for _ in range(2))
    full, rest = divmod(workload.rows, workload.batch)
    batches = [workload.batch] * full + [rest] * (rest > 0)

    def train(epochs: int) -> None:
        for _ in range(epochs):
            for r in batches:
                for k, w in enumerate(W):
                    np.matmul(h[k][:r], w.T, out=h[k + 1][:r])
                for k in reversed(range(len(W))):
                    np.matmul(g[k + 1][:r].T, h[k][:r], out=grad_W[k])
                    if k > 0:
                        np.matmul(g[k + 1][:r], W[k], out=g[k][:r])

    return train
