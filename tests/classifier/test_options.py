"""What scikit-learn lacks reaches the network: each option against doing it by hand."""

import warnings

import numpy as np
import pytest

from deltarule import MLPClassifier
from deltarule.errors import OutOfMemoryError, SettingError
from deltarule.network import LOSSES, SGD, Network, Objective, Parameters, initialise

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

STEP = {"solver": "sgd", "momentum": 0, "learning_rate_init": 0.1, "batch_size": 150, "alpha": 0}


def one_step(iris, sizes=(5,), **settings):
    """Fit for one full-batch step of gradient descent; return its weights, before and after."""
    model = MLPClassifier(sizes, **{**STEP, "max_iter": 1, "random_state": 0, **settings})
    after = model.fit(*iris)._parameters
    return initialise(model._objective.network, model._state.seed), after, model


def mean_gradient(iris, before, network, smoothing=0.0):
    X, y = iris
    gradient = Parameters(network.layout)
    objective = Objective(network, LOSSES["softmax"], label_smoothing=smoothing)
    objective.loss_and_gradient(before, X.T, y, gradient)
    return gradient.theta / len(y)


def test_label_smoothing(iris):
    before, after, model = one_step(iris, label_smoothing=0.2)
    g = mean_gradient(iris, before, model._objective.network, smoothing=0.2)
    np.testing.assert_allclose(after.theta, before.theta - 0.1 * g, atol=1e-12)


def test_activations_of_each_layer(iris):
    before, after, model = one_step(iris, (5, 4), activation=["gelu", "mish"])
    network = Network.dense([4, 5, 4, 3], ["gelu", "mish"])
    assert model._objective.network == network
    g = mean_gradient(iris, before, network)
    np.testing.assert_allclose(after.theta, before.theta - 0.1 * g, atol=1e-12)


def test_clipping_by_norm(iris):
    before, after, model = one_step(iris, clip_norm=0.01)
    g = mean_gradient(iris, before, model._objective.network)
    g *= 0.01 / np.linalg.norm(g)
    np.testing.assert_allclose(after.theta, before.theta - 0.1 * g, atol=1e-12)
    assert model.history_["gradient_norm"] == pytest.approx([0.01])


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_weight_decay_shrinks_weights_not_biases(iris, solver):
    """By rate x decay, beside the step that would have been made without."""
    _, plain, _ = one_step(iris, solver=solver)
    before, decayed, _ = one_step(iris, solver=solver, weight_decay=0.5)
    for k, W in decayed.W.items():
        np.testing.assert_allclose(W, plain.W[k] - 0.05 * before.W[k], atol=1e-12)
        np.testing.assert_array_equal(decayed.b[k], plain.b[k])


def test_dropout_of_each_layer(iris):
    """One layer without, one with; none when predicting."""
    model = MLPClassifier((5, 4), dropout=[0, 0.5], max_iter=3, random_state=0).fit(*iris)
    assert [layer.dropout for layer in model._objective.network.layers] == [0, 0.5, 0]
    np.testing.assert_array_equal(model.predict_proba(iris[0]), model.predict_proba(iris[0]))
    without = MLPClassifier((5, 4), max_iter=3, random_state=0).fit(*iris)
    assert not np.array_equal(model.coefs_[1], without.coefs_[1])


def test_a_schedule_sets_the_rate(iris):
    settings = {"schedule": "cosine", "max_iter": 10, "learning_rate_init": 0.2}
    model = MLPClassifier((5,), batch_size=150, random_state=0, **settings).fit(*iris)
    expected = 0.2 * (1 + np.cos(np.pi * np.arange(10) / 10)) / 2
    assert model.history_["rate"] == pytest.approx(expected)
    function = model.set_params(schedule=lambda p: (1 + np.cos(np.pi * p)) / 2).fit(*iris)
    assert function.history_["rate"] == pytest.approx(expected)


def test_a_schedule_that_has_run_its_course_is_no_lack_of_convergence(iris):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MLPClassifier((5,), schedule="cosine", max_iter=3).fit(*iris)


@pytest.mark.parametrize("dtype", ["float32", "float64", None])
@pytest.mark.parametrize("given", ["float32", "float64", "float16", "uint8", "int64"])
def test_dtype_is_what_is_computed_in(load, dtype, given):
    X, y = load("digits")
    X = np.clip(8 + 4 * X, 0, 16).astype(given)
    model = MLPClassifier((5,), dtype=dtype, max_iter=2, random_state=0).fit(X, y)
    expected = dtype or ("float32" if given == "float32" else "float64")
    assert model.coefs_[0].dtype == expected
    assert model.predict_proba(X).dtype == expected


def test_small_types_are_gathered_as_they_are(load):
    """The bits are those of the same numbers in the type that is computed in."""
    X, y = load("digits")
    X = np.clip(8 + 4 * X, 0, 16).astype(np.uint8)
    fits = [
        MLPClassifier((5,), dtype="float32", max_iter=2, random_state=0).fit(form, y)
        for form in (X, X.astype(np.float16), X.astype(np.float32))
    ]
    assert len({fit.coefs_[0].tobytes() for fit in fits}) == 1
    assert len({fit.predict_proba(X).tobytes() for fit in fits}) == 1


@pytest.mark.parametrize("n_threads", [1, 2, 3, 8])
def test_threads_change_no_bit(load, n_threads):
    X, y = load("digits")
    settings = {"dropout": 0.1, "clip_norm": 1.0, "early_stopping": True, "max_iter": 3}
    fits = [
        MLPClassifier((300, 200), n_threads=n, batch_size=500, random_state=0, **settings)
        for n in (None, n_threads)
    ]
    assert len({fit.fit(X, y).coefs_[0].tobytes() for fit in fits}) == 1
    assert len({str(fit.loss_curve_ + fit.validation_scores_) for fit in fits}) == 1


COMBINED = {
    "lbfgs and dropout": ({"solver": "lbfgs", "dropout": [0.1]}, "cannot use dropout"),
    "lbfgs and decay": ({"solver": "lbfgs", "weight_decay": 0.1}, "cannot use weight_decay"),
    "lbfgs and clipping": ({"solver": "lbfgs", "clip_norm": 1}, "cannot use clip_norm"),
    "lbfgs and a schedule": ({"solver": "lbfgs", "schedule": "steps"}, "cannot use schedule"),
    "two schedules": (
        {"solver": "sgd", "schedule": "steps", "learning_rate": "adaptive"},
        "both say how the rate changes",
    ),
    "the end of no schedule": ({"schedule_epochs": 5}, "there is none"),
    "too many activations": ({"activation": ["relu", "tanh"]}, "2 values.*for 1 hidden layers"),
    "too few rates": ({"dropout": ()}, "0 values.*for 1 hidden layers"),
    "a rubbish schedule": ({"schedule": lambda p: -np.ones_like(p)}, "must return a finite"),
}


@pytest.mark.parametrize("combined", COMBINED)
def test_what_cannot_go_together_is_found_before_training(iris, combined):
    settings, message = COMBINED[combined]
    model = MLPClassifier((5,), max_iter=10**9, **settings)
    with pytest.raises(SettingError, match=message):
        model.fit(*iris)
    assert not hasattr(model, "classes_")


def test_sgd_of_the_estimator_decays():
    """The plan's rule is the network's: nothing of it is lost on the way."""
    from deltarule.classifier.plan import plan_of

    plan = plan_of(MLPClassifier(solver="sgd", weight_decay=0.1, momentum=0.5), 100, 1)
    assert plan.optimiser == SGD(0.5, nesterov=True, weight_decay=0.1)


def test_a_network_beyond_memory_is_refused_before_it_is_made(iris):
    with pytest.raises(OutOfMemoryError, match="GB"):
        MLPClassifier((10**6, 10**6)).fit(*iris)
