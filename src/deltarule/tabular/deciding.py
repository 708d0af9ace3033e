"""From what networks say of rows that they were not trained on: temperature and threshold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from deltarule.network.arrays import Floats, Integers
from deltarule.tabular.calibration import HeldOut
from deltarule.tabular.predictions import Predictions
from deltarule.tabular.prepare import Prepared
from deltarule.tabular.thresholds import best_threshold


@dataclass(frozen=True)
class Decision:
    """What probabilities and predictions hang on, besides the networks.

    Attributes
    ----------
    temperature : float
        What scores are divided by.
    threshold : float or None
        Of two classes, the probability from which the second one is predicted.
    predictions : Predictions
        Of the rows held out, by the networks that were not trained on them.
    rows : array of int
        Which these are, by their places in ``Prepared.validated``.
    """

    temperature: float
    threshold: float | None
    predictions: Predictions
    rows: Integers


def decide(
    rows: Prepared, scores: Sequence[Floats], calibrate: bool, threshold: float | str | None
) -> Decision:
    """Choose the temperature, and the threshold where a scorer says what it is to be good for.

    Parameters
    ----------
    rows : Prepared
    scores : sequence of arrays (n, n_classes)
        What each network says of the rows that it is judged by.
    calibrate : bool
        Without it the temperature is 1.
    threshold : float, name of a scorer, or None
    """
    valid = rows.validated
    told = HeldOut.of(valid.judged, scores, rows.recipe.n_kept)
    y, weights = valid.y[told.rows], rows.weights_of(told.rows)
    temperature = told.temperature(y, weights) if calibrate else 1.0
    own = told.own_temperature(y, weights) if calibrate else 1.0
    held_out = Predictions(told.log_probabilities(own), rows.targets)
    if isinstance(threshold, str):
        users = None if valid.weights is None else valid.weights[told.rows]  # without class weights
        threshold = best_threshold(threshold, held_out.probabilities[:, 1], y, users)
    number = None if threshold is None else float(threshold)
    return Decision(temperature, number, replace(held_out, threshold=number), told.rows)
