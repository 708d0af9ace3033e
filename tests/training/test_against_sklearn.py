"""Step for step what scikit-learn does: same start, same batches, same weights and losses.

scikit-learn's start weights are the first draws of its RandomState, layer by layer; drawn again
here they start deltarule too, and the generator then stands where scikit-learn splits off its
validation rows.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from deltarule.engines import Examples
from deltarule.network import LOSSES, SGD, Adam, Network, Objective, Parameters
from deltarule.training import (
    Constant,
    Crew,
    Fold,
    FoldsInMemory,
    InverseScaling,
    Member,
    Patience,
    Plan,
    TrainingState,
    Validation,
    fit,
)

N_ROWS, EPOCHS, HIDDEN, SEED = 157, 20, (8, 5), 0
KINDS = ("binary", "multi-class", "multi-label")
X = np.random.default_rng(1).normal(size=(N_ROWS, 6))


def labels(kind):
    if kind == "binary":
        return (X[:, 0] + X[:, 1] ** 2 > 0.8).astype(int)
    if kind == "multi-class":
        return np.digitize(X[:, 0] + X[:, 1], [-0.5, 0.5])
    return (X[:, :3] + X[:, 3:] > 0).astype(int)


@dataclass(frozen=True)
class Case:
    """One way to train, said to both."""

    kind: str
    solver: str
    schedule: str = "constant"
    nesterov: bool = False
    rate: float = 0.1
    tol: float = 1e-4
    patience: int = 100
    early_stopping: bool = False

    def sklearn(self):
        return MLPClassifier(
            HIDDEN,
            "tanh",
            solver=self.solver,
            alpha=0.01,
            batch_size=32,
            learning_rate=self.schedule,
            learning_rate_init=self.rate,
            power_t=0.3,
            max_iter=EPOCHS,
            shuffle=False,
            random_state=SEED,
            tol=self.tol,
            nesterovs_momentum=self.nesterov,
            early_stopping=self.early_stopping,
            validation_fraction=0.2,
            n_iter_no_change=self.patience,
        )

    def plan(self):
        sgd = self.solver == "sgd"
        schedule = Constant(self.rate)
        if self.schedule == "invscaling":
            schedule = InverseScaling(self.rate, 0.3)
        slow_down = 5 if self.schedule == "adaptive" else 1
        return Plan(
            SGD(0.9, self.nesterov) if sgd else Adam(corrects_epsilon=False),
            schedule,
            Patience(self.tol, self.patience, self.early_stopping, slow_down),
            batch_size=32,
            epochs=EPOCHS,
            shuffle=False,
        )


def fit_sklearn(case, weights=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return case.sklearn().fit(X, labels(case.kind), weights)


def start_parameters(network, rng):
    """Draw what scikit-learn draws: W and b of each layer, Glorot-uniform."""
    parameters = Parameters(network.layout)
    for k, layer in network:
        r = np.sqrt(6 / (layer.n_in + layer.n_out))
        parameters.W[k][:] = rng.uniform(-r, r, (layer.n_in, layer.n_out)).T
        parameters.b[k][:, 0] = rng.uniform(-r, r, layer.n_out)
    return parameters


def fit_deltarule(case, weights=None):
    y = labels(case.kind)
    y = y if case.kind == "multi-class" else y.reshape(N_ROWS, -1)
    loss = LOSSES["softmax" if case.kind == "multi-class" else "sigmoid"]
    network = Network.dense([6, *HIDDEN, 1 if case.kind == "binary" else 3], "tanh")
    rng, plan = np.random.RandomState(SEED), case.plan()
    member = Member.start(start_parameters(network, rng), plan.optimiser.moments, SEED)
    examples, validation = Examples(X, y, weights), None
    if case.early_stopping:
        train, held_out = split(rng, y, stratify=case.kind == "binary")
        examples = Examples(X[train], y[train])
        validation = Validation(Examples(X[held_out], y[held_out]), accuracy(loss, y[held_out]))
    crew = Crew(Objective(network, loss, alpha=0.01), plan.optimiser, [SEED])
    return fit(crew, TrainingState.of([member]), plan, FoldsInMemory([Fold(examples, validation)]))


def split(rng, y, stratify):
    """The rows that scikit-learn trains on, and those that it scores: it stratifies binary y."""
    return train_test_split(
        np.arange(N_ROWS), random_state=rng, test_size=0.2, stratify=y if stratify else None
    )


def accuracy(loss, y):
    if loss.name == "softmax":
        return lambda scores: accuracy_score(y, scores.argmax(axis=1))
    return lambda scores: accuracy_score(y, scores > 0)


def assert_agree(case, weights=None):
    theirs, state = fit_sklearn(case, weights), fit_deltarule(case, weights)
    np.testing.assert_allclose(state.history.losses, theirs.loss_curve_, rtol=1e-10)
    for k, (coefs, intercepts) in enumerate(zip(theirs.coefs_, theirs.intercepts_, strict=True), 1):
        np.testing.assert_allclose(state.parameters[0].W[k].T, coefs, rtol=0, atol=1e-10)
        np.testing.assert_allclose(state.parameters[0].b[k][:, 0], intercepts, rtol=0, atol=1e-10)
    return theirs, state


@pytest.mark.parametrize("kind", KINDS)
def test_adam(kind):
    _, state = assert_agree(Case(kind, "adam", rate=0.01))
    assert state.epoch == EPOCHS


@pytest.mark.parametrize("schedule", ["constant", "invscaling"])
@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_sgd(kind, nesterov, schedule):
    _, state = assert_agree(Case(kind, "sgd", schedule, nesterov))
    assert state.epoch == EPOCHS


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_adaptive_sgd_slows_down_where_scikit_learn_does(kind, nesterov):
    """A tolerance of 0.1 that soon no epoch gains: the rate falls at least twice on the way."""
    case = Case(kind, "sgd", "adaptive", nesterov, tol=0.1, patience=2)
    _, state = assert_agree(case)
    rates = sorted({round(epoch.rate, 12) for epoch in state.history}, reverse=True)
    assert rates[:3] == pytest.approx([0.1, 0.02, 0.004])


@pytest.mark.parametrize("kind", KINDS)
def test_adaptive_sgd_stops_where_scikit_learn_does(kind):
    """From a rate of 1e-6 on it no longer slows down but stops, before its last epoch."""
    theirs, state = assert_agree(Case(kind, "sgd", "adaptive", rate=3e-5, tol=1, patience=2))
    assert state.stopped
    assert state.epoch == theirs.n_iter_ < EPOCHS


@pytest.mark.parametrize("kind", KINDS)
def test_stops_in_scikit_learns_epoch(kind):
    theirs, state = assert_agree(Case(kind, "adam", rate=0.01, tol=0.1, patience=1))
    assert state.stopped
    assert state.epoch == theirs.n_iter_ < EPOCHS


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("kind", KINDS)
def test_sample_weights(kind, solver):
    weights = np.random.default_rng(2).uniform(0, 3, N_ROWS)
    weights[::7] = 0
    weighted, _ = assert_agree(Case(kind, solver, rate=0.01), weights)
    plain = fit_sklearn(Case(kind, solver, rate=0.01))
    assert abs(weighted.coefs_[0] - plain.coefs_[0]).max() > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_early_stopping(kind):
    """Same validation rows, same scores, same stop, same best weights: not those of the end."""
    case = Case(kind, "adam", rate=0.05, tol=1e-3, patience=2, early_stopping=True)
    theirs, state = assert_agree(case)
    assert state.history.scores == pytest.approx(theirs.validation_scores_)
    assert state.best_score == pytest.approx(theirs.best_validation_score_)
    assert state.epoch == theirs.n_iter_ < EPOCHS
    assert state.best_epoch < state.epoch
