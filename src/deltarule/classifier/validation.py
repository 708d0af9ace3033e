"""The rows that early stopping looks at: held out, or given; and what they are scored by."""

import warnings
from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import check_scoring
from sklearn.model_selection import train_test_split

from deltarule.data import Targets
from deltarule.engines import Examples
from deltarule.errors import DataError
from deltarule.network.arrays import Floats
from deltarule.network.randomness import SPLIT, philox
from deltarule.training import Score
from deltarule.warn import warn

LEAST_ROWS = 2


def hold_out(
    examples: Examples, targets: Targets, fraction: float, seed: int
) -> tuple[Examples, Examples]:
    """Return the rows to train on and the rows to validate on. Neither is a copy.

    Stratified, except for multi-label targets, as scikit-learn documents it. A class with a
    single row stays in training. Where fewer rows are held out than there are classes, they are
    drawn at random.

    Warns
    -----
    UserWarning
        If a class has a single row.

    Raises
    ------
    DataError
        If fewer than two rows are held out, or none would be left to train on.
    """
    rows = np.arange(len(examples))
    strata = np.zeros(len(rows), int)
    if not targets.is_multilabel:
        strata = examples.y.reshape(-1).astype(int)
    counts = np.bincount(strata)
    alone = counts[strata] == 1
    if alone.any() and len(rows) > 1:
        _warn_of_lone_rows(targets, examples.y[alone])
    pool, n_valid, n_classes = rows[~alone], ceil(fraction * len(rows)), int((counts > 1).sum())
    if n_valid < LEAST_ROWS or n_valid >= len(pool):
        raise DataError(
            f"The validation set is too small, or too little is left: {n_valid} of {len(rows)} "
            f"rows (n_samples={len(rows)}, of which {len(pool)}, of {n_classes} classes with more "
            "than one row, can be held out). Change "
            "'validation_fraction', give X_val and y_val, or increase the size of your dataset."
        )
    stratify = strata[pool] if min(n_valid, len(pool) - n_valid) >= n_classes else None
    generator = np.random.RandomState(philox(seed, SPLIT))
    train, valid = train_test_split(
        pool, test_size=n_valid, stratify=stratify, random_state=generator
    )
    if alone.any():
        train = np.concatenate([train, rows[alone]])
    return replace(examples, rows=train), replace(examples, rows=valid)


def _warn_of_lone_rows(targets: Targets, lone: NDArray[Any]) -> None:
    labels = targets.labels(lone).tolist()
    listed = ", ".join(map(repr, labels[:5])) + (" ..." if len(labels) > 5 else "")
    warn(
        f"{len(labels)} of the classes have a single row each ({listed}): those stay in training, "
        "and early stopping is blind to them."
    )


def scorer_of(estimator: Any, candidate: Any, targets: Targets, valid: Examples) -> Score:
    """Return what the validation rows are scored by.

    Parameters
    ----------
    estimator : MLPClassifier
        Its ``scoring``: None is the accuracy.
    candidate : MLPClassifier
        Has the weights that are being trained, and predicts with them.
    targets : Targets
    valid : Examples

    Raises
    ------
    DataError
        If these rows cannot be scored, or their score is not a finite number.
    """
    picked = slice(None) if valid.rows is None else valid.rows
    encoded = valid.y[picked]
    weights = None if valid.weights is None else valid.weights[picked]
    if estimator.scoring is None:
        return lambda scores: targets.accuracy(scores, encoded, weights)

    scorer = check_scoring(candidate, scoring=estimator.scoring)
    X, y = valid.X[picked], targets.labels(encoded)
    weighted = {} if weights is None else {"sample_weight": weights}

    def score(scores: Floats) -> float:
        return float(scorer(candidate, X, y, **weighted))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of weights that nothing has been learnt with yet
        try:
            value = score(np.empty(0))
        except ValueError as error:
            raise DataError(
                f"scoring={estimator.scoring!r} cannot score the {len(valid)} validation rows: "
                f"{error}"
            ) from error
    if not np.isfinite(value):
        raise DataError(
            f"scoring={estimator.scoring!r} gives {value} on the {len(valid)} validation rows, "
            f"which have the labels {np.unique(y).tolist()[:10]}. Validate on rows of every class, "
            "or score by something that is defined there ('accuracy', 'neg_log_loss')."
        )
    return score
