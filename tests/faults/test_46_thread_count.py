"""Fault 46: same seed, other thread count - same bits of weights, loss curve and stopping epoch."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import numpy as np
import pytest
from sklearn.datasets import load_digits

from deltarule.data import Targets
from deltarule.engines import Examples
from deltarule.network import Adam, Network, Objective, initialise
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
    fit,
)

THREADS = (1, 2, 3, 8)


def fit_digits(n_threads, max_norm):
    """Fit with dropout, clipping and early stopping on; return what must not differ."""
    X, y = load_digits(return_X_y=True)
    X, targets = (X / 16).astype(np.float32), Targets.learn(y)
    network = Network.dense([64, 256, 128, 10], "tanh", dropout=0.2)
    objective, optimiser = Objective(network, targets.loss, alpha=0.01), Adam(weight_decay=0.01)
    plan = Plan(
        optimiser, Constant(0.005), Patience(0.01, 2, by_score=True), 256, 40, max_norm=max_norm
    )
    member = Member.start(initialise(network, 3, X.dtype), optimiser.moments, 3)
    validation = Validation(
        Examples(X[1300:], y[1300:]), lambda scores: targets.accuracy(scores, y[1300:])
    )
    fold = Fold(Examples(X[:1300], y[:1300]), validation)
    crew = Crew(objective, optimiser, [3], n_threads)
    state = fit(crew, TrainingState.of([member]), plan, FoldsInMemory([fold]))
    assert state.stopped is not None
    curve = np.array([state.history.losses, state.history.scores])
    digest = sha256(member.parameters.theta.tobytes() + curve.tobytes()).hexdigest()
    return digest, state.epoch, state.best_epoch


@pytest.mark.parametrize("max_norm", [float("inf"), 0.5])
def test_fits_have_the_same_bits(max_norm):
    results = {fit_digits(n_threads, max_norm) for n_threads in THREADS}
    assert len(results) == 1


def test_fits_have_the_same_bits_while_others_run_beside_them():
    """Each is slowed and interleaved by the others; the BLAS limit is shared."""
    alone = fit_digits(2, float("inf"))
    with ThreadPoolExecutor(len(THREADS)) as pool:
        together = set(pool.map(lambda n: fit_digits(n, float("inf")), THREADS))
    assert together == {alone}
