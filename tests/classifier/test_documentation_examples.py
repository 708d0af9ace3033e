"""The examples of scikit-learn 1.9's documentation that use MLPClassifier, each with both imports.

Class docstring, user guide ("Neural network models") and gallery; with their data and parameters.
"""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from sklearn import neural_network
from sklearn.datasets import (
    load_digits,
    load_iris,
    make_circles,
    make_classification,
    make_moons,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import deltarule

IMPORTS = pytest.mark.parametrize(
    "MLPClassifier",
    [deltarule.MLPClassifier, neural_network.MLPClassifier],
    ids=["deltarule", "scikit-learn"],
)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@IMPORTS
def test_class_docstring(MLPClassifier):
    X, y = make_classification(n_samples=100, random_state=1)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=1)
    clf = MLPClassifier(random_state=1, max_iter=300).fit(X_train, y_train)
    assert clf.predict_proba(X_test[:1])[0, 1] > 0.9
    assert clf.predict(X_test[:5, :]).tolist() == [1, 0, 1, 0, 1]
    assert clf.score(X_test, y_test) == pytest.approx(0.88, abs=0.05)


@IMPORTS
def test_user_guide_two_rows(MLPClassifier):
    X, y = [[0.0, 0.0], [1.0, 1.0]], [0, 1]
    clf = MLPClassifier(solver="lbfgs", alpha=1e-5, hidden_layer_sizes=(5, 2), random_state=1)
    shown = repr(clf.fit(X, y))
    assert shown.startswith("MLPClassifier(alpha=1e-05, hidden_layer_sizes=(5, 2)")
    assert clf.predict([[2.0, 2.0], [-1.0, -2.0]]).tolist() == [1, 0]
    assert [coef.shape for coef in clf.coefs_] == [(2, 5), (5, 2), (2, 1)]
    assert (clf.predict_proba([[2.0, 2.0], [1.0, 2.0]])[:, 1] > 0.999).all()


@IMPORTS
def test_user_guide_multi_label(MLPClassifier):
    X, y = [[0.0, 0.0], [1.0, 1.0]], [[0, 1], [1, 1]]
    clf = MLPClassifier(solver="lbfgs", alpha=1e-5, hidden_layer_sizes=(15,), random_state=1)
    clf.fit(X, y)
    assert clf.predict([[1.0, 2.0]]).tolist() == [[1, 1]]
    assert clf.predict([[0.0, 0.0]]).tolist() == [[0, 1]]


@IMPORTS
def test_user_guide_watching_each_epoch(MLPClassifier):
    X, y = [[0.0, 0.0], [1.0, 1.0]], [0, 1]
    clf = MLPClassifier(hidden_layer_sizes=(15,), random_state=1, max_iter=1, warm_start=True)
    losses = [clf.fit(X, y).loss_ for _ in range(10)]
    assert losses == clf.loss_curve_
    assert losses[-1] < losses[0]


SGD = {"solver": "sgd", "learning_rate_init": 0.2}
CURVES = {
    "constant": SGD | {"momentum": 0},
    "momentum": SGD | {"momentum": 0.9, "nesterovs_momentum": False},
    "Nesterov": SGD | {"momentum": 0.9, "nesterovs_momentum": True},
    "inverse scaling": SGD | {"learning_rate": "invscaling", "momentum": 0},
    "inverse scaling, momentum": SGD
    | {"learning_rate": "invscaling", "momentum": 0.9, "nesterovs_momentum": False},
    "inverse scaling, Nesterov": SGD | {"learning_rate": "invscaling", "momentum": 0.9},
    "adam": {"solver": "adam", "learning_rate_init": 0.01},
}


@pytest.mark.parametrize("data", [load_iris, load_digits], ids=["iris", "digits"])
@pytest.mark.parametrize("parameters", CURVES.values(), ids=list(CURVES))
def test_gallery_training_curves(data, parameters):
    """plot_mlp_training_curves, where the two curves end at the same height."""
    X, y = data(return_X_y=True)
    X = MinMaxScaler().fit_transform(X)
    settings = {"random_state": 0, "max_iter": 15 if data is load_digits else 400} | parameters
    ours = deltarule.MLPClassifier(**settings).fit(X, y)
    theirs = neural_network.MLPClassifier(**settings).fit(X, y)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=0.2, abs=0.02)
    assert len(ours.loss_curve_) == ours.n_iter_


def two_columns():
    """The third data set of the gallery's comparisons."""
    X, y = make_classification(
        n_features=2, n_redundant=0, n_informative=2, random_state=1, n_clusters_per_class=1
    )
    return X + 2 * np.random.RandomState(2).uniform(size=X.shape), y


PLANES = {
    "moons": lambda: make_moons(noise=0.3, random_state=0),
    "circles": lambda: make_circles(noise=0.2, factor=0.5, random_state=1),
    "linear": two_columns,
}


@pytest.mark.parametrize("data", PLANES)
def test_gallery_alpha(data):
    """plot_mlp_alpha: L-BFGS, early stopping without effect; strong penalties flatten the plane."""
    X, y = PLANES[data]()
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=42)
    settings = {"solver": "lbfgs", "random_state": 1, "max_iter": 2000, "early_stopping": True}
    scores = np.array(
        [
            [
                make_pipeline(
                    StandardScaler(), C(alpha=alpha, hidden_layer_sizes=[10, 10], **settings)
                )
                .fit(X_train, y_train)
                .score(X_test, y_test)
                for C in (deltarule.MLPClassifier, neural_network.MLPClassifier)
            ]
            for alpha in np.logspace(-1, 1, 5)
        ]
    )
    assert scores[:3].min() > 0.75
    np.testing.assert_allclose(scores[3:, 0], scores[3:, 1], atol=0.03)  # the penalty decides


@IMPORTS
@pytest.mark.parametrize("data", PLANES)
def test_gallery_classifier_comparison(MLPClassifier, data):
    """plot_classifier_comparison."""
    X, y = PLANES[data]()
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=42)
    clf = make_pipeline(StandardScaler(), MLPClassifier(alpha=1, max_iter=1000, random_state=42))
    clf.fit(X_train, y_train)
    assert clf.score(X_test, y_test) >= 0.85
    assert clf.predict_proba(X_test)[:, 1].shape == y_test.shape


def mnist(part):
    """Return the images, (n, 784) in [0, 1], and the digits of one part of MNIST."""
    folder = os.environ.get("DELTARULE_DATA")
    if not folder:
        pytest.skip("the environment variable DELTARULE_DATA does not name a folder")
    images, labels = (
        np.frombuffer(gzip.decompress((Path(folder) / "mnist" / name).read_bytes()), np.uint8)
        for name in (f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz")
    )
    return images[16:].reshape(-1, 784) / 255.0, labels[8:].astype(str)


def test_gallery_mnist_filters(capsys):
    """plot_mnist_filters, which prints that it reaches 0.986 in training and 0.953 in test."""
    parts = mnist("train"), mnist("t10k")
    X, y = np.concatenate([X for X, _ in parts]), np.concatenate([y for _, y in parts])
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, test_size=0.7)
    mlp = deltarule.MLPClassifier(
        hidden_layer_sizes=(40,),
        max_iter=8,
        alpha=1e-4,
        solver="sgd",
        verbose=10,
        random_state=1,
        learning_rate_init=0.2,
    )
    with pytest.warns(ConvergenceWarning):
        mlp.fit(X_train, y_train)
    assert "Iteration 8, loss = 0.0" in capsys.readouterr().out
    assert mlp.score(X_train, y_train) == pytest.approx(0.986, abs=0.01)
    assert mlp.score(X_test, y_test) == pytest.approx(0.953, abs=0.005)
    assert mlp.coefs_[0].T[0].reshape(28, 28).shape == (28, 28)
