"""From scikit-learn's networks, and to PyTorch's."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier as ScikitMLP
from sklearn.neural_network import MLPRegressor

from deltarule import MLPClassifier, load_model
from deltarule.errors import SettingError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

TARGETS = {
    "binary": lambda y: np.array(["no", "yes"])[np.minimum(y, 1)],
    "multi-class": lambda y: y + 5,
    "multi-label": lambda y: np.column_stack([y > 0, y == 1]).astype(int),
}
PLANS = {"adam": {}, "lbfgs": {"solver": "lbfgs"}, "early stopping": {"early_stopping": True}}


@pytest.fixture(params=TARGETS)
def data(request, iris):
    return iris[0], TARGETS[request.param](iris[1])


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_a_network_of_scikit_learn_predicts_the_same_here(data, plan, activation, tmp_path):
    X, y = data
    theirs = ScikitMLP((6, 5), activation, max_iter=20, random_state=0, **PLANS[plan]).fit(X, y)
    ours = MLPClassifier.from_sklearn(theirs)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-12)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X), strict=True)
    assert (ours.n_iter_, ours.t_) == (theirs.n_iter_, theirs.t_)
    assert {k: v for k, v in ours.get_params().items() if k in theirs.get_params()} == (
        theirs.get_params()
    )
    ours.save(tmp_path / "model.deltarule")
    again = load_model(tmp_path / "model.deltarule")
    assert again.predict_proba(X).tobytes() == ours.predict_proba(X).tobytes()


def test_it_is_a_copy(iris):
    theirs = ScikitMLP((6,), max_iter=2, random_state=0).fit(*iris)
    ours = MLPClassifier.from_sklearn(theirs)
    theirs.coefs_[0][:] = 0
    assert ours.coefs_[0].any()


def test_float32_and_column_names_come_along(load):
    pandas = pytest.importorskip("pandas", reason="column names come from data frames")
    X, y = load("iris")
    frame = pandas.DataFrame(X.astype(np.float32), columns=list("abcd"))
    ours = MLPClassifier.from_sklearn(ScikitMLP((6,), max_iter=2).fit(frame, y))
    assert ours.coefs_[0].dtype == np.float32
    assert ours.feature_names_in_.tolist() == list("abcd")


def test_its_training_can_go_on_here(iris):
    theirs = ScikitMLP((20,), max_iter=100, random_state=0, warm_start=True).fit(*iris)
    ours = MLPClassifier.from_sklearn(theirs).set_params(max_iter=30).fit(*iris)
    assert ours.loss_ < theirs.loss_


@pytest.mark.parametrize("other", [MLPRegressor(), LogisticRegression(), None, ScikitMLP])
def test_anything_else_is_a_named_error(other):
    with pytest.raises(SettingError, match=r"takes a fitted sklearn\.neural_network\.MLPClassif"):
        MLPClassifier.from_sklearn(other)


def test_so_is_one_that_is_not_fitted():
    with pytest.raises(NotFittedError):
        MLPClassifier.from_sklearn(ScikitMLP())


def test_a_state_dict_is_pytorchs(data):
    torch = pytest.importorskip("torch", reason="PyTorch is an extra: pip install '.[bench]'")
    X, y = data
    model = MLPClassifier((6, 5), "tanh", max_iter=3, random_state=0).fit(X, y)
    nn = torch.nn
    network = nn.Sequential(
        nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, model.n_outputs_)
    ).double()
    arrays = model.to_state_dict()
    network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    with torch.no_grad():
        scores = network(torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(scores, model.activations(X, 3), atol=1e-12)


def test_a_state_dict_is_a_copy_with_names_and_shapes(iris):
    model = MLPClassifier((6,), max_iter=1).fit(*iris)
    arrays = model.to_state_dict()
    assert {name: array.shape for name, array in arrays.items()} == {
        "0.weight": (6, 4),
        "0.bias": (6,),
        "2.weight": (3, 6),
        "2.bias": (3,),
    }
    arrays["0.weight"][:] = 0
    assert model.coefs_[0].any()
