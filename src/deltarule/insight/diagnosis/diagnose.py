"""Everything that looks wrong with a model on some rows."""

from dataclasses import replace
from typing import Any

import numpy as np

from deltarule.data import draw_seed
from deltarule.insight.diagnosis.data import of_calibration, of_columns, of_labels
from deltarule.insight.diagnosis.history import of_history
from deltarule.insight.diagnosis.symptom import Symptom
from deltarule.insight.diagnosis.units import of_units
from deltarule.insight.views import Model, by_rows, predictions_of, spans_of
from deltarule.tabular import TabularClassifier
from deltarule.tabular.predictions import Predictions

MOST_ROWS = 1024  # that a network is looked at on


def diagnose(
    model: Model,
    X: Any,
    y: Any,
    *,
    predictions: Predictions | None = None,
    random_state: Any = 0,
) -> list[Symptom]:
    """Look for what often goes wrong, and say what to do about it.

    Units that are dead (pass no gradient on for any row) or saturated (for most); gradients that
    vanish or explode from layer to layer; large weights; steps that are too large or too small; a
    loss that is much higher on the validation rows; labels that the model finds more improbable
    than it should; probabilities that are wrong about themselves; columns that give the answer
    away.

    Parameters
    ----------
    model : fitted estimator
        Of an average, its first network is looked into.
    X, y : rows and labels (n,)
        Best some that it was not trained on: of those that it was, labels are never improbable.
    predictions : Predictions, optional
        What is said of these rows, where that is known: of rows that were held out from training,
        by networks that did not see them.
    random_state : None, int or numpy.random.RandomState
        Chooses rows where there are many.

    Returns
    -------
    list of Symptom
        Empty where nothing was found.

    Raises
    ------
    DataError

    Examples
    --------
    >>> from deltarule import TabularClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 200)
    >>> table = {"size": rng.normal(size=200), "paid": y * 2.5 + rng.normal(0, 0.1, 200)}
    >>> model = TabularClassifier(preset="quick", max_iter=20, random_state=0).fit(table, y)
    >>> [(found.name, found.where) for found in diagnose(model, table, y)]
    [('leakage', "column 'paid'")]
    """
    rng = np.random.Generator(np.random.Philox(draw_seed(random_state)))
    inputs = model.inputs_of(X, y)
    n = inputs.X.shape[1]
    some = np.sort(rng.permutation(n)[:MOST_ROWS])
    shown = replace(inputs, X=inputs.X[:, some], y=inputs.y[..., some])
    is_over = isinstance(model, TabularClassifier) or model.n_iter_ < model.max_iter
    found = [*of_units(shown), *of_history(model.history_, is_over)]
    if n and (inputs.y.ndim == 1 or len(inputs.y) == 1):  # not so where rows have several labels
        rows, truth = by_rows(inputs)
        told = predictions or predictions_of(model, rows)
        p = np.asarray(told.probabilities, np.float64)
        found += [*of_labels(p, truth), *of_calibration(p, truth)]
        found += of_columns(rows, spans_of(model), truth, rng)
    return found
