"""Four tables that are drawn, each for one thing that is said to be hard for such networks.

The rows are the same whatever the seed of a comparison is, which only splits them.
"""

import numpy as np
import pandas as pd
from sklearn.datasets import make_classification

from benchmarks.accuracy.sources import Table, table

ROWS = 5000
TARGET = "class"


def useless_columns() -> Table:
    """Return 100 columns, of which six tell two classes of four clusters each apart."""
    X, y = make_classification(
        ROWS,
        n_features=100,
        n_informative=6,
        n_redundant=0,
        n_clusters_per_class=4,
        flip_y=0.02,
        random_state=1,
    )
    return _named(X, y)


def checkerboard() -> Table:
    """Return a board of 6 x 6 fields on two of four columns, one label in twenty flipped."""
    random = np.random.default_rng(2)
    X = random.uniform(0, 6, (ROWS, 4))
    y = np.floor(X[:, :2]).sum(axis=1) % 2
    return _named(X, np.where(random.random(ROWS) < 0.05, 1 - y, y))


def skewed_columns() -> Table:
    """Return eight log-normal columns, half of whose cells are zero in four, and holes in two.

    The log-odds are linear in the logarithms, with one product of two columns.
    """
    random = np.random.default_rng(3)
    logs = random.normal(0, 2, (ROWS, 8))
    X = np.exp(logs)
    spikes = random.random((ROWS, 4)) < 0.5
    logs[:, :4][spikes], X[:, :4][spikes] = -2.0, 0.0
    log_odds = logs @ random.normal(0, 0.5, 8) + 0.5 * logs[:, 0] * logs[:, 4]
    y = _drawn(log_odds, random)
    X[:, 6:][random.random((ROWS, 2)) < 0.1] = np.nan
    return _named(X, y)


def many_categories() -> Table:
    """Return three columns of 150, 40 and 8 categories, some rare, and three of numbers.

    Each category has a log-odds of its own, and each of the eight another slope of the numbers.
    """
    random = np.random.default_rng(4)
    numbers = random.normal(size=(ROWS, 3))
    codes = {size: np.minimum(random.zipf(1.3, ROWS) - 1, size - 1) for size in (150, 40, 8)}
    log_odds = sum(random.normal(0, 1, size)[code] for size, code in codes.items())
    log_odds = log_odds + (numbers * random.normal(0, 1, (8, 3))[codes[8]]).sum(axis=1)
    rows = pd.DataFrame(numbers, columns=["x1", "x2", "x3"])
    for size, code in codes.items():
        rows[f"one of {size}"] = [f"c{j}" for j in code]
    return table(rows.assign(**{TARGET: _drawn(log_odds, random)}), TARGET)


def _drawn(log_odds: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Draw labels, both as likely over all rows."""
    centred = log_odds - np.median(log_odds)
    return random.random(len(centred)) < 1 / (1 + np.exp(-centred))


def _named(X: np.ndarray, y: np.ndarray) -> Table:
    rows = pd.DataFrame(X, columns=[f"x{j + 1}" for j in range(X.shape[1])])
    return table(rows.assign(**{TARGET: y}), TARGET)
