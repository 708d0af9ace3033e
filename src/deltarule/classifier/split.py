"""The rows that early stopping holds out."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from deltarule.data import Targets
from deltarule.engines import Examples
from deltarule.errors import DataError
from deltarule.network.arrays import Floats
from deltarule.network.randomness import SPLIT, philox
from deltarule.training import Validation

LEAST_VALIDATION_ROWS = 2


def split(
    examples: Examples, targets: Targets, fraction: float, seed: int
) -> tuple[Examples, Validation]:
    """Return the rows to train on and the rows to validate on, scored by their accuracy.

    Neither is a copy.

    Stratified, except for multi-label targets: as scikit-learn documents it. Where more than two
    classes cannot be (one has a single row), the rows are held out at random; two classes are
    then an error, as in scikit-learn.

    Raises
    ------
    DataError
        If fewer than two rows are held out.
    ValueError
        scikit-learn's, if a class is too small to be split.
    """

    def split_rows(strata: NDArray[Any] | None) -> list[NDArray[np.int64]]:
        generator = np.random.RandomState(philox(seed, SPLIT))
        rows = np.arange(len(examples))
        return train_test_split(rows, test_size=fraction, stratify=strata, random_state=generator)

    try:
        train, valid = split_rows(None if targets.is_multilabel else examples.y)
    except ValueError:
        if targets.is_binary:
            raise
        train, valid = split_rows(None)
    if len(valid) < LEAST_VALIDATION_ROWS:
        raise DataError(
            f"The validation set is too small: {len(valid)} of {len(examples)} rows. Increase "
            "'validation_fraction' or the size of your dataset."
        )
    y = examples.y[valid]
    weights = None if examples.weights is None else examples.weights[valid]

    def score(scores: Floats) -> float:
        return targets.accuracy(scores, y, weights)

    return replace(examples, rows=train), Validation(examples.X, score, valid)
