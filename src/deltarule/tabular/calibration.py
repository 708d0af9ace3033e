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
        Places of the rows that any network has held out, ascending.
    rounds : list of arrays (v, l)
        The scores of each row by one network that has held it out; by another one; and so on. NaN
        where there is no other one.
    n_models : int
        How many networks are averaged in the end.
    """

    rows: Integers
    rounds: list[Floats]
    n_models: int

    @classmethod
    def of(cls, rows: Sequence[Integers], scores: Sequence[Floats], n_models: int) -> "HeldOut":
        """Sort out what each network says of the rows that it has held out."""
        every = np.unique(np.concatenate(rows))
        told = np.zeros(len(every), np.int64)
        rounds: list[Floats] = []
        for some, z in zip(rows, scores, strict=True):
            places = np.searchsorted(every, some)
            while len(rounds) <= told[places].max(initial=-1):
                rounds.append(np.full((len(every), z.shape[1]), np.nan, z.dtype))
            for number in np.unique(told[places]):
                is_next = told[places] == number
                rounds[number][places[is_next]] = z[is_next]
            told[places] += 1
        return cls(every, rounds, n_models)

    def log_probabilities(self, temperature: float) -> Floats:
        """Return log p (v, l) of each row's average over those that have held it out."""
        log_p = np.empty_like(self.rounds[0])
        for number, places in self._by_count().items():
            log_p[places] = log_average([z[places] for z in self.rounds[:number]], temperature)
        return log_p

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
        number = self._usual_number()
        if number == 1:
            return self._temperature_of(1, y, weights)
        alone, together = (self._temperature_of(r, y, weights) for r in (1, number))
        slope = log(alone / together) / (1 - 1 / number)  # of log T, in 1 / r
        told = alone * exp(-slope * (1 - 1 / self.n_models))
        return float(np.clip(told, 1 / HOTTEST, HOTTEST))

    def own_temperature(self, y: NDArray[np.int64], weights: Floats | None = None) -> float:
        """Return the temperature for the averages that :meth:`log_probabilities` takes."""
        return self._temperature_of(self._usual_number(), y, weights)

    def _temperature_of(self, number: int, y: NDArray[np.int64], weights: Floats | None) -> float:
        """Return the temperature for averages of ``number`` of the usual number of rounds."""
        usual = self._usual_number()
        places = np.concatenate([p for n, p in self._by_count().items() if n >= usual])
        picked = [z[places] for z in self.rounds[:usual]]
        averages = [[z] for z in picked] if number == 1 else [picked]
        return fitted_temperature(averages, y[places], None if weights is None else weights[places])

    def _usual_number(self) -> int:
        """Return how many networks have held out most of the rows."""
        by_count = self._by_count()
        return max(by_count, key=lambda number: len(by_count[number]))

    def _by_count(self) -> dict[int, Integers]:
        """Return the places of the rows that so many networks have held out."""
        counts = np.sum([~np.isnan(z[:, 0]) for z in self.rounds], axis=0)
        return {int(n): np.flatnonzero(counts == n) for n in np.unique(counts)}


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
