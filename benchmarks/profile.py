"""Where a step's time goes: ``python -m benchmarks.profile [WORKLOAD ...] [--dtype float64]``.

Each phase's share is that of all threads' time, from a stopwatch in the engine; *Python* is what
the loop spends outside it. The stopwatch itself costs some 20 ns a lap, which swells tiny.
"""

from math import inf
from time import perf_counter

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.workloads import BETA_1, BETA_2, EPSILON, RATE, WORKLOADS, Workload
from deltarule.engines import Examples
from deltarule.engines.native import NativeEngine
from deltarule.network import Adam, Network, Objective, initialise
from deltarule.network.losses import Softmax
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

SECONDS = 1.0  # of training, about


def profile(workload: Workload, dtype: str) -> dict[str, float]:
    """Return microseconds a step: of the wall clock in all, and of each phase's share."""
    X, y = workload.data(dtype)
    objective = Objective(Network.dense(list(workload.layers), "tanh"), Softmax(), 0.0)
    optimiser = Adam(BETA_1, BETA_2, EPSILON)

    class Timed(NativeEngine):
        seconds = 0.0

        def run(self, *args):
            started = perf_counter()
            try:
                return super().run(*args)
            finally:
                self.seconds += perf_counter() - started

    def train(epochs: int) -> tuple[float, Timed]:
        crew = Crew(objective, optimiser, [0])
        (engine,) = crew.engines = [Timed(objective, optimiser, profiled=True)]
        weights = initialise(objective.network, 0, X.dtype)
        state = TrainingState.of([Member.start(weights, optimiser.moments, 0)])
        plan = Plan(optimiser, Constant(RATE), Patience(0, inf), workload.batch, epochs)
        started = perf_counter()
        fit(crew, state, plan, FoldsInMemory([Fold(Examples(X, y))]))
        return perf_counter() - started, engine

    once, _ = train(1)
    epochs = max(1, int(SECONDS / once))
    wall, engine = train(epochs)
    steps = epochs * workload.steps_an_epoch
    phases = np.array(list(engine.phase_seconds.values()))
    shares = phases / phases.sum() * engine.seconds
    named = dict(zip(engine.phase_seconds, shares, strict=True))
    return {
        name: 1e6 * seconds / steps
        for name, seconds in {"step": wall, **named, "Python": wall - engine.seconds}.items()
    }


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(WORKLOADS)))
@click.option("--dtype", type=click.Choice(["float32", "float64"]), default="float32")
def main(names: tuple[str, ...], dtype: str) -> None:
    """Print a table: microseconds a step, by phase."""
    table = Table(title=f"microseconds a step, {dtype}")
    for name in names or WORKLOADS:
        row = profile(WORKLOADS[name], dtype)
        if not table.columns:
            for column in ("workload", *row):
                table.add_column(column, justify="right")
        table.add_row(name, *(f"{value:.4g}" for value in row.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
