"""What a fit leaves behind is what scikit-learn's leaves: names, types, shapes, meaning."""

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier as ScikitMLP

from deltarule import MLPClassifier, load_model

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SHAPES = {
    "binary": lambda y: (y > 0).astype(int),
    "multi-class": lambda y: y,
    "multi-label": lambda y: np.column_stack([y > 0, y > 1, y == 1]).astype(int),
}
PLANS = {
    "adam": {},
    "sgd": {"solver": "sgd"},
    "early stopping": {"early_stopping": True, "validation_fraction": 0.2},
}


def public(model):
    """Return what a fitted estimator has to show: attributes ending in one underscore."""
    names = {n for n in dir(model) if n.endswith("_") and not n.startswith("_")}
    return {name: getattr(model, name) for name in names}


def shape(value):
    """Return what two values should have in common though their numbers differ."""
    if isinstance(value, np.ndarray):
        return "array", value.shape, value.dtype
    if isinstance(value, list):
        return "list", [shape(v) for v in value]
    if isinstance(value, int | np.integer):
        return "int", value
    return "float" if isinstance(value, float | np.floating) else type(value), None


@pytest.fixture(params=SHAPES)
def data(request, iris):
    return iris[0], SHAPES[request.param](iris[1])


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_attributes_are_scikit_learns(data, plan, dtype):
    """After the same number of epochs: also n_iter_, t_ and the lengths of the curves."""
    X, y = data
    settings = {"hidden_layer_sizes": (5, 4), "max_iter": 3, "random_state": 0, **PLANS[plan]}
    ours, theirs = (
        public(model(**settings).fit(X.astype(dtype), y)) for model in (MLPClassifier, ScikitMLP)
    )
    assert ours.keys() == theirs.keys() | {"history_"}
    assert {k: shape(ours[k]) for k in theirs} == {k: shape(v) for k, v in theirs.items()}


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_outputs_have_scikit_learns_shape_and_type(data, method):
    X, y = data
    ours, theirs = (
        getattr(model(max_iter=2, random_state=0).fit(X, y), method)(X[:7])
        for model in (MLPClassifier, ScikitMLP)
    )
    assert shape(ours) == shape(theirs)


def test_coefs_are_views(iris):
    """Into the parameters that predictions come from; they cost nothing to look at."""
    model = MLPClassifier((5,), max_iter=2, random_state=0).fit(*iris)
    assert np.shares_memory(model.coefs_[0], model.coefs_[0])
    model.coefs_[-1][:], model.intercepts_[-1][:] = 0, [0, 3, 0]
    assert (model.predict(iris[0]) == 1).all()
    uniform = np.exp([0, 3, 0]) / np.exp([0, 3, 0]).sum()
    assert model.predict_proba(iris[0][:2]) == pytest.approx(np.tile(uniform, (2, 1)))


def test_coefs_are_the_transposed_weights_of_the_document(iris):
    """h(k) = f(W h(k-1) + b), row by row, gives the scores that predictions come from."""
    X, y = iris
    model = MLPClassifier((5, 4), activation="tanh", max_iter=2, random_state=0).fit(X, y)
    h = X
    for W, b in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
        h = np.tanh(h @ W + b)
    scores = h @ model.coefs_[-1] + model.intercepts_[-1]
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert model.predict_proba(X) == pytest.approx(p, abs=1e-12)


def test_loss_curve_is_of_every_epoch_and_its_ends_are_named(iris):
    model = MLPClassifier((5,), max_iter=7, random_state=0).fit(*iris)
    assert len(model.loss_curve_) == model.n_iter_ == 7
    assert model.loss_ == model.loss_curve_[-1]
    assert model.best_loss_ == min(model.loss_curve_)
    assert model.t_ == 7 * len(iris[0])


def test_the_loss_is_the_mean_cross_entropy_with_its_penalty(iris):
    """Of one full batch before its update: the second epoch sees what the first one left."""
    X, y = iris
    settings = {"alpha": 3.0, "batch_size": 150, "random_state": 0, "max_iter": 1}
    one = MLPClassifier((5,), **settings).fit(X, y)
    two = MLPClassifier((5,), **{**settings, "max_iter": 2}).fit(X, y)
    entropy = -one.predict_log_proba(X)[np.arange(150), y].mean()
    penalty = 3.0 / 2 * sum(np.square(W).sum() for W in one.coefs_) / 150
    assert two.loss_curve_[1] == pytest.approx(entropy + penalty, rel=1e-12)


@pytest.mark.parametrize("plan", PLANS)
def test_attributes_survive_a_file(data, plan, tmp_path):
    X, y = data
    model = MLPClassifier((5, 4), max_iter=3, random_state=0, **PLANS[plan]).fit(X, y)
    model.save(tmp_path / "model.deltarule")
    before, after = public(model), public(load_model(tmp_path / "model.deltarule"))
    assert before.keys() == after.keys()
    for name, value in before.items():
        if name in ("coefs_", "intercepts_"):
            assert all(map(np.array_equal, value, after[name]))
        elif name == "history_":
            assert value.keys() == after[name].keys()
            del value["seconds"]  # the same seed gives the same file
            assert all(np.array_equal(v, after[name][k], equal_nan=True) for k, v in value.items())
        else:
            assert np.array_equal(value, after[name])


def test_a_model_whose_sizes_are_an_array_can_be_saved(iris, tmp_path):
    model = MLPClassifier(np.array([5, 4]), max_iter=1).fit(*iris)
    model.save(tmp_path / "model.deltarule")
    assert load_model(tmp_path / "model.deltarule").n_layers_ == 4
