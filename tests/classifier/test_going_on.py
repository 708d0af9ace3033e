"""``warm_start`` and ``partial_fit``: training that goes on has the bits of training in one go."""

import pickle

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier as ScikitMLP

from deltarule import MLPClassifier, load_model
from deltarule.errors import DataError, SettingError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SOLVERS = {
    "adam": {},
    "sgd": {"solver": "sgd", "learning_rate_init": 0.05},
    "invscaling": {"solver": "sgd", "learning_rate_init": 0.5, "learning_rate": "invscaling"},
    "dropout": {"dropout": 0.3},
    "clipping": {"clip_norm": 0.1},
    "decay": {"weight_decay": 0.1},
    "schedule": {"schedule": "cosine", "schedule_epochs": 10},
    "float32": {"dtype": "float32"},
}


def make(epochs, **settings):
    return MLPClassifier((6,), max_iter=epochs, batch_size=32, random_state=0, **settings)


def bits(model):
    weights = b"".join(array.tobytes() for array in (*model.coefs_, *model.intercepts_))
    history = {k: v.tobytes() for k, v in model.history_.items() if k != "seconds"}
    return weights, history, model.t_


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_warm_start_goes_on_as_if_it_had_never_stopped(iris, solver):
    whole = make(9, **SOLVERS[solver]).fit(*iris)
    parts = make(4, warm_start=True, **SOLVERS[solver]).fit(*iris)
    parts.set_params(max_iter=5).fit(*iris)
    assert bits(parts) == bits(whole)
    assert (parts.n_iter_, whole.n_iter_) == (5, 9)
    assert len(parts.loss_curve_) == 9


@pytest.mark.parametrize("solver", SOLVERS)
def test_one_epoch_after_the_other_is_one_fit(iris, solver):
    settings = SOLVERS[solver]
    if "schedule" not in settings:
        whole = make(5, **settings).fit(*iris)
    else:
        whole = make(10, **settings).fit(*iris)
    parts = make(10, **settings)
    for _ in range(whole.n_iter_):
        parts.partial_fit(*iris, classes=[0, 1, 2])
        assert parts.n_iter_ == 1
    assert bits(parts) == bits(whole)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_also_after_a_pickle(iris, solver):
    whole = make(6, **SOLVERS[solver]).fit(*iris)
    half = make(3, warm_start=True, **SOLVERS[solver]).fit(*iris)
    assert bits(pickle.loads(pickle.dumps(half)).fit(*iris)) == bits(whole)


def test_with_early_stopping_patience_goes_on_too(iris):
    """From the best weights so far, as scikit-learn does: with the count of stale epochs."""
    settings = {"early_stopping": True, "n_iter_no_change": 4, "warm_start": True}
    model = make(3, **settings).fit(*iris)
    best = model.best_validation_score_
    model.fit(*iris)
    assert model.best_validation_score_ >= best
    assert len(model.validation_scores_) == len(model.loss_curve_) <= 6


def test_lbfgs_goes_on_from_its_weights(iris):
    model = make(5, solver="lbfgs", warm_start=True).fit(*iris)
    first = model.loss_
    assert model.fit(*iris).loss_ < first
    assert (model.n_iter_, len(model.loss_curve_)) == (5, 10)


def test_a_change_of_solver_keeps_the_weights(iris):
    model = make(50, warm_start=True).fit(*iris)
    before = model.loss_
    model.set_params(solver="lbfgs", max_iter=20).fit(*iris)
    assert model.loss_ < before
    model.set_params(solver="sgd", max_iter=1, learning_rate_init=1e-4).fit(*iris)
    assert model.loss_ == pytest.approx(model.loss_curve_[-2], rel=0.01)


def test_without_warm_start_a_fit_begins_anew(iris):
    model = make(3)
    first = bits(model.fit(*iris))
    assert bits(model.fit(*iris)) == first


def test_a_loaded_model_goes_on_from_its_weights(iris, tmp_path):
    model = make(30, warm_start=True, learning_rate_init=0.01).fit(*iris)
    model.save(tmp_path / "model.deltarule")
    again = load_model(tmp_path / "model.deltarule").set_params(max_iter=1).fit(*iris)
    assert again.loss_curve_ == pytest.approx([model.loss_], rel=0.05)


# ------------------------------------------------------------------------ what is asked of data


@pytest.mark.parametrize("estimator", [MLPClassifier, ScikitMLP])
def test_a_warm_start_wants_all_the_same_classes(iris, estimator):
    X, y = iris
    model = estimator(warm_start=True, max_iter=2).fit(X, y)
    with pytest.raises(ValueError, match="warm_start can only be used where `y` has the same"):
        model.fit(X[y > 0], y[y > 0])


def test_a_warm_start_wants_the_same_layers(iris):
    X, y = iris
    model = make(2, warm_start=True).fit(X, y)
    before = bits(model)
    with pytest.raises(SettingError, match=r"keeps its layers.*\(6, 4\) and \(3, 6\)"):
        model.set_params(hidden_layer_sizes=(7,)).fit(X, y)
    assert bits(model) == before


@pytest.mark.parametrize("estimator", [MLPClassifier, ScikitMLP])
def test_partial_fit_asks_for_the_classes_first(iris, estimator):
    with pytest.raises(ValueError, match="classes must be passed on the first call to partial_fit"):
        estimator().partial_fit(*iris)


@pytest.mark.parametrize("estimator", [MLPClassifier, ScikitMLP])
def test_and_never_again_for_others(iris, estimator):
    model = estimator().partial_fit(*iris, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="is not the same as on last call to partial_fit, was"):
        model.partial_fit(*iris, classes=[0, 1, 2, 3])


def test_a_batch_need_not_have_every_class(iris):
    X, y = iris
    names = np.array(["x", "y", "z"])[y]
    model = make(1).partial_fit(X[:50], names[:50], classes=["z", "x", "y"])
    assert model.classes_.tolist() == ["x", "y", "z"]
    assert model.partial_fit(X[50:], names[50:]).predict_proba(X[:1]).shape == (1, 3)


def test_a_label_that_is_not_among_the_classes_is_a_named_error(iris):
    X, y = iris
    model = make(1).partial_fit(X, y, classes=[0, 1, 2])
    before = bits(model)
    with pytest.raises(DataError, match="The label 7 is not among the labels"):
        model.partial_fit(X, np.where(y == 2, 7, y))
    assert bits(model) == before


def test_partial_fit_of_two_classes_and_of_many_labels(blobs):
    X, y = blobs
    binary = make(1).partial_fit(X, y, classes=[0, 1])
    assert (binary.n_outputs_, binary.out_activation_) == (1, "logistic")
    many = np.column_stack([y, 1 - y, y])
    multi = make(1).partial_fit(X, many, classes=[0, 1, 2])
    assert multi.partial_fit(X, many).predict(X).shape == many.shape
    with pytest.raises(DataError, match="2 columns of labels"):
        multi.partial_fit(X, many[:, :2])
    with pytest.raises(DataError, match="one label a row"):
        multi.partial_fit(X, y)


@pytest.mark.parametrize("estimator", [MLPClassifier, ScikitMLP])
def test_partial_fit_is_not_for_lbfgs_nor_for_early_stopping(iris, estimator):
    assert not hasattr(estimator(solver="lbfgs"), "partial_fit")
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
        estimator(early_stopping=True).partial_fit(*iris, classes=[0, 1, 2])


@pytest.mark.filterwarnings("ignore:Got `batch_size`")
def test_partial_fit_on_batches_of_any_size(iris):
    X, y = iris
    model = make(1, learning_rate_init=0.05)
    for _ in range(40):
        for rows in (slice(0, 150, 3), slice(1, 150, 3), slice(2, 3)):
            model.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
    assert model.score(X, y) > 0.9
    assert model.t_ == 40 * 101
