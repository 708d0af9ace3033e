"""What the parameters of MLPClassifier mean to the network and to the training loop."""

from math import inf
from numbers import Real
from typing import Any

import numpy as np

from deltarule.data import require_scorer
from deltarule.errors import SettingError
from deltarule.network import SGD, Adam, Loss, Network, Objective, Optimiser
from deltarule.settings import check_settings
from deltarule.training import (
    SHAPES,
    AnyPlan,
    Constant,
    FullBatchPlan,
    InverseScaling,
    Patience,
    Plan,
    Progress,
    Schedule,
    Shaped,
)
from deltarule.warn import warn

AUTO_BATCH_SIZE = 200
ADAPTIVE_DIVISOR = 5.0
NOT_FOR_LBFGS = {
    "dropout": 0.0,
    "weight_decay": 0.0,
    "clip_norm": None,
    "schedule": None,
    "checkpoint": None,
    "shards": 1,
}


def check_parameters(settings: Any) -> None:
    """Refuse parameters outside their ranges, and those that cannot go together.

    Raises
    ------
    SettingError
    """
    check_settings(type(settings).__name__, settings.get_params(deep=False))
    if settings.solver == "lbfgs":
        for name, off in NOT_FOR_LBFGS.items():
            value = getattr(settings, name)
            if np.any(np.asarray(value) != off):
                raise SettingError(
                    f"solver='lbfgs' looks at all rows in each step and cannot use {name}="
                    f"{value!r}. Leave {name} at {off!r}, or use solver='adam' or 'sgd'."
                )
    if settings.checkpoint is not None and settings.warm_start:
        raise SettingError(
            f"warm_start=True and checkpoint={settings.checkpoint!r} both say what a fit goes on "
            "from. Set one of them: resume=True goes on with the run in the folder."
        )
    if isinstance(settings.scoring, str):
        require_scorer(settings.scoring, "scoring")
    if settings.schedule is not None and settings.learning_rate != "constant":
        raise SettingError(
            f"schedule={settings.schedule!r} and learning_rate={settings.learning_rate!r} both "
            "say how the rate changes. Leave learning_rate='constant', or schedule=None."
        )
    if settings.schedule is None and settings.schedule_epochs is not None:
        raise SettingError(
            f"schedule_epochs={settings.schedule_epochs} says when a schedule ends, but there is "
            "none. Set schedule, or leave schedule_epochs=None."
        )


def objective_of(settings: Any, n_features: int, n_outputs: int, loss: Loss) -> Objective:
    """Return the network that the parameters describe, and what it is to make small."""
    hidden = [int(size) for size in np.atleast_1d(settings.hidden_layer_sizes)]
    activation = _each("activation", settings.activation, len(hidden))
    dropout = [float(rate) for rate in _each("dropout", settings.dropout, len(hidden))]
    network = Network.dense([n_features, *hidden, n_outputs], activation, dropout)
    return Objective(network, loss, float(settings.alpha), float(settings.label_smoothing))


def _each(name: str, value: Any, n_hidden: int) -> list[Any]:
    """Return the value of each hidden layer."""
    if isinstance(value, str | Real):
        return [value] * n_hidden
    if len(value) != n_hidden:
        raise SettingError(
            f"{name} has {len(value)} values, {list(value)!r}, for {n_hidden} hidden layers "
            "(hidden_layer_sizes). Give one value for all, or one for each."
        )
    return list(value)


def plan_of(settings: Any, n_rows: int, epochs: int) -> AnyPlan:
    """Return the plan of an estimator's parameters, for ``n_rows`` rows to train on.

    Parameters
    ----------
    settings : MLPClassifier
    n_rows : int
    epochs : int
        Number of the last epoch, counted from the first one of all.

    Warns
    -----
    UserWarning
        If ``batch_size`` is more than ``n_rows``.
    """
    adaptive = settings.solver == "sgd" and settings.learning_rate == "adaptive"
    stopping = Patience(
        settings.tol,
        settings.n_iter_no_change,
        by_score=bool(settings.early_stopping),
        slow_down=ADAPTIVE_DIVISOR if adaptive else 1.0,
    )
    if settings.solver == "lbfgs":
        return FullBatchPlan(stopping, settings.tol, settings.max_iter, settings.max_fun)
    return Plan(
        optimiser=_optimiser(settings),
        schedule=_schedule(settings),
        stopping=stopping,
        batch_size=_batch_size(settings.batch_size, n_rows),
        epochs=epochs,
        shuffle=bool(settings.shuffle),
        max_norm=inf if settings.clip_norm is None else float(settings.clip_norm),
        horizon=settings.schedule_epochs,
        shards=int(settings.shards),
    )


def _batch_size(batch_size: Any, n_rows: int) -> int:
    if batch_size == "auto":
        return min(AUTO_BATCH_SIZE, n_rows)
    if batch_size > n_rows:
        warn(
            f"Got `batch_size` {batch_size}, larger than the {n_rows} rows to train on; "
            "all of them are taken in each step."
        )
    return min(int(batch_size), n_rows)


def _optimiser(settings: Any) -> Optimiser:
    decay = float(settings.weight_decay)
    if settings.solver == "sgd":
        return SGD(settings.momentum, bool(settings.nesterovs_momentum), decay)
    return Adam(settings.beta_1, settings.beta_2, settings.epsilon, decay, corrects_epsilon=False)


def _schedule(settings: Any) -> Schedule:
    rate = float(settings.learning_rate_init)
    if settings.schedule is not None:
        named = isinstance(settings.schedule, str)
        shape = SHAPES[settings.schedule] if named else settings.schedule
        schedule = Shaped(rate, shape)
        schedule.rates(Progress(0, np.linspace(0, 1, 11)))  # complains now rather than later
        return schedule
    if settings.solver == "sgd" and settings.learning_rate == "invscaling":
        return InverseScaling(rate, settings.power_t)
    return Constant(rate)
