"""A small training run with dropout and shuffling on, started afresh at each call."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from deltarule.engines import Examples, create_engine
from deltarule.network import (
    LOSSES,
    OPTIMISERS,
    SGD,
    Adam,
    Network,
    Objective,
    Optimiser,
    initialise,
)
from deltarule.training import (
    Constant,
    Crew,
    Fold,
    FoldsInMemory,
    Member,
    Patience,
    Plan,
    TrainingState,
    Validation,
    Watcher,
    fit,
)

N_ROWS = 60
X = np.random.default_rng(0).normal(size=(N_ROWS, 6))
Y = (X[:, 0] > X[:, 1]).astype(int)


class Watch(Watcher):
    """Calls a function with the state after every burst and every epoch."""

    def __init__(self, look):
        self.end_burst = self.end_epoch = look


@dataclass(frozen=True)
class Run:
    """What a run is made of; ``start`` and ``engine`` give fresh, equal things."""

    plan: Plan
    examples: Examples
    validation: Validation | None = None
    seed: int = 4
    dropout: float = 0.2
    activation: str = "tanh"
    dtype: type = np.float64

    @property
    def objective(self):
        network = Network.dense([6, 7, 2], self.activation, self.dropout)
        return Objective(network, LOSSES["softmax"], alpha=0.01)

    def start(self):
        parameters = initialise(self.objective.network, 3, self.dtype)
        return TrainingState.of([Member.start(parameters, self.plan.optimiser.moments, self.seed)])

    def engine(self):
        return create_engine(self.objective, self.plan.optimiser, seed=self.seed)

    def fit(self, state=None, watch=None, engine=None):
        state = self.start() if state is None else state
        crew = Crew(self.objective, self.plan.optimiser, [self.seed])
        crew.engines = [engine or self.engine()]
        watcher = None if watch is None else Watch(watch)
        folds = FoldsInMemory([Fold(self.examples, self.validation)])
        return fit(crew, state, self.plan, folds, watcher)

    def with_plan(self, **changes):
        return replace(self, plan=replace(self.plan, **changes))

    def with_validation(self, score):
        return replace(self, validation=Validation(Examples(X[:20], Y[:20]), score))


@pytest.fixture
def adam_run():
    plan = Plan(Adam(), Constant(0.01), Patience(0, np.inf), batch_size=8, epochs=6)
    return Run(plan, Examples(X, Y, np.random.default_rng(1).uniform(0, 2, N_ROWS)))


@pytest.fixture
def sgd_run():
    """No momentum, dropout, weights or shuffling: one can work out what it does."""
    plan = Plan(SGD(), Constant(0.1), Patience(0, np.inf), 8, epochs=6, shuffle=False)
    return Run(plan, Examples(X, Y), dropout=0.0)


@pytest.fixture(params=OPTIMISERS)
def optimiser(request) -> Optimiser:
    return OPTIMISERS[request.param]()
