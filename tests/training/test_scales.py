"""Runs of a network that has Scale layers: left and resumed, and out of hand."""

import pickle
from dataclasses import dataclass, replace
from importlib import import_module

import pytest

from deltarule.errors import DivergenceError
from deltarule.network import LOSSES, Dense, Network, Objective, Scale

# The package's attribute ``fit`` is the function; the module is what is meant here.
loop = import_module("deltarule.training.loop")


class LeaveError(Exception):
    pass


@pytest.fixture
def scaled_run(adam_run):
    """The run of ``adam_run``, whose rows and hidden outputs are scaled."""

    @dataclass(frozen=True)
    class ScaledRun(type(adam_run)):
        @property
        def objective(self):
            hidden = Dense(6, 7, "tanh", 0.2, weight_rate=0.4, bias_rate=0.1)
            network = Network([Scale(6, rate=6.0), hidden, Scale(7), Dense(7, 2)])
            return Objective(network, LOSSES["softmax"], alpha=0.01)

    return ScaledRun(**vars(adam_run))


@pytest.mark.parametrize("event", [1, 7, 9, 23])
def test_a_run_that_was_left_ends_with_the_bits_of_one_that_was_not(scaled_run, monkeypatch, event):
    monkeypatch.setattr(loop, "BURST", 0)  # a step a burst
    whole, state, calls = scaled_run.fit(), scaled_run.start(), iter(range(1, event + 1))

    def leave(state):
        if next(calls) == event:
            raise LeaveError

    with pytest.raises(LeaveError):
        scaled_run.fit(state, leave)
    resumed = scaled_run.fit(pickle.loads(pickle.dumps(state)))
    assert resumed.parameters[0].theta.tobytes() == whole.parameters[0].theta.tobytes()
    (resumed,), (whole,) = resumed.members, whole.members
    for name, moment in whole.moments.items():
        assert resumed.moments[name].tobytes() == moment.tobytes()
    assert resumed.squares.tobytes() == whole.squares.tobytes()


def test_every_layer_is_in_the_history_and_every_factor_moves(scaled_run):
    state = scaled_run.fit()
    assert len(state.history[-1].update_ratio) == 4
    assert all(0 < ratio < 1 for ratio in state.history[-1].update_ratio)
    for k in (1, 3):
        assert (state.parameters[0][k]["s"] != 1).all()


def test_a_scale_that_runs_away_is_named(scaled_run):
    state = scaled_run.start()
    state.parameters[0][1]["s"][:] = 1e308
    examples = replace(scaled_run.examples, X=100 * scaled_run.examples.X)
    with pytest.raises(DivergenceError) as caught:
        replace(scaled_run, examples=examples).fit(state)
    assert caught.value.layer == 1
    assert "the outputs of layer 1 did so first" in str(caught.value)


def test_a_scale_with_the_largest_weights_is_named(scaled_run):
    """The penalty of W(4) overflows, though every output is finite."""
    state = scaled_run.start()
    state.parameters[0][1]["s"][:], state.parameters[0].W[4][:] = 1e250, 1e200
    with pytest.raises(DivergenceError, match="layer 1 has the largest weights"):
        scaled_run.fit(state)
