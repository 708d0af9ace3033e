"""Left at any burst or epoch and taken up again from its state alone, a run keeps its bits."""

import pickle
from dataclasses import asdict
from importlib import import_module

import pytest

from deltarule.training import InverseScaling, Patience

# The package's attribute ``fit`` is the function; the module is what is meant here.
loop = import_module("deltarule.training.loop")

BURSTS_AN_EPOCH = 8  # 60 rows in batches of 8, the last of 4, one step a burst
EVENTS_AN_EPOCH = BURSTS_AN_EPOCH + 1  # and the epoch's end


class LeaveError(Exception):
    pass


def leave_at(event):
    """A watcher that leaves at one of its calls, counted from 1."""
    calls = iter(range(1, event + 1))

    def watch(state):
        if next(calls) == event:
            raise LeaveError

    return watch


@pytest.fixture
def one_step_a_burst(monkeypatch):
    monkeypatch.setattr(loop, "BURST", 0)


def everything(state):
    """All of a state that training decides: numbers bit for bit, and no clock."""
    members = [everything_of(member) for member in state.members]
    return vars(state) | {"members": members, "history": figures(state.history)}


def everything_of(member):
    values = vars(member) | {"parameters": member.parameters.theta.tobytes()}
    values["moments"] = {name: moment.tobytes() for name, moment in member.moments.items()}
    values["best"] = None if member.best is None else member.best.theta.tobytes()
    values["squares"] = member.squares.tobytes()
    values["epoch_start"] = None if member.epoch_start is None else member.epoch_start.tobytes()
    return values | {"history": figures(member.history)}


def figures(history):
    return [
        asdict(epoch) | {"squares": epoch.squares.tobytes(), "seconds": None} for epoch in history
    ]


def leave_and_resume(run, event):
    """Leave at an event, carry the state through a pickle, go on with a new engine."""
    state = run.start()
    with pytest.raises(LeaveError):
        run.fit(state, leave_at(event))
    return run.fit(pickle.loads(pickle.dumps(state)))


@pytest.mark.parametrize("epoch", [1, 3, 5])
def test_epochs_in_two_calls_have_the_bits_of_one(adam_run, optimiser, epoch):
    run = adam_run.with_plan(optimiser=optimiser, schedule=InverseScaling(0.1, 0.3))
    state = run.with_plan(epochs=epoch).fit()
    assert state.epoch == epoch
    assert everything(run.fit(state)) == everything(run.fit())


@pytest.mark.parametrize(
    "event",
    [1, 4, BURSTS_AN_EPOCH, EVENTS_AN_EPOCH, EVENTS_AN_EPOCH + 1, 3 * EVENTS_AN_EPOCH - 2],
    ids=["first", "middle", "last burst", "epoch's end", "second epoch", "third epoch"],
)
def test_left_at_a_burst_and_resumed_has_the_bits_of_never_left(
    adam_run, optimiser, one_step_a_burst, event
):
    run = adam_run.with_plan(optimiser=optimiser)
    assert everything(leave_and_resume(run, event)) == everything(run.fit())


@pytest.mark.parametrize("event", [2, 2 * EVENTS_AN_EPOCH + 3, 4 * EVENTS_AN_EPOCH])
def test_stopping_rule_and_best_parameters_survive_leaving(adam_run, one_step_a_burst, event):
    """The validation score peaks after the second epoch; patience ends the run in the fifth."""

    def make_run():
        scores = iter([0.5, 0.9, 0.8, 0.7, 0.6, 0.5])
        run = adam_run.with_validation(lambda _: next(scores))
        return run.with_plan(stopping=Patience(0.01, 2, by_score=True))

    straight, resumed = make_run().fit(), leave_and_resume(make_run(), event)
    assert (straight.best_epoch, straight.epoch) == (2, 5)
    assert everything(resumed) == everything(straight)


@pytest.mark.parametrize("event", [3, EVENTS_AN_EPOCH + 5])
def test_an_adaptive_rate_survives_leaving(adam_run, one_step_a_burst, event):
    run = adam_run.with_plan(stopping=Patience(10, 0, slow_down=5))
    straight = run.fit()
    assert straight.rate_factor < 0.01
    assert everything(leave_and_resume(run, event)) == everything(straight)


@pytest.mark.parametrize("steps", [1, 3, 8])
def test_no_bit_depends_on_the_length_of_a_burst(adam_run, monkeypatch, steps):
    whole = adam_run.fit()
    monkeypatch.setattr(loop.Pace, "learn", lambda pace, *_: setattr(pace, "steps", steps))
    assert everything(adam_run.fit()) == everything(whole)


def test_a_run_that_is_done_does_nothing_more(adam_run):
    state = adam_run.fit()
    done = everything(state)
    assert everything(adam_run.fit(state, leave_at(1))) == done
