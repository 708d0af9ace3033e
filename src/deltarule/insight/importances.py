"""How much a model's predictions hang on each column."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from deltarule.data import draw_seed
from deltarule.errors import SettingError
from deltarule.insight.views import Model, encoded, predictions_of, spans_of
from deltarule.network.arrays import Floats

LOSSES = ("error", "log_loss")


@dataclass(frozen=True)
class Importances:
    """What it costs to shuffle each column, the costliest first.

    Attributes
    ----------
    metric : str
    columns : list of str
    mean, low, high : arrays (n_columns,)
        The increase of the metric's mean over the rows, and its interval.
    """

    metric: str
    columns: list[str]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def to_json(self) -> list[dict[str, Any]]:
        """Return the importances as JSON-able data, an entry a column.

        The ends of an interval are None where there is one row only.
        """
        rows = zip(self.columns, self.mean, self.low, self.high, strict=True)
        return [
            {
                "column": name,
                "mean": float(mean),
                "low": float(low) if np.isfinite(low) else None,
                "high": float(high) if np.isfinite(high) else None,
            }
            for name, mean, low, high in rows
        ]


def permutation_importances(
    model: Model,
    X: Any,
    y: Any,
    *,
    metric: str = "error",
    repeats: int = 5,
    confidence: float = 0.95,
    random_state: Any = None,
) -> Importances:
    """Return how much worse predictions get when a column's cells are shuffled among the rows.

    Breiman 2001, section 10. A row's importance of a column is the increase of its loss, averaged
    over the repeats; the mean over rows is given with a normal interval, which tells how much it
    would vary with other rows of the same size. Of columns that say nearly the same, each may
    look unimportant: the model then reads the other.

    Parameters
    ----------
    model : fitted estimator
    X, y : table and labels (n,)
        Rows that it was not trained on.
    metric : {"error", "log_loss"}, default "error"
        The loss of a row: 1 for a wrong label, or -log p of the right one, in nats.
    repeats : int >= 1, default 5
        Shuffles of each column.
    confidence : float in (0, 1), default 0.95
        Of the intervals.
    random_state : None, int or numpy.random.RandomState, default None

    Returns
    -------
    Importances

    Raises
    ------
    SettingError, DataError

    Examples
    --------
    >>> from deltarule import TabularClassifier
    >>> table = {"told": [0.1, 0.9] * 50, "noise": [0.3, 0.1, 0.5, 0.2] * 25}
    >>> model = TabularClassifier(max_iter=20, random_state=0).fit(table, [0, 1] * 50)
    >>> permutation_importances(model, table, [0, 1] * 50, random_state=0).columns[0]
    'told'
    """
    if metric not in LOSSES:
        raise SettingError(f"metric must be one of {', '.join(map(repr, LOSSES))}, not {metric!r}.")
    if repeats < 1 or not 0 < confidence < 1:
        raise SettingError(
            f"repeats must be >= 1 and confidence in (0, 1); got {repeats!r} and {confidence!r}."
        )
    inputs, truth = encoded(model, X, y)
    rng = np.random.Generator(np.random.Philox(draw_seed(random_state)))
    before = _losses(model, inputs, truth, metric)
    names, increases = [], []
    for name, span in spans_of(model).items():
        shuffled, total = inputs.copy(), np.zeros(len(truth))
        for _ in range(repeats):
            shuffled[:, span] = inputs[rng.permutation(len(truth)), span]
            total += _losses(model, shuffled, truth, metric) - before
        names.append(name)
        increases.append(total / repeats)
    return _summary(metric, names, np.array(increases), confidence)


def _losses(
    model: Model, inputs: Floats, truth: NDArray[np.int64], metric: str
) -> NDArray[np.float64]:
    predictions = predictions_of(model, inputs)
    if metric == "error":
        return (predictions.indices != truth).astype(np.float64)
    return predictions.losses(truth)


def _summary(
    metric: str, names: list[str], increases: NDArray[np.float64], confidence: float
) -> Importances:
    n = increases.shape[1]
    mean = increases.mean(axis=1)
    error = increases.std(axis=1, ddof=1) / np.sqrt(n) if n > 1 else np.full(len(mean), np.inf)
    reach = norm.ppf((1 + confidence) / 2) * error
    order = np.argsort(-mean, kind="stable")
    return Importances(
        metric, [names[i] for i in order], mean[order], (mean - reach)[order], (mean + reach)[order]
    )
