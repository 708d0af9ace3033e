"""The networks and rows that training is timed on."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-8  # Adam, the same for everyone


@dataclass(frozen=True)
class Workload:
    """A tanh network, its batch size, and how many rows an epoch has."""

    name: str
    layers: tuple[int, ...]
    batch: int
    rows: int

    @property
    def steps_an_epoch(self) -> int:
        """Every row once: the last batch may be smaller."""
        return -(-self.rows // self.batch)

    @property
    def flops_an_epoch(self) -> float:
        """Of the matrix products: W h, W^T g but for the first layer, and g h^T."""
        sizes = [n * m for n, m in pairwise(self.layers)]
        return 2.0 * self.rows * (3 * sum(sizes) - sizes[0])

    def data(self, dtype: str) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
        """Return rows around one centre a class, in [0, 1], and their classes."""
        random = np.random.default_rng(0)
        y = random.integers(self.layers[-1], size=self.rows)
        centres = random.random((self.layers[-1], self.layers[0]))
        noise = random.random((self.rows, self.layers[0]))
        return ((centres[y] + noise) / 2).astype(dtype), y


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("iris", (4, 10, 3), 32, 150),  # five steps an epoch: what surrounds them counts
        Workload("tiny", (4, 10, 3), 32, 3200),
        Workload("digits", (64, 100, 10), 200, 1800),
        Workload("mnist", (784, 256, 128, 10), 128, 12_800),
        Workload("wide", (784, 1024, 1024, 10), 256, 5120),
        Workload("deep", (256, *[256] * 8, 10), 256, 5120),
    )
}
