"""Where the arithmetic runs. :func:`create_engine` picks the best engine there is."""

from typing import Any

import numpy as np

from deltarule.engines.base import Engine, Examples, RunResult, Steps
from deltarule.engines.choice import built_engines, choose_engine
from deltarule.engines.frozen import Frozen
from deltarule.engines.machine import describe_machine
from deltarule.engines.reference import ReferenceEngine
from deltarule.errors import DataError
from deltarule.network import Objective, Optimiser, Parameters
from deltarule.network.arrays import Floats

__all__ = [
    "ENGINE",
    "ENGINES",
    "Engine",
    "Examples",
    "Frozen",
    "ReferenceEngine",
    "RunResult",
    "Steps",
    "create_engine",
    "describe_machine",
    "predict_scores",
]


ENGINES = built_engines()
"""The engines that there are, the fastest first."""

ENGINE = choose_engine(ENGINES)
"""The engine in use."""


def create_engine(
    objective: Objective,
    optimiser: Optimiser | None = None,
    *,
    seed: int = 0,
    n_threads: int | None = None,
) -> Engine:
    """Return an engine for this objective and update rule (none is needed to predict)."""
    return ENGINE(objective, optimiser, seed=seed, n_threads=n_threads)


def predict_scores(engine: Engine, parameters: Parameters, X: Any) -> Floats:
    """Return the scores (n, l) of rows X (n, f): all finite, or none.

    Raises
    ------
    DataError
        If a row's numbers are so large that its scores overflow.
    """
    scores = engine.predict(parameters, X)
    finite = np.isfinite(scores)
    if not finite.all():
        row = int(np.flatnonzero(~finite.all(axis=1))[0])
        raise DataError(
            f"Row {row} overflows {parameters.dtype}: its largest number is "
            f"{np.abs(X[row]).max():g}. Scale the columns, for training too."
        )
    return scores
