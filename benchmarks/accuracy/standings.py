"""From records to standings: means and intervals over seeds, ranks and ratios over data sets."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from benchmarks.accuracy.records import Record

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Standing:
    """One contender over all data sets, by one measure of which less is better.

    Attributes
    ----------
    mean : float
        Over data sets, of the means over seeds.
    rank : float
        The mean rank, 1 being the best; equal ones share theirs.
    ratio : float
        The geometric mean over data sets of (theirs + r) / (ours + r), where r is half a test row:
        a table without a mistake has a ratio too.
    low, high : float
        Its confidence interval, if data sets are drawn like these.
    wins, ties, losses : int
        On how many data sets ours is better, not different and worse, by a t-test paired by seed.
    """

    mean: float
    rank: float
    ratio: float
    low: float
    high: float
    wins: int
    ties: int
    losses: int


def grid(records: Iterable[Record], measure: str) -> pd.DataFrame:
    """Return a measure for each (data, seed) and contender, where a comparison is like with like.

    Of a data set, the seeds stay that all contenders have who have any of it; NaN stands for
    those who have none, because they failed or were not asked.
    """
    cells = {
        (record.data, record.seed, record.contender): record.scores[measure]
        for record in records
        if not record.failure
    }
    index = pd.MultiIndex.from_tuples(cells, names=["data", "seed", "contender"])
    wide = pd.Series(list(cells.values()), index=index, dtype=float).unstack("contender")
    alike = [wide.loc[[data]].dropna(axis=1, how="all").dropna() for data in index.unique("data")]
    return pd.concat(alike).reindex(columns=index.unique("contender"))


def finished(values: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the data sets that every contender has."""
    return values.dropna()


def standings(values: pd.DataFrame, base: str, n_test: dict[str, int]) -> dict[str, Standing]:
    """Compare contenders over the data sets that all of them have.

    Parameters
    ----------
    values : pandas.DataFrame
        What :func:`grid` gives.
    base : str
        Who ratios and tests are taken against.
    n_test : dict
        The number of test rows of each data set.
    """
    values = finished(values)
    means = values.groupby("data").mean()
    half_a_row = 0.5 / means.index.map(n_test).to_numpy()
    logs = np.log(means.add(half_a_row, axis=0))
    logs = logs.sub(logs[base], axis=0)
    ranks = means.rank(axis=1).mean()
    found = {}
    for name in means.columns:
        verdicts = [
            judge(*interval((rows[base] - rows[name]).to_numpy()))
            for _, rows in values.groupby("data")
        ]
        counts = (verdicts.count(verdict) for verdict in ("better", "equal", "worse"))
        log, half = interval(logs[name].to_numpy())
        ratios = np.exp([log, log - half, log + half]).tolist()
        found[name] = Standing(means[name].mean(), ranks[name], *ratios, *counts)
    return found


def interval(values: np.ndarray) -> tuple[float, float]:
    """Return the mean and the half-width of its confidence interval (infinite for one value)."""
    if len(values) < 2:
        return float(values.mean()), np.inf
    quantile = student.ppf((1 + CONFIDENCE) / 2, len(values) - 1)
    return float(values.mean()), float(quantile * values.std(ddof=1) / np.sqrt(len(values)))


def judge(mean: float, half: float) -> str:
    """Return what the interval of our loss minus theirs says."""
    if abs(mean) <= half:
        return "equal"
    return "better" if mean < 0 else "worse"
