"""Fault 47: warm_start or partial_fit in two halves - the same bits as in one go.

Where no validation rows restored other weights, no stop fired and the schedule's end is fixed.
tests/classifier/test_going_on.py has every solver; here threads and processes change, too.
"""

import pickle
import subprocess
import sys

import numpy as np
import pytest

from deltarule import MLPClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 8)).astype(np.float32)
Y = np.digitize(X[:, 0] + X[:, 1], [-0.5, 0.5])
SETTINGS = {
    "dropout": 0.2,
    "weight_decay": 0.01,
    "clip_norm": 1.0,
    "schedule": "cosine",
    "schedule_epochs": 10,
    "batch_size": 40,
    "n_iter_no_change": np.inf,
    "random_state": 5,
}


def make(**settings):
    return MLPClassifier((16, 8), **{**SETTINGS, **settings})


def bits(model):
    history = b"".join(v.tobytes() for k, v in model.history_.items() if k != "seconds")
    moments = b"".join(moment.tobytes() for moment in model._state.members[0].moments.values())
    return model._parameters.theta.tobytes(), moments, history, model.t_, model._state.step


@pytest.fixture(scope="module")
def whole():
    return bits(make(max_iter=10, n_threads=2).fit(X, Y))


@pytest.mark.parametrize("first", [1, 5, 9])
def test_two_fits_with_a_warm_start(first, whole):
    model = make(max_iter=first, warm_start=True, n_threads=1).fit(X, Y)
    model.set_params(max_iter=10 - first, n_threads=3)
    assert bits(model.fit(X, Y)) == whole


def test_five_epochs_of_partial_fit_and_five_more(whole):
    model = make(n_threads=1)
    for epoch in range(10):
        model.set_params(n_threads=1 + epoch // 5).partial_fit(X, Y, classes=[0, 1, 2])
    assert bits(model) == whole


def test_a_fit_and_then_partial_fit(whole):
    model = make(max_iter=4).fit(X, Y)
    for _ in range(6):
        model.partial_fit(X, Y)
    assert bits(model) == whole


SECOND_HALF = """
import pickle, sys, warnings
warnings.simplefilter("ignore")
with open(sys.argv[1], "rb") as file:
    model, X, Y = pickle.load(file)
with open(sys.argv[1], "wb") as file:
    pickle.dump(model.set_params(max_iter=5).fit(X, Y), file)
"""


def test_the_second_half_in_another_process(whole, tmp_path):
    half = make(max_iter=5, warm_start=True).fit(X, Y)
    (tmp_path / "half").write_bytes(pickle.dumps((half, X, Y)))
    subprocess.run([sys.executable, "-c", SECOND_HALF, tmp_path / "half"], check=True)
    assert bits(pickle.loads((tmp_path / "half").read_bytes())) == whole
