"""model.predictor(), and predict_proba, which is made of it: never of numbers that are gone."""

import copy
import pickle
import threading

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier as ScikitMLP

from deltarule import MLPClassifier, TabularClassifier
from deltarule.callbacks import Callback

X, Y = load_digits(return_X_y=True)
X = X / 16
SMALL = {"hidden_layer_sizes": (20,), "tol": 1e9, "n_iter_no_change": 2, "random_state": 0}
FLOAT32 = X.astype(np.float32)


@pytest.fixture
def model():
    return MLPClassifier(**SMALL).fit(FLOAT32, Y)


def scored(model, rows=FLOAT32):
    """Return what the scores of the network as it is now say."""
    from deltarule.engines import predict_scores

    return model._targets.probabilities(predict_scores(model._engine, model._parameters, rows))


def assert_up_to_date(model):
    np.testing.assert_allclose(model.predict_proba(FLOAT32), scored(model), rtol=0, atol=1e-6)


@pytest.mark.parametrize("labels", [Y, Y > 4, np.eye(10, dtype=int)[Y]])
def test_it_says_what_predict_proba_says_to_the_bit(labels):
    model = MLPClassifier(**SMALL).fit(FLOAT32, labels)
    predict = model.predictor()
    assert np.array_equal(predict(FLOAT32), model.predict_proba(FLOAT32))
    assert np.array_equal(predict(FLOAT32[:1]), model.predict_proba(FLOAT32[:1]))
    assert_up_to_date(model)


def test_weights_that_are_written_to_count_at_once(model):
    model.predict_proba(FLOAT32)  # frozen
    before = model.predictor()
    expected = before(FLOAT32)
    model.coefs_[1][:, 3] = 0
    model.intercepts_[1][3] = 100
    assert (model.predict_proba(FLOAT32).argmax(axis=1) == 3).all()
    assert_up_to_date(model)
    held = model.coefs_
    model.predict_proba(FLOAT32)
    held[0][:] = 0
    assert_up_to_date(model)
    model.coefs_ = [np.ones_like(W) for W in held]
    assert_up_to_date(model)
    assert np.array_equal(before(FLOAT32), expected), "a predictor stays as it is"


def test_a_trace_has_weights_of_its_own(model):
    model.predict_proba(FLOAT32)
    model.inputs_of(FLOAT32[:2], Y[:2]).parameters.theta[:] = 0
    assert_up_to_date(model)


class Keep(Callback):
    """Keeps the weights that it is shown at the end."""

    held = None

    def on_fit_task_end(self, estimator, context, **_):
        if hasattr(estimator, "coefs_"):
            self.held = estimator.coefs_


def test_weights_that_a_callback_has_kept_count_too():
    model = MLPClassifier(**SMALL)
    model.set_callbacks(keep := Keep())
    model.fit(FLOAT32, Y)
    model.predict_proba(FLOAT32)
    for W in keep.held or []:
        W[:] = 0
    assert_up_to_date(model)


def test_a_network_of_one_class():
    theirs = ScikitMLP((4,), max_iter=20, solver="lbfgs").fit(X[:9], np.zeros(9))
    ours = MLPClassifier.from_sklearn(theirs)
    assert ours.predict_proba(X).shape == (len(X), 1)


def test_training_further_counts(model):
    first = model.predict_proba(FLOAT32)
    model.partial_fit(FLOAT32, Y)
    assert not np.array_equal(model.predict_proba(FLOAT32), first)
    assert_up_to_date(model)
    model.set_params(warm_start=True).fit(FLOAT32, Y)
    assert_up_to_date(model)


class Watch(Callback):
    """Predicts while the network is trained."""

    def __init__(self):
        self.said = []

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None, **_):
        if fitted_estimator is not None:
            rows = FLOAT32[:50]
            self.said.append((fitted_estimator.predict_proba(rows), scored(fitted_estimator, rows)))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_network_that_is_being_trained_is_never_of_before():
    """Scores on held-out rows are by copies of the estimator that share its weights."""
    settings = SMALL | {"tol": 0.0, "max_iter": 6, "n_iter_no_change": 50}
    by_proba = MLPClassifier(early_stopping=True, scoring="neg_log_loss", **settings)
    by_proba.fit(FLOAT32, Y)
    scores = by_proba.validation_scores_
    assert len(set(scores)) == len(scores)
    model = MLPClassifier(**settings)
    model.set_callbacks(watch := Watch())
    model.fit(FLOAT32, Y)
    assert len(watch.said) >= 6
    for told, expected in watch.said:
        np.testing.assert_allclose(told, expected, rtol=0, atol=1e-6)


def test_copies_and_pickles_say_the_same(model):
    expected = model.predict_proba(FLOAT32)
    size = len(pickle.dumps(model))
    for other in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert np.array_equal(other.predict_proba(FLOAT32), expected)
    assert len(pickle.dumps(model)) == size, "the packed weights are not in it"


def test_a_thread_at_work_minds_no_other(model):
    expected, found = model.predict_proba(FLOAT32), []
    fresh = pickle.loads(pickle.dumps(model))
    threads = [
        threading.Thread(target=lambda: found.append(fresh.predict_proba(FLOAT32)))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(each, expected) for each in found)


@pytest.mark.parametrize("settings", [{"preset": "td"}, {"preset": "quick", "n_models": 3}])
def test_of_a_table(settings):
    kinds = np.array(list("abcdefghijkl"))[(X[:, 20] * 11).astype(int)]
    table = {"x": X[:, 30], "y": X[:, 42], "kind": kinds}
    model = TabularClassifier(max_iter=3, random_state=0, **settings).fit(table, Y > 4)
    p = model.predictor()(model.encode(table))
    np.testing.assert_allclose(p, model.predict_proba(table), rtol=0, atol=2e-6)
