"""An engine with everything switched on, and a few hundred rows to train on.

Every test that asks for ``make_setting`` runs on each engine that there is, with a plain network,
with one that has Scale layers, and with one of every kind of layer.
"""

from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
import pytest

from deltarule.engines import ENGINES, Engine, Examples, Steps
from deltarule.network import (
    LOSSES,
    Adam,
    Dense,
    Embedding,
    Network,
    Objective,
    Optimiser,
    Parameters,
    Periodic,
    Scale,
    initialise,
)

N_ROWS, BATCH = 200, 32
# Layers, from 1, that read through a Scale; None: a network of every kind of layer.
ARRANGEMENTS = {"plain": (), "scaled": (1, 2), "every kind": None}


def with_scales(network, places):
    """The network with a Scale before some of its layers, named by their k: as often as named."""
    layers = []
    for k, layer in network:
        layers += [Scale(layer.n_in, rate=6.0)] * places.count(k)
        layers.append(layer)
    return Network(layers)


def of_every_kind(dropout):
    """A network of 6 features, of which two are categories, and 3 outputs."""
    return Network(
        [
            Embedding(6, (1, 4), (3, 7), 4, rate=0.5),
            Periodic(12, (0, 2), 5, 2, rate=0.1),
            Scale(16, rate=6.0),
            Dense(16, 8, "selu", dropout, 0.5, 0.1, is_parametric=True, mix_rate=0.1),
            Periodic(8, (1, 7), 3, 1),
            Dense(10, 5, "gelu", dropout, is_parametric=True),
            Dense(5, 3),
        ]
    )


def draw_parameters(network, seed, dtype):
    """Initial parameters, where a Scale has factors of its own, and a parametric layer its mix."""
    parameters = initialise(network, seed, dtype)
    for k, layer in network:
        for name in {"s", "alpha"} & parameters[k].keys():
            parameters[k][name][:, 0] = np.linspace(-0.5, 1.5, layer.n_out)
    return parameters


@dataclass(frozen=True)
class Setting:
    """What a run needs; each call of a method gives fresh, equal things."""

    objective: Objective
    optimiser: Optimiser
    examples: Examples
    dtype: type = np.float64
    engine_class: type[Engine] = ENGINES[0]

    def engine(self, **options) -> Engine:
        return self.engine_class(self.objective, self.optimiser, seed=11, **options)

    def parameters(self) -> Parameters:
        return draw_parameters(self.objective.network, 3, self.dtype)

    def moments(self):
        theta = self.parameters().theta
        return {name: np.zeros_like(theta) for name in self.optimiser.moments}

    def steps(self, n_steps, first=0, rate=0.05, batch=BATCH) -> Steps:
        """Steps over the first rows in an order of their own, each batch with its mean."""
        rows = np.random.default_rng(5).permutation(len(self.examples))
        bounds = np.arange(n_steps + 1) * batch
        scalars = self.optimiser.scalars(np.full(n_steps, rate), first + np.arange(n_steps))
        return Steps(rows, bounds, first, self.scale(rows, bounds), scalars)

    def scale(self, rows, bounds):
        weights = self.examples.weights
        weights = np.ones(len(self.examples)) if weights is None else weights
        return np.array([1 / weights[rows[i:j]].sum() for i, j in pairwise(bounds)])

    @staticmethod
    def part(steps, first, last) -> Steps:
        """Steps ``first`` to ``last`` of a run, the last one not included."""
        return Steps(
            steps.rows,
            steps.bounds[first : last + 1],
            steps.first + first,
            steps.scale[first:last],
            steps.scalars[first:last],
            dropout=None if steps.dropout is None else steps.dropout[first:last],
        )

    def run(self, parameters, steps, moments=None):
        moments = self.moments() if moments is None else moments
        return self.engine().run(parameters, moments, self.examples, steps)


def draw_rows(rng):
    """Normal numbers, and categories in columns 1 and 4, some of which no table knows."""
    X = rng.normal(size=(N_ROWS, 6))
    X[:, [1, 4]] = rng.integers(-1, 9, (N_ROWS, 2))
    return X


@pytest.fixture(
    scope="session",
    params=product(ENGINES, ARRANGEMENTS),
    ids=lambda case: f"{case[0].name}, {case[1]}",
)
def make_setting(request):
    """Sample weights, L2, label smoothing and dropout are on unless told otherwise."""
    engine_class, arrangement = request.param

    def make(
        loss="softmax",
        *,
        dropout=0.25,
        optimiser=None,
        dtype=np.float64,
        X=None,
        scaled=None,
        network=None,
    ):
        rng = np.random.default_rng(0)
        X = draw_rows(rng).astype(dtype) if X is None else X
        shape, top = ((N_ROWS,), 3) if loss == "softmax" else ((N_ROWS, 3), 2)
        examples = Examples(X, rng.integers(0, top, shape), rng.uniform(0.1, 2, N_ROWS))
        places = ARRANGEMENTS[arrangement] if scaled is None else scaled
        if network is None and places is None:
            network = of_every_kind(dropout)
        elif network is None:
            network = with_scales(Network.dense([6, 8, 5, 3], "relu", dropout), places)
        objective = Objective(network, LOSSES[loss], 0.1, 0.1)
        return Setting(objective, optimiser or Adam(), examples, dtype, engine_class)

    return make
