"""So that probabilities mean what they say: the temperature that scores are divided by.

Guo, Pleiss, Sun & Weinberger 2017, "On Calibration of Modern Neural Networks" (arXiv 1706.04599),
section 4.2: p = softmax(z / T), with the T > 0 that makes the log loss of rows that were not
trained on least. It changes no decision of one network.

What is wanted is the T of the average of M networks, and a row that was trained on by some of them
says nothing about those. Rows held out by r of the M tell the T of averages of r. Averaging itself
takes away confidence, with the variance that it takes away, so that log T is close to a straight
line in 1 / r: 1 and the largest r that there is tell what it is at M.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from deltarule.network.arrays import Floats, Integers

HOTTEST = 16.0  # and coldest: its inverse
DOUBT = 0.5  # standard deviation of log T before a row was seen: few rows change little


def log_average(scores: Sequence[Floats], temperature: float) -> Floats:
    """Return log p (n, l), where p is the mean of softmax(z / T) over the networks' scores z.

    Finite also where p is 0. Computed network by network, in their order.
    """
    total = log_softmax(scores[0] / temperature, axis=1)
    for z in scores[1:]:
        total = np.logaddexp(total, log_softmax(z / temperature, axis=1))
    return (total - log(len(scores))).astype(scores[0].dtype)


@dataclass(frozen=True)
class HeldOut:
    """What networks say of rows that they were not trained on.

    Attributes
    ----------
    rows : array of int (v,)
        Numbers of the rows that any network has held out, ascending.
    rounds : list of arrays (v, l)
        The scores of each row by one network that has held it out; by another one; and so on.
    n_models : int
        How many networks there are.
    """

    rows: Integers
    rounds: list[Floats]
    n_models: int

    @classmethod
    def of(cls, rows: Sequence[Integers], scores: Sequence[Floats]) -> "HeldOut":
        """Sort out what each network says of the rows that it has held out.

        Rounds that lack some of the rows are left out.
        """
        every = np.unique(np.concatenate(rows))
        places = [np.searchsorted(every, some) for some in rows]
        told = np.zeros(len(every), np.int64)
        rounds: list[Floats] = []
        for place, z in zip(places, scores, strict=True):
            number = told[place].max(initial=0)
            if number == len(rounds):
                rounds.append(np.full((len(every), z.shape[1]), np.nan, z.dtype))
            rounds[number][place] = z
            told[place] = number + 1
        whole = [z for z in rounds if not np.isnan(z[:, 0]).any()]
        return cls(every, whole, len(rows))

    def temperature(self, y: NDArray[np.int64], weights: Floats | None = None) -> float:
        """Return the temperature for the average of all networks.

        Parameters
        ----------
        y : array (v,)
            The rows' classes.
        weights : array (v,), optional
        """
        if not len(self.rows):
            return 1.0
        alone = fitted_temperature([[z] for z in self.rounds], y, weights)
        if len(self.rounds) == 1:
            return alone
        together = self.own_temperature(y, weights)
        slope = log(alone / together) / (1 - 1 / len(self.rounds))  # of log T, in 1 / r
        told = alone * exp(-slope * (1 - 1 / self.n_models))
        return float(np.clip(told, 1 / HOTTEST, HOTTEST))

    def own_temperature(self, y: NDArray[np.int64], weights: Floats | None = None) -> float:
        """Return the temperature for the average of the rounds."""
        return fitted_temperature([self.rounds], y, weights)


def fitted_temperature(
    averages: Sequence[Sequence[Floats]],
    y: NDArray[np.int64],
    weights: Floats | None = None,
) -> float:
    """Return the T with the least mean log loss of all ``averages`` together, and little doubt.

    Parameters
    ----------
    averages : sequence of sequences of arrays (v, l)
        Each the scores of networks that are averaged.
    y : array (v,)
    weights : array (v,), optional
    """
    each = np.arange(len(y))

    def badness(log_temperature: float) -> float:
        t = exp(log_temperature)
        losses = [-log_average(scores, t)[each, y].astype(np.float64) for scores in averages]
        loss = float(np.mean([np.average(one, weights=weights) for one in losses]))
        return loss * len(y) + (log_temperature / DOUBT) ** 2 / 2

    edge = log(HOTTEST)
    found = minimize_scalar(badness, bounds=(-edge, edge), method="bounded")
    return exp(found.x)
