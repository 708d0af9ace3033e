"""Deltarule: the loop that ``MLPClassifier.fit`` runs, an epoch at a time on one state."""

from collections.abc import Callable
from dataclasses import replace
from math import inf

from benchmarks.workloads import BETA_1, BETA_2, EPSILON, RATE, Workload


def prepare(workload: Workload, dtype: str, threads: int) -> Callable[[int], float]:
    """As for all contenders."""
    from deltarule.engines import Examples
    from deltarule.network import LOSSES, Adam, Network, Objective, initialise
    from deltarule.training import (
        Constant,
        Crew,
        Fold,
        FoldsInMemory,
        Member,
        Patience,
        Plan,
        TrainingState,
        fit,
    )

    X, y = workload.data(dtype)
    objective = Objective(Network.dense(list(workload.layers), "tanh"), LOSSES["softmax"], 0.0)
    optimiser = Adam(BETA_1, BETA_2, EPSILON)
    plan = Plan(optimiser, Constant(RATE), Patience(0, inf), workload.batch, 0)
    weights = initialise(objective.network, 0, X.dtype)
    state = TrainingState.of([Member.start(weights, optimiser.moments, 0)])
    crew, folds = Crew(objective, optimiser, [0], threads), FoldsInMemory([Fold(Examples(X, y))])

    def train(epochs: int) -> float:
        fit(crew, state, replace(plan, epochs=state.epoch + epochs), folds)
        return state.history[-1].loss

    return train
