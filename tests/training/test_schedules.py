"""Schedules: the values that their sources give, and what becomes of them in a run."""

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from deltarule.engines import ReferenceEngine
from deltarule.errors import SettingError
from deltarule.network import Adam
from deltarule.training import SHAPES, Constant, InverseScaling, Progress, Shaped

loop = import_module("deltarule.training.loop")

P = np.linspace(0, 1, 101)

# Shares of the highest rate, at progress 0, 1/4, 1/2, 3/4 and 1, by hand from the papers.
KNOWN = {
    "constant": [1, 1, 1, 1, 1],
    "cosine": [1, (1 + np.sqrt(0.5)) / 2, 0.5, (1 - np.sqrt(0.5)) / 2, 0],
    "warm_up": [0.01, 1, 1, 1, 1],
    "steps": [1, 1, 0.1, 0.01, 0.01],
    "flat_cos": [1, 1, 1, 0.5, 0],
}


@pytest.mark.parametrize("name", SHAPES)
def test_shares_lie_between_0_and_1(name):
    shares = SHAPES[name](P)
    assert shares.shape == P.shape
    assert (shares >= -1e-15).all()
    assert shares.max() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("name", KNOWN)
def test_shares_by_hand(name):
    assert SHAPES[name](P[::25]) == pytest.approx(KNOWN[name], abs=1e-12)


def test_coslog4_has_four_cycles_that_begin_where_the_paper_says():
    """2^k - 1 fifteenths: 0, 1/15, 3/15, 7/15, 1, and a peak in each."""
    starts = np.array([0, 1, 3, 7, 15]) / 15
    assert SHAPES["coslog4"](starts) == pytest.approx(np.zeros(5), abs=1e-12)
    peaks = (2 ** (np.arange(4) + 0.5) - 1) / 15
    assert SHAPES["coslog4"](peaks) == pytest.approx(np.ones(4), abs=1e-12)


def test_one_cycle_is_pytorchs():
    torch = pytest.importorskip("torch", reason="PyTorch is an extra: pip install '.[bench]'")
    steps, highest = 101, 0.3
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([parameter], lr=1.0)
    theirs = torch.optim.lr_scheduler.OneCycleLR(optimiser, highest, total_steps=steps)
    rates = []
    for _ in range(steps):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        theirs.step() if len(rates) < steps else None
    # PyTorch turns at 0.3 steps - 1 and ends at steps - 1.
    turn = 0.3 * steps - 1
    p = np.arange(steps)
    p = np.where(p < turn, 0.3 * p / turn, 0.3 + 0.7 * (p - turn) / (steps - 1 - turn))
    assert highest * SHAPES["one_cycle"](p) == pytest.approx(rates, rel=1e-9)


@pytest.mark.parametrize("schedule", [Constant(0.1), InverseScaling(0.1, 0.5), Shaped(0.1, np.cos)])
def test_a_rate_for_each_step(schedule):
    rates = schedule.rates(Progress(120, P))
    assert rates.shape == P.shape
    assert (rates > 0).all()


def test_a_function_may_return_one_number_for_all():
    rates = Shaped(0.5, lambda p: 0.5).rates(Progress(0, P))
    assert rates.tolist() == [0.25] * len(P)


@pytest.mark.parametrize(
    "shape",
    [lambda p: p[:-1], lambda p: -p - 1, lambda p: p / 0, lambda p: [p, p]],
    ids=["short", "negative", "infinite", "two-dimensional"],
)
def test_a_function_that_returns_something_else_is_a_named_error(shape):
    with (
        np.errstate(all="ignore"),
        pytest.raises(SettingError, match="A schedule must return a finite number >= 0"),
    ):
        Shaped(0.5, shape).rates(Progress(0, P))


def test_a_run_follows_its_schedule_step_by_step(sgd_run):
    """Eight steps an epoch, the last one shorter: progress is counted in rows."""
    asked = []

    def shape(p):
        asked.append(p)
        return np.ones_like(p)

    run = sgd_run.with_plan(schedule=Shaped(0.1, shape), epochs=2)
    run.fit()
    share = np.arange(0, 60, 8) / 60
    assert np.concatenate(asked) == pytest.approx(np.concatenate([share, 1 + share]) / 2)


def test_a_horizon_other_than_the_last_epoch(sgd_run):
    """At its end after three of six epochs: the rate stays at what it ended with."""
    plan = {"schedule": Shaped(0.1, lambda p: 1 - p), "horizon": 3}
    state = sgd_run.with_plan(**plan).fit()
    rates = [epoch.rate for epoch in state.history]
    assert rates[3:] == [0, 0, 0]
    assert rates[:3] == pytest.approx([0.1 * (1 - (e + 56 / 60) / 3) for e in range(3)])


# ------------------------------------------------------------- what else changes with progress


class StepsEngine(ReferenceEngine):
    """Writes down the factors on dropout and the weight decay of every step."""

    def __init__(self, run):
        super().__init__(run.objective, run.plan.optimiser, seed=run.seed)
        self.dropout, self.decay = [], []

    def run(self, parameters, moments, examples, steps):
        self.dropout += [steps.dropout_factor(i) for i in range(len(steps))]
        self.decay += steps.scalars.decay.tolist()
        return super().run(parameters, moments, examples, steps)

    def loss_and_gradient(self, *args, dropout=1.0, slices=None):
        self.clipped_dropout = dropout
        return super().loss_and_gradient(*args, dropout=dropout, slices=slices)


@pytest.mark.parametrize("burst", [0, loop.BURST])
def test_dropout_and_decay_go_by_their_shapes(adam_run, monkeypatch, burst):
    """Six epochs of 8 steps; the horizon of the schedule is theirs too."""
    monkeypatch.setattr(loop, "BURST", burst)
    run = adam_run.with_plan(
        optimiser=Adam(weight_decay=0.5),
        dropout_shape=SHAPES["flat_cos"],
        decay_shape=lambda p: 1 - p,
        horizon=12,
    )
    engine = StepsEngine(run)
    run.fit(engine=engine)
    p = np.concatenate([(k + np.arange(0, 60, 8) / 60) / 12 for k in range(6)])
    assert engine.dropout == pytest.approx(SHAPES["flat_cos"](p))
    assert engine.decay == pytest.approx(0.01 * 0.5 * (1 - p))


def test_without_shapes_they_stay_as_they_are(adam_run):
    engine = StepsEngine(run := adam_run.with_plan(optimiser=Adam(weight_decay=0.5)))
    run.fit(engine=engine)
    assert set(engine.dropout) == {1.0}
    assert engine.decay == pytest.approx([0.01 * 0.5] * 48)


def test_clipped_steps_have_the_factor_on_dropout_too(adam_run):
    run = adam_run.with_plan(max_norm=0.1, dropout_shape=lambda p: 1 - p, epochs=1)
    run.fit(engine=(engine := StepsEngine(run)))
    assert engine.clipped_dropout == pytest.approx(1 - 56 / 60)


def test_a_network_whose_dropout_has_come_to_nothing_is_trained_as_one_without(adam_run):
    none = adam_run.with_plan(dropout_shape=np.zeros_like)
    without = replace(adam_run, dropout=0.0)
    thetas = [
        run.fit(engine=StepsEngine(run)).parameters[0].theta.tobytes() for run in (none, without)
    ]
    assert thetas[0] == thetas[1]


def test_a_shape_that_returns_no_share_is_named(adam_run):
    with pytest.raises(SettingError, match="must return a finite number >= 0 for each element"):
        adam_run.with_plan(dropout_shape=lambda p: -p - 1).fit()
