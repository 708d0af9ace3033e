"""L-BFGS: SciPy's, on our loss; and as scikit-learn's from the same weights."""

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier as ScikitMLP

from deltarule.engines import Examples, create_engine
from deltarule.errors import DivergenceError
from deltarule.network import LOSSES, Network, Objective, Parameters
from deltarule.training import (
    Crew,
    Fold,
    FoldsInMemory,
    FullBatchPlan,
    Member,
    Patience,
    TrainingState,
    Validation,
    begin,
    fit_full_batch,
    go_on,
    train,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 5))
Y = (X[:, 0] * X[:, 1] > 0).astype(int) + (X[:, 2] > 1)
OBJECTIVE = Objective(Network.dense([5, 7, 3], "tanh"), LOSSES["softmax"], alpha=0.01)
PATIENT = Patience(0, np.inf)


def plan(iterations=30, tol=1e-6, stopping=PATIENT, evaluations=1000):
    return FullBatchPlan(stopping, tol, iterations, evaluations)


def run(plan, validation=None, state=None, dtype=np.float64):
    state = state or begin(OBJECTIVE.network, plan, [3], dtype, [Examples(X, Y)])
    assert train(OBJECTIVE, plan, state, FoldsInMemory([Fold(Examples(X, Y), validation)])) is None
    return state


class GivenStart(ScikitMLP):
    """scikit-learn's, from weights that are given instead of drawn."""

    start = None

    def _init_coef(self, fan_in, fan_out, dtype):
        k = {5: 1, 7: 2}[fan_in]
        return self.start.W[k].T.copy(), self.start.b[k][:, 0].copy()


@pytest.mark.parametrize("iterations", [1, 5, 20])
def test_it_is_scikit_learns_from_the_same_weights(iterations):
    state = begin(OBJECTIVE.network, plan(), [3], np.float64, [Examples(X, Y)])
    theirs = GivenStart((7,), "tanh", solver="lbfgs", alpha=0.01, max_iter=iterations, tol=1e-6)
    (theirs.start,) = state.parameters
    with pytest.warns(Warning, match="lbfgs failed to converge"):
        theirs.fit(X, Y)
    ours = run(plan(iterations), state=state)
    assert ours.history[-1].loss == pytest.approx(theirs.loss_, rel=1e-10)
    np.testing.assert_allclose(ours.parameters[0].W[1].T, theirs.coefs_[0], rtol=1e-6, atol=1e-8)


def test_an_iteration_is_an_epoch_of_the_history():
    state = run(plan(10))
    assert state.epoch == len(state.history) == 10
    losses = np.array(state.history.losses)
    assert (np.diff(losses) < 0).all()
    assert np.isnan([epoch.rate for epoch in state.history]).all()
    assert all(epoch.squares.shape == (2, 3) for epoch in state.history)
    assert state.stopped is None  # it ran out of iterations


def test_its_last_gradient_norm_is_that_of_the_weights_it_leaves():
    state = run(plan(10))
    engine, gradient = create_engine(OBJECTIVE), Parameters(OBJECTIVE.network.layout)
    engine.loss_and_gradient(state.parameters[0], Examples(X, Y), np.arange(90), 0, gradient)
    assert state.history[-1].gradient_norm == pytest.approx(
        np.linalg.norm(gradient.theta / 90), rel=1e-9
    )


def test_it_stops_where_the_gradient_is_small():
    state = run(plan(500, tol=1e-3))
    assert "L-BFGS" in state.stopped
    assert state.epoch < 500


def test_rows_and_weights_count():
    """Twice a row is a row of weight two; a row that is not in ``rows`` is not there."""
    weights = np.ones(90)
    weights[:30] = 2
    twice = np.concatenate([np.arange(90), np.arange(30)])

    def fitted(examples):
        state = begin(OBJECTIVE.network, plan(), [3], np.float64, [examples])
        return fit_full_batch(
            Crew(OBJECTIVE, None, [3]), state, plan(8), FoldsInMemory([Fold(examples)])
        )

    weighted = fitted(Examples(X, Y, weights))
    repeated = fitted(Examples(X, Y, rows=twice))
    copied = fitted(Examples(X[twice], Y[twice]))
    assert repeated.history.losses == pytest.approx(copied.history.losses, rel=1e-9)
    assert weighted.history.losses == pytest.approx(copied.history.losses, rel=1e-6)


def test_the_best_iteration_is_kept_and_patience_stops():
    scores = iter([0.1, 0.9, 0.5, 0.4, 0.3, 0.2])
    validation = Validation(Examples(X[:20], Y[:20]), lambda _: next(scores))
    state = run(plan(stopping=Patience(0.01, 2, by_score=True)), validation)
    assert (state.epoch, state.best_epoch) == (5, 2)
    assert "validation score" in state.stopped
    assert state.parameters[0].theta.tobytes() == run(plan(2)).parameters[0].theta.tobytes()


def test_going_on_begins_a_new_search_from_the_weights():
    first = run(plan(10))
    second = run(plan(10), state=go_on(first, plan(10)))
    assert second.epoch == 20
    assert second.history.losses[10] < first.history.losses[-1]
    assert first.epoch == 10  # go_on works on a copy


def test_nothing_to_learn_is_one_epoch():
    objective = Objective(Network.dense([5, 1], "tanh"), LOSSES["softmax"])
    examples = Examples(X, np.zeros(90, int))
    state = begin(objective.network, plan(), [0], np.float64, [examples])
    train(objective, plan(), state, FoldsInMemory([Fold(examples)]))
    assert state.history.losses == [0.0]
    assert "L-BFGS" in state.stopped


def test_a_loss_that_is_not_finite_is_divergence():
    objective = Objective(Network.dense([5, 3]), LOSSES["softmax"])
    examples = Examples(1e308 * np.sign(X), Y)
    state = begin(objective.network, plan(), [3], np.float64, [examples])
    with np.errstate(all="ignore"), pytest.raises(DivergenceError, match="Scale the columns"):
        train(objective, plan(), state, FoldsInMemory([Fold(examples)]))
    assert np.isfinite(state.parameters[0].theta).all()


def test_a_solver_that_takes_over_begins_with_fresh_moments(adam_run):
    """And counts its steps anew, as bias corrections and dropout masks belong to the moments."""
    before = Member.start(adam_run.start().parameters[0], (), 4)
    before.step = 7
    (taken,) = go_on(TrainingState.of([before]), adam_run.plan).members
    assert taken.moments.keys() == {"m", "v"}
    assert not any(moment.any() for moment in taken.moments.values())
    assert taken.step == 0
    assert before.step == 7


def test_a_solver_that_goes_on_keeps_its_moments(adam_run):
    (before,) = (state := adam_run.fit()).members
    (again,) = go_on(state, adam_run.plan).members
    assert all((again.moments[name] == before.moments[name]).all() for name in ("m", "v"))
    assert again.step == before.step
    assert again.parameters is not before.parameters
