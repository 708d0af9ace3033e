"""What scikit-learn's parameters mean to the training loop."""

import warnings
from typing import Any

from deltarule.network import SGD, Adam, Optimiser
from deltarule.training import Constant, InverseScaling, Patience, Plan, Schedule

AUTO_BATCH_SIZE = 200
ADAPTIVE_DIVISOR = 5.0


def plan_of(settings: Any, n_rows: int) -> Plan:
    """Return the plan of an estimator's parameters, for ``n_rows`` rows to train on.

    Warns
    -----
    UserWarning
        If ``batch_size`` is more than ``n_rows``.
    """
    batch_size = AUTO_BATCH_SIZE if settings.batch_size == "auto" else int(settings.batch_size)
    if batch_size > n_rows and settings.batch_size != "auto":
        warnings.warn(
            f"batch_size={batch_size} is more than the {n_rows} rows to train on; "
            "all of them are taken in each step.",
            stacklevel=4,
        )
    adaptive = settings.solver == "sgd" and settings.learning_rate == "adaptive"
    return Plan(
        optimiser=_optimiser(settings),
        schedule=_schedule(settings),
        stopping=Patience(
            settings.tol, settings.n_iter_no_change, ADAPTIVE_DIVISOR if adaptive else 1.0
        ),
        batch_size=min(batch_size, n_rows),
        epochs=settings.max_iter,
        shuffle=settings.shuffle,
    )


def _optimiser(settings: Any) -> Optimiser:
    if settings.solver == "sgd":
        return SGD(settings.momentum, settings.nesterovs_momentum)
    return Adam(settings.beta_1, settings.beta_2, settings.epsilon, corrects_epsilon=False)


def _schedule(settings: Any) -> Schedule:
    if settings.solver == "sgd" and settings.learning_rate == "invscaling":
        return InverseScaling(settings.learning_rate_init, settings.power_t)
    return Constant(settings.learning_rate_init)
