"""Small data, both estimators, and callbacks that watch, interrupt or slow down."""

import hashlib
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

from deltarule import Checkpoint, MLPClassifier, TabularClassifier
from deltarule.callbacks import Callback
from deltarule.callbacks.base import training_of


@pytest.fixture
def iris():
    X, y = load_iris(return_X_y=True)
    return StandardScaler().fit_transform(X), y


@pytest.fixture
def table():
    """Iris as a table, with names of flowers as labels."""
    data = load_iris(as_frame=True)
    return data.data, data.target_names[data.target]


@pytest.fixture
def make():
    """A small MLPClassifier that does not stop by itself."""

    def build(*callbacks, **settings):
        fixed = {"n_iter_no_change": np.inf, "learning_rate_init": 0.02, "random_state": 0}
        settings = {"max_iter": 6, **fixed, **settings}
        return MLPClassifier((5,), **settings).set_callbacks(*callbacks)

    return build


@pytest.fixture
def mlp(make, iris):
    """An MLPClassifier and data for it: ``make``, ``X`` and ``y``."""
    return SimpleNamespace(make=make, X=iris[0], y=iris[1])


@pytest.fixture
def tabular(table):
    """A TabularClassifier and data for it: ``make``, ``X`` and ``y``."""

    def build(*callbacks, **settings):
        settings = {"max_iter": 6, "n_models": 1, "random_state": 0, **settings}
        return TabularClassifier(**settings).set_callbacks(*callbacks)

    return SimpleNamespace(make=build, X=table[0], y=table[1])


@pytest.fixture(params=["mlp", "tabular"])
def case(request):
    """Either of them."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def digest():
    """The SHA-256 of an estimator's weights."""

    def of_weights(model):
        networks = model._parameters if isinstance(model._parameters, list) else [model._parameters]
        return hashlib.sha256(b"".join(network.theta for network in networks)).hexdigest()

    return of_weights


class Recorder:
    """Has scikit-learn's four methods and nothing else; ``events`` are what it was told."""

    def __init__(self):
        self.events, self.contexts, self.whole = [], [], 0

    def setup(self, estimator, context):
        self.events.append("setup")

    def on_fit_task_begin(self, estimator, context):
        self.contexts.append(context)
        self.events.append(f"begin {context.task_name} {context.task_id}")

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.whole += context.task_name == "epoch" and fitted_estimator is not None
        self.events.append(f"end {context.task_name} {context.task_id}")

    def teardown(self, estimator, context):
        self.events.append("teardown")


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def record_more():
    return Recorder


class At(Callback):
    """Does something at a moment of an epoch (counted from 1): raises, or returns."""

    def __init__(self, moment, epoch, action):
        self._moment, self._epoch, self._action, self.seen = moment, epoch, action, []

    def _act(self, moment, state):
        if state is None:
            return None
        self.seen.append((moment, state.epoch))
        begun = state.epoch + (moment != "end")
        if (moment, begun) != (self._moment, self._epoch):
            return None
        if isinstance(self._action, BaseException):
            raise self._action
        return self._action

    def on_fit_task_begin(self, estimator, context):
        self._act("begin", training_of(context))

    def on_burst(self, state):
        self._act("burst", state)

    def on_fit_task_end(self, estimator, context):
        return self._act("end", training_of(context))


@pytest.fixture
def at():
    """``at(moment, epoch, action)``: a callback that raises the action, or returns it."""
    return At


@pytest.fixture
def cut_off(make, iris, tmp_path, at):
    """Begin a run that is cut off at the end of an epoch; return how to resume it.

    Checkpoints are written at the end of every second epoch.
    """

    def begin(epoch, *callbacks, **settings):
        settings = {"checkpoint": Checkpoint(tmp_path / "run", None, 2), "max_iter": 12} | settings
        with pytest.raises(RuntimeError, match="cut off"):
            make(*callbacks, at("end", epoch, RuntimeError("cut off")), **settings).fit(*iris)
        return lambda *now: make(*now, resume=True, **settings).fit(*iris)

    return begin
