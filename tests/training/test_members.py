"""Several networks in one run: each as if it were alone, and all of them as one."""

import pickle
import threading
import time
from dataclasses import replace
from hashlib import sha256
from importlib import import_module

import numpy as np
import pytest

from deltarule.engines import Examples
from deltarule.errors import DivergenceError
from deltarule.network import LOSSES, Adam, Network, Objective
from deltarule.training import (
    Constant,
    Crew,
    Deadline,
    Fold,
    FoldsInMemory,
    Leave,
    Patience,
    Plan,
    TimeUp,
    TrainingState,
    Validation,
    Watcher,
    begin,
    seconds_an_epoch,
    train,
)

loop = import_module("deltarule.training.loop")
crew_module = import_module("deltarule.training.crew")

N_ROWS = 203
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N_ROWS, 6)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(int) + (X[:, 2] > 1)
WEIGHTS = RNG.uniform(0, 2, N_ROWS).astype(np.float32)
OBJECTIVE = Objective(Network.dense([6, 9, 3], "tanh", 0.2), LOSSES["softmax"], alpha=0.01)
PLAN = Plan(Adam(weight_decay=0.01), Constant(0.02), Patience(0, np.inf), 8, epochs=6)


def accuracy(y):
    return lambda scores: float((scores.argmax(axis=1) == y).mean())


def make_folds(n, *, validated=True):
    """Every n-th row is held out of a member: of five, some have a row more than others."""
    folds = []
    for i in range(n):
        held_out = np.arange(i, N_ROWS, max(n, 2))
        rows = np.setdiff1d(np.arange(N_ROWS), held_out)
        validation = Validation(Examples(X, Y, WEIGHTS, held_out), accuracy(Y[held_out]))
        folds.append(Fold(Examples(X, Y, WEIGHTS, rows), validation if validated else None))
    return folds


def with_refitted(folds, n=1):
    """Members more, that learn from all rows and hold none out."""
    return [*folds, *[Fold(Examples(X, Y, WEIGHTS))] * n]


def seeds_of(n):
    return [3 + 10 * i for i in range(n)]


def start(folds, plan=PLAN):
    examples = [fold.examples for fold in folds]
    return begin(OBJECTIVE.network, plan, seeds_of(len(folds)), np.float32, examples)


def run(folds, plan=PLAN, state=None, watcher=None, n_threads=None):
    state = start(folds, plan) if state is None else state
    failure = train(
        OBJECTIVE, plan, state, FoldsInMemory(folds), watcher=watcher, n_threads=n_threads
    )
    assert failure is None
    return state


def digest(member):
    """Everything of a member that training decides."""
    best = b"" if member.best is None else member.best.theta.tobytes()
    arrays = [member.parameters.theta, *member.moments.values(), member.squares]
    figures = [
        (epoch.loss, epoch.rate, epoch.validation_loss, epoch.score, epoch.squares.tobytes())
        for epoch in member.history
    ]
    numbers = (member.step, member.epoch, member.examples_seen, member.best_epoch, figures)
    data = [array.tobytes() for array in arrays] + [best, repr(numbers).encode()]
    return sha256(b"".join(data)).hexdigest()


def digests(state):
    return [digest(member) for member in state.members]


class Once(Watcher):
    """Does something at the end of one burst, counted from 1."""

    def __init__(self, burst, action):
        self.burst, self.action, self.seen = burst, action, 0

    def end_burst(self, state):
        self.seen += 1
        if self.seen == self.burst:
            self.action(state)


def raise_(error):
    def action(*_):
        raise error

    return action


@pytest.fixture
def one_step_a_burst(monkeypatch):
    monkeypatch.setattr(loop, "BURST", 0)


# ------------------------------------------------------------------------------------ the bits


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_no_bit_depends_on_the_number_of_threads(n):
    folds = make_folds(n)
    alone = digests(run(folds, n_threads=1))
    assert len(set(alone)) == n
    for n_threads in (2, 3, 7):
        assert digests(run(folds, n_threads=n_threads)) == alone


@pytest.mark.parametrize("changes", [{}, {"max_norm": 0.1}, {"epochs": 1}], ids=str)
def test_a_member_is_trained_as_if_it_were_alone(changes):
    folds, plan = make_folds(3), replace(PLAN, **changes)
    together = run(folds, plan, n_threads=2)
    for fold, member in zip(folds, together.members, strict=True):
        state = begin(OBJECTIVE.network, plan, [member.seed], np.float32, [fold.examples])
        assert digests(run([fold], plan, state)) == [digest(member)]


def test_no_bit_depends_on_the_length_of_a_burst(one_step_a_burst):
    folds = make_folds(3)
    short = digests(run(folds, n_threads=2))
    loop.BURST = 10.0
    assert digests(run(folds, n_threads=2)) == short


@pytest.mark.parametrize("burst", [1, 4, 14, 15, 40])
def test_left_at_any_burst_and_taken_up_with_other_threads_it_has_the_same_bits(
    one_step_a_burst, burst
):
    folds = make_folds(5)
    whole, state = run(folds), start(folds)
    with pytest.raises(Leave):
        run(folds, state=state, watcher=Once(burst, raise_(Leave())), n_threads=3)
    resumed = run(folds, state=pickle.loads(pickle.dumps(state)), n_threads=2)
    assert digests(resumed) == digests(whole)
    assert resumed.history.scores == whole.history.scores


# ---------------------------------------------------------------------------- read as one state


def test_the_history_is_the_mean_of_the_members():
    state = run(make_folds(5))
    epochs = [[member.history[k] for member in state.members] for k in range(6)]
    for mean, each in zip(state.history, epochs, strict=True):
        for name in ("loss", "rate", "validation_loss", "score"):
            expected = np.mean([getattr(epoch, name) for epoch in each])
            assert getattr(mean, name) == pytest.approx(expected, rel=1e-14)
        np.testing.assert_allclose(mean.squares, np.mean([e.squares for e in each], axis=0))
        assert mean.seconds == each[0].seconds


def test_the_history_of_one_is_its_own():
    state = run(make_folds(1))
    assert all(a is b for a, b in zip(state.history, state.members[0].history, strict=True))
    assert state.best_epoch == state.members[0].best_epoch
    assert state.best_score == state.members[0].best_score


def test_the_best_epoch_is_that_of_the_mean_score_and_each_member_keeps_its_own():
    state = run(make_folds(5))
    scores = state.history.scores
    assert state.best_epoch == 1 + int(np.argmax(scores))
    assert state.best_score == max(scores)
    for member in state.members:
        assert member.best_epoch == 1 + int(np.argmax(member.history.scores))
        assert member.parameters.theta.tobytes() == member.best.theta.tobytes()
    assert len({member.best_epoch for member in state.members}) > 1


def test_one_that_holds_nothing_out_goes_by_the_mean_score_of_the_others():
    bagged, state = run(make_folds(2)), run(with_refitted(make_folds(2)))
    *others, refitted = state.members
    assert digests(bagged) == [digest(member) for member in others]
    assert state.history.scores == bagged.history.scores
    assert state.history.losses != bagged.history.losses, "that is the mean of all three"
    assert refitted.best_epoch == state.best_epoch == bagged.best_epoch < 6
    until = run(with_refitted(make_folds(2)), replace(PLAN, epochs=state.best_epoch))
    theta = until.members[-1].parameters.theta
    assert theta.tobytes() == refitted.best.theta.tobytes() == refitted.parameters.theta.tobytes()


def test_rows_are_counted_together_and_steps_by_the_longest(one_step_a_burst):
    """Of 203 rows 162 or 163 are trained on: 21 steps each; all 813 are one epoch."""
    seen = []
    state = run(
        make_folds(5), watcher=Once(30, lambda s: seen.append((s.epoch, s.step, s.position)))
    )
    assert seen == [(1, 30, 5 * 9 * 8)]
    assert state.n_rows == sum(len(fold.examples) for fold in make_folds(5)) == 812
    assert state.examples_seen == 6 * 812
    assert state.step == 6 * 21


@pytest.mark.parametrize("burst", [5, 25, 60])
def test_one_that_holds_nothing_out_is_taken_up_again(one_step_a_burst, burst):
    folds = with_refitted(make_folds(2), 2)
    whole, state = run(folds), start(folds)
    with pytest.raises(Leave):
        run(folds, state=state, watcher=Once(burst, raise_(Leave())), n_threads=3)
    assert digests(run(folds, state=pickle.loads(pickle.dumps(state)))) == digests(whole)


@pytest.mark.parametrize("burst", [3, 20, 21, 22, 41])
def test_a_member_that_has_fewer_steps_waits_for_the_others(one_step_a_burst, burst):
    """20 and 21 steps an epoch, also where the run is left between the ends of the two."""
    folds = [Fold(Examples(X, Y, rows=np.arange(n))) for n in (160, 161)]
    seen, state = [], start(folds)
    whole = run(folds, watcher=Once(21, lambda s: seen.append([s.step, s.position, s.n_rows])))
    assert seen == [[21, 321, 321]]
    assert [member.step for member in whole.members] == [6 * 20, 6 * 21]
    assert whole.step == 6 * 21
    with pytest.raises(Leave):
        run(folds, state=state, watcher=Once(burst, raise_(Leave())), n_threads=2)
    assert digests(run(folds, state=state)) == digests(whole)


def test_a_state_of_members_that_have_come_some_way_is_what_it_was():
    state = run(make_folds(3))
    again = TrainingState.of(state.members, state.best_epoch)
    assert again.history.losses == state.history.losses
    assert again.history.scores == state.history.scores
    assert (again.best_score, again.best_loss) == (state.best_score, state.best_loss)


def test_a_copy_is_not_trained_further():
    state = run(make_folds(2), replace(PLAN, epochs=2))
    copy = state.copy()
    before = digests(copy)
    run(make_folds(2), state=state)
    assert digests(copy) == before
    assert (len(copy.history), len(state.history)) == (2, 6)


def test_patience_looks_at_the_mean_and_ends_all():
    """The mean score of two members that take turns never improves, though each one's does."""
    ups, downs = iter([0.1, 0.3, 0.2, 0.4]), iter([0.4, 0.2, 0.3, 0.1])
    folds = [
        Fold(Examples(X, Y), Validation(Examples(X[:9], Y[:9]), lambda _, s=scores: next(s)))
        for scores in (ups, downs)
    ]
    plan = replace(PLAN, stopping=Patience(0.01, 2, by_score=True))
    state = run(folds, plan)
    assert state.epoch == 4
    assert "validation score did not improve" in state.stopped
    assert [member.epoch for member in state.members] == [4, 4]
    assert [member.best_epoch for member in state.members] == [4, 1]


def test_a_rate_that_is_lowered_is_lowered_for_all():
    """Only the first epoch gains as much as 10 over the best before it."""
    plan = replace(PLAN, stopping=Patience(10, 0, slow_down=5))
    state = run(make_folds(3), plan)
    for member in state.members:
        assert member.history[-1].rate == pytest.approx(0.02 * 5.0**-4)


# ------------------------------------------------------------------------------- early endings


def with_nan(folds, i):
    """Put a NaN into a row of member i's own X."""
    broken = X.copy()
    examples = folds[i].examples
    broken[examples.rows[0]] = np.nan
    folds[i] = replace(folds[i], examples=replace(examples, X=broken))
    return folds


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_divergence_of_one_ends_all_and_what_they_have_learnt_is_kept(n_threads):
    folds = make_folds(3)
    state = run(folds, replace(PLAN, epochs=2))
    best = [member.best.theta.tobytes() for member in state.members]
    failure = train(OBJECTIVE, PLAN, state, FoldsInMemory(with_nan(folds, 1)), n_threads=n_threads)
    assert isinstance(failure, DivergenceError)
    assert failure.epoch == 3
    assert state.epoch == len(state.history) == 2
    assert [member.parameters.theta.tobytes() for member in state.members] == best


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_without_validation_all_return_to_the_last_whole_epoch(n_threads, one_step_a_burst):
    """How many steps the others had made when one diverged is no business of the result."""
    folds = make_folds(3, validated=False)
    state = run(folds, replace(PLAN, epochs=2))
    then = [member.parameters.theta.tobytes() for member in state.members]
    broken = FoldsInMemory(with_nan(folds, 2))
    assert train(OBJECTIVE, PLAN, state, broken, n_threads=n_threads) is not None
    assert [member.parameters.theta.tobytes() for member in state.members] == then


def test_where_several_diverge_the_first_ones_error_is_told():
    folds = make_folds(3)
    for i in (1, 2):
        folds = with_nan(folds, i)
    with pytest.raises(DivergenceError) as caught:
        train(OBJECTIVE, PLAN, start(folds), FoldsInMemory(folds), n_threads=3)
    state = begin(OBJECTIVE.network, PLAN, seeds_of(2)[1:], np.float32, [folds[1].examples])
    with pytest.raises(DivergenceError) as alone:
        train(OBJECTIVE, PLAN, state, FoldsInMemory(folds[1:2]))
    assert str(caught.value) == str(alone.value)


@pytest.mark.parametrize("moment", ["at work", "waiting"])
def test_ctrl_c_ends_after_whole_epochs_and_when_nobody_works_any_more(monkeypatch, moment):
    """It comes in the caller's thread: in the middle of its own work, or waiting for the others."""
    before = threading.active_count()
    folds, run_burst, join = make_folds(3), loop.run_burst, threading.Thread.join
    here, pressed = threading.current_thread(), threading.Event()

    def press(now):
        if now == moment and state.epoch == 2 and not pressed.is_set():
            pressed.set()
            raise KeyboardInterrupt

    def slowly(engine, member, *args):
        if threading.current_thread() is here:
            press("at work")
        elif member.epoch == 2:
            pressed.wait(10)
            time.sleep(0.1)
        run_burst(engine, member, *args)

    def interrupted(thread, timeout=None):
        press("waiting")
        join(thread, timeout)

    state = start(folds)
    monkeypatch.setattr(loop, "run_burst", slowly)
    monkeypatch.setattr(crew_module.Thread, "join", interrupted)
    with pytest.warns(UserWarning, match="in epoch 3; the weights of each network's best epoch"):
        run(folds, state=state, n_threads=3)
    assert state.stopped == "interrupted by the user"
    assert [member.epoch for member in state.members] == [2, 2, 2]
    assert threading.active_count() == before
    assert digests_of_best(state) == digests_of_best(run(folds, replace(PLAN, epochs=2)))


def digests_of_best(state):
    return [member.parameters.theta.tobytes() for member in state.members]


def test_where_no_epoch_is_whole_when_the_time_is_up_a_part_of_one_is_kept(one_step_a_burst):
    folds = make_folds(5)
    state = run(folds, watcher=Deadline(0.0), n_threads=2)
    assert state.stopped == "the time limit was reached"
    assert [(m.epoch, m.step, m.examples_seen) for m in state.members] == 5 * [(1, 1, 8)]
    assert len(state.history) == 1
    assert all(np.isfinite(theta.theta).all() for theta in state.parameters)


def test_when_the_time_is_up_later_whole_epochs_are_kept(one_step_a_burst):
    folds = make_folds(3, validated=False)
    state = run(folds, watcher=Once(50, raise_(TimeUp())), n_threads=2)
    assert state.epoch == 2
    assert digests_of_best(state) == digests_of_best(run(folds, replace(PLAN, epochs=2)))


@pytest.mark.clock
def test_how_long_an_epoch_takes_is_asked_of_all_side_by_side_and_changes_none():
    folds = make_folds(3)
    state = start(folds)
    before = digests(state)
    one, three = (
        seconds_an_epoch(OBJECTIVE, PLAN, start(folds[:n]), FoldsInMemory(folds[:n]), n_threads=1)
        for n in (1, 3)
    )
    assert 0 < one < three
    assert digests(state) == before


# -------------------------------------------------------------------------------------- crew


def crew_of(n, n_threads):
    return Crew(OBJECTIVE, None, seeds_of(n), n_threads)


@pytest.mark.parametrize(
    ("n", "n_threads", "shares"),
    [
        (1, 4, [4]),
        (2, 1, [1, 1]),
        (2, 4, [2, 2]),
        (3, 2, [1, 1, 2]),
        (8, 5, [1, 1, 1, 1, 1, 1, 1, 1]),
        (7, 5, [1, 1, 1, 1, 1, 2, 2]),
        (5, 3, [1, 1, 1, 1, 1]),
        (5, 16, [3, 3, 3, 3, 3]),
    ],
)
def test_those_left_over_divide_the_threads_among_them(n, n_threads, shares):
    assert [engine.n_threads for engine in crew_of(n, n_threads).engines] == shares


def test_no_more_work_at_a_time_than_there_are_threads_and_none_is_left_over():
    lock, working, most = threading.Lock(), [0], [0]
    barrier = threading.Barrier(2)

    def work(i):
        with lock:
            working[0] += 1
            most[0] = max(most[0], working[0])
        if i < 4:  # all but the last one have company
            barrier.wait(10)
        with lock:
            working[0] -= 1
        return i * i

    before = threading.active_count()
    assert crew_of(5, 2).each(work) == [0, 1, 4, 9, 16]
    assert most == [2]
    assert threading.active_count() == before


def test_a_thread_that_is_free_takes_the_next_members_work():
    """Nobody waits for the first one, which takes as long as all the others together."""
    others = threading.Semaphore(0)

    def work(i):
        if i:
            others.release()
            return True
        return all(others.acquire(timeout=10) for _ in range(3))

    assert crew_of(4, 2).each(work) == [True] * 4


def test_one_thread_is_the_callers_own():
    here = threading.current_thread()
    assert crew_of(3, 1).each(lambda _: threading.current_thread()) == [here] * 3
    assert crew_of(1, 4).each(lambda _: threading.current_thread()) == [here]


def test_an_error_is_raised_when_the_others_have_ended():
    ended = []

    def work(i):
        if i:
            raise ValueError(f"member {i}")
        threading.Event().wait(0.1)
        ended.append(i)

    with pytest.raises(ValueError, match="member 1"):
        crew_of(3, 3).each(work)
    assert ended == [0]


def test_where_there_are_no_more_threads_the_caller_does_it(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(crew_module.Thread, "start", refuse)
    assert crew_of(3, 3).each(lambda i: i + 1) == [1, 2, 3]
