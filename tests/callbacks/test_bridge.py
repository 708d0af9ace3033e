"""What callbacks are told, in which order, and what they can make of a fit."""

import re
from importlib import import_module

import numpy as np
import pytest

from deltarule.callbacks import Callback
from deltarule.callbacks.base import training_of
from deltarule.errors import DivergenceError
from deltarule.training import TrainingState

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

PLANS = {
    "adam": {},
    "sgd": {"solver": "sgd"},
    "clipped": {"clip_norm": 0.1},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 2, "max_iter": 50, "tol": 1},
    "patience": {"n_iter_no_change": 2, "max_iter": 50, "tol": 1e3},
    "lbfgs": {"solver": "lbfgs"},
    "lbfgs converges": {"solver": "lbfgs", "max_iter": 500, "alpha": 1},
    "lbfgs runs out of evaluations": {"solver": "lbfgs", "max_fun": 4},
}
RUNAWAY = {"solver": "sgd", "batch_size": 50, "momentum": 0, "learning_rate_init": 1e300}


def whole_fit(n_epochs):
    """Return the events of a fit whose epochs all end."""
    epochs = [f"{moment} epoch {k}" for k in range(n_epochs) for moment in ("begin", "end")]
    return ["setup", "begin fit 0", *epochs, "end fit 0", "teardown"]


def stopped(model):
    return model._record.training.stopped


def test_each_epoch_is_a_subcontext_of_the_fit_with_the_training_state(case, recorder):
    model = case.make(recorder).fit(case.X, case.y)
    fit, *epochs = recorder.contexts
    assert (fit.task_name, fit.parent, fit.max_subtasks) == ("fit", None, 6)
    assert fit.estimator_name == type(model).__name__
    assert training_of(fit) is None
    assert [(c.task_name, c.task_id) for c in epochs] == [("epoch", k) for k in range(6)]
    assert all(c.parent is fit for c in epochs)
    assert all(isinstance(c.training, TrainingState) for c in epochs)


def test_the_training_state_is_that_of_the_moment(case, at):
    """Epochs done before it begins, and after it has ended."""
    watching = at("never", 0, None)
    case.make(watching, max_iter=3).fit(case.X, case.y)
    seen = [event for event in watching.seen if event[0] != "burst"]
    assert seen == [("begin", 0), ("end", 1), ("begin", 1), ("end", 2), ("begin", 2), ("end", 3)]
    assert {("burst", k) for k in range(3)} <= set(watching.seen)


def test_begin_and_end_come_in_pairs_and_in_order(case, recorder):
    model = case.make(recorder).fit(case.X, case.y)
    assert recorder.events == whole_fit(model.n_iter_)
    assert recorder.whole == model.n_iter_ == 6


@pytest.mark.parametrize("plan", PLANS)
def test_begin_and_end_come_in_pairs_however_training_ends(make, iris, recorder, plan):
    """L-BFGS may begin an iteration that it does not make: it is then ended as an empty one."""
    model = make(recorder, **PLANS[plan]).fit(*iris)
    begun = len(recorder.contexts) - 1
    assert recorder.events == whole_fit(begun)
    assert recorder.whole == model.n_iter_
    assert begun - model.n_iter_ <= ("lbfgs" in plan)


def tame_at_first(progress):
    """Rates of 0.01 for half of the epochs, then of 1e300."""
    return np.where(progress < 0.5, 1e-302, 1.0)


def test_a_run_that_diverges_ends_its_epoch_and_the_fit(make, iris, recorder):
    model = make(recorder, schedule=tame_at_first, **RUNAWAY)
    with pytest.raises(DivergenceError, match="in epoch 4"):
        model.fit(*iris)
    assert model.n_iter_ == recorder.whole == 3
    assert recorder.events == whole_fit(4)


def test_a_run_that_diverges_at_once_is_torn_down(make, iris, recorder):
    with pytest.raises(DivergenceError, match="in epoch 1"):
        make(recorder, **RUNAWAY).fit(*iris)
    assert recorder.events == ["setup", "begin fit 0", "begin epoch 0", "teardown"]


HOOKS = ["setup", "fit begin", "begin", "burst", "end", "fit end"]


@pytest.fixture
def failing(at):
    """Return a callback that raises at one of the hooks, in epoch 2 where it is an epoch's."""

    class Failing(Callback):
        def __init__(self, when):
            self._when = when

        def _raise_at(self, when):
            if when == self._when:
                raise ZeroDivisionError(when)

        def setup(self, estimator, context):
            self._raise_at("setup")

        def on_fit_task_begin(self, estimator, context):
            self._raise_at("fit begin" if context.task_name == "fit" else None)

        def on_fit_task_end(self, estimator, context):
            self._raise_at("fit end" if context.task_name == "fit" else None)

    def make(when):
        is_epochs = when in ("begin", "burst", "end")
        return at(when, 2, ZeroDivisionError(when)) if is_epochs else Failing(when)

    return make


@pytest.mark.parametrize("hook", HOOKS)
def test_what_a_hook_raises_comes_out_of_fit_and_all_are_torn_down_once(
    case, recorder, failing, hook
):
    model = case.make(recorder, failing(hook))
    with pytest.raises(ZeroDivisionError, match=hook):
        model.fit(case.X, case.y)
    assert recorder.events.count("teardown") == recorder.events.count("setup") == 1
    assert recorder.events[-1] == "teardown"
    assert not [name for name in vars(model) if "callback" in name and name != "_skl_callbacks"]


@pytest.mark.parametrize("hook", HOOKS[:-1])  # after the last one, the fit is over
def test_a_hook_that_raises_leaves_a_fitted_estimator_as_it_was(case, failing, hook, digest):
    model = case.make(max_iter=2).fit(case.X, case.y)
    before, weights = vars(model).copy(), digest(model)
    model.set_callbacks(failing(hook))
    with pytest.raises(ZeroDivisionError):
        model.set_params(max_iter=6).fit(case.X, case.y)
    after = vars(model.set_params(max_iter=2).set_callbacks())
    assert after.keys() == before.keys()
    assert all(after[name] is before[name] for name in before if name != "max_iter")
    assert digest(model) == weights


@pytest.mark.parametrize(("moment", "n_whole"), [("begin", 2), ("burst", 2), ("end", 3)])
def test_ctrl_c_in_a_hook_ends_training_with_a_warning(case, recorder, at, moment, n_whole):
    """Once an epoch is whole: the estimator is fitted and the callbacks are told of the end."""
    model = case.make(recorder, at(moment, 3, KeyboardInterrupt()))
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        model.fit(case.X, case.y)
    assert model.n_iter_ == recorder.whole == n_whole
    assert stopped(model) == "interrupted by the user"
    assert recorder.events == whole_fit(3)
    assert len(model.predict(case.X)) == len(case.y)


@pytest.mark.parametrize(("moment", "n_whole"), [("begin", 2), ("end", 3)])
def test_ctrl_c_in_a_hook_ends_lbfgs_with_a_warning(make, iris, recorder, at, moment, n_whole):
    model = make(recorder, at(moment, 3, KeyboardInterrupt()), solver="lbfgs")
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        model.fit(*iris)
    assert model.n_iter_ == recorder.whole == n_whole
    assert recorder.events == whole_fit(3)


def test_the_warning_of_ctrl_c_points_at_the_line_that_called_fit(case, at):
    with pytest.warns(UserWarning, match="Training interrupted by user") as caught:
        case.make(at("end", 3, KeyboardInterrupt())).fit(case.X, case.y)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("moment", ["begin", "burst"])
def test_ctrl_c_in_a_hook_of_the_first_epoch_is_raised(case, recorder, at, moment):
    model = case.make(recorder, at(moment, 1, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        model.fit(case.X, case.y)
    assert not hasattr(model, "classes_")
    assert recorder.events == ["setup", "begin fit 0", "begin epoch 0", "teardown"]


def test_a_true_value_from_the_end_of_an_epoch_ends_training_there(case, recorder, at):
    model = case.make(recorder, at("end", 3, np.True_)).fit(case.X, case.y)
    assert model.n_iter_ == 3
    assert stopped(model) == "a callback asked for it"
    assert recorder.events == whole_fit(3)


def test_a_true_value_ends_lbfgs_there(make, iris, recorder, at):
    model = make(recorder, at("end", 3, True), solver="lbfgs").fit(*iris)
    assert (model.n_iter_, stopped(model)) == (3, "a callback asked for it")
    assert recorder.events == whole_fit(3)


@pytest.mark.filterwarnings("error")
def test_a_fit_that_a_callback_ends_does_not_warn_that_it_has_not_converged(make, iris, at):
    assert make(at("end", 6, True)).fit(*iris).n_iter_ == 6


def test_training_that_stops_by_itself_keeps_its_own_reason(make, iris, at):
    """With a tol that no epoch but the first can meet it ends with epoch 3."""
    model = make(at("end", 3, True), tol=1e3, n_iter_no_change=1).fit(*iris)
    assert model.n_iter_ == 3
    assert stopped(model).startswith("the training loss did not improve")


@pytest.mark.parametrize("value", [False, None, 0, np.False_])
def test_any_other_value_ends_nothing(make, iris, at, value):
    assert make(at("end", 3, value)).fit(*iris).n_iter_ == 6


def test_one_callback_of_several_can_end_training(make, iris, at):
    ending, other = at("end", 3, True), at("never", 0, None)
    assert make(ending, other).fit(*iris).n_iter_ == 3
    assert make(other, ending).fit(*iris).n_iter_ == 3


@pytest.mark.parametrize("plan", PLANS)
def test_looking_on_changes_no_bit(make, iris, recorder, at, digest, plan):
    plain = make(**PLANS[plan]).fit(*iris)
    watched = make(recorder, at("never", 0, None), **PLANS[plan]).fit(*iris)
    assert digest(plain) == digest(watched)
    assert stopped(plain) == stopped(watched)
    for name in plain.history_.keys() - {"seconds"}:
        np.testing.assert_array_equal(plain.history_[name], watched.history_[name])


def test_looking_on_changes_no_bit_of_a_tabular_classifier(case, recorder, digest):
    plain = case.make(max_iter=20).fit(case.X, case.y)
    watched = case.make(recorder, max_iter=20).fit(case.X, case.y)
    assert digest(plain) == digest(watched)
    assert plain.loss_curve_ == watched.loss_curve_


NO_CALLBACKS = {"None": None, "1": 1, "a class": Callback, "print": print, "object": object()}


@pytest.mark.parametrize("wrong", NO_CALLBACKS.values(), ids=NO_CALLBACKS)
def test_what_is_no_callback_is_refused(case, wrong):
    with pytest.raises(TypeError, match="FitCallback protocol"):
        case.make().set_callbacks(Callback(), wrong)


def test_set_callbacks_without_any_takes_them_away(case, recorder):
    case.make(recorder).set_callbacks().fit(case.X, case.y)
    assert recorder.events == []


def test_a_hook_that_asks_for_what_there_is_not_is_refused_by_name(make, iris):
    class Curious(Callback):
        def on_fit_task_end(self, estimator, context, *, gradient=None):
            pass

    with pytest.raises(TypeError, match=re.escape("parameters that are not valid: {'gradient'}")):
        make(Curious()).fit(*iris)


def test_ctrl_c_between_an_epochs_record_and_its_hooks_tells_of_the_whole_epoch(mlp, monkeypatch):
    """A callback relies on the fitted estimator wherever there is a training state."""

    class Scoring(Callback):
        def __init__(self):
            self.scores = []

        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            if getattr(context, "training", None) is not None:
                self.scores.append(fitted_estimator.score(mlp.X, mlp.y))

    loop = import_module("deltarule.training.loop")
    keep_best, calls = loop.keep_best, []

    def interrupted(state, *how):
        calls.append(state)
        if len(calls) == 3:
            raise KeyboardInterrupt
        keep_best(state, *how)

    monkeypatch.setattr(loop, "keep_best", interrupted)
    scoring = Scoring()
    with pytest.warns(UserWarning, match="interrupted by user"):
        model = mlp.make(scoring).fit(mlp.X, mlp.y)
    assert model.n_iter_ == len(scoring.scores) == 3
