"""Callbacks where estimators are cloned, searched over, piped, copied or trained further."""

import copy
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from deltarule import load_model
from deltarule.callbacks import Callback, CsvLog, EarlyStopping, Progress, Pruning
from deltarule.callbacks.base import training_of
from deltarule.callbacks.bridge import callbacks_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_a_clone_has_the_very_same_callbacks(case, recorder):
    """As scikit-learn has it: they are no parameters."""
    model = case.make(recorder)
    assert callbacks_of(clone(model)) == [recorder]
    assert "callbacks" not in " ".join(model.get_params())
    clone(model).fit(case.X, case.y)
    assert recorder.events.count("teardown") == 1


def test_the_last_step_of_a_pipeline_tells_its_callbacks(case, recorder):
    """Its fit is a task of the pipeline's then, and each epoch one below it."""
    pipe = make_pipeline(FunctionTransformer(), case.make(recorder)).fit(case.X, case.y)
    assert recorder.whole == pipe[-1].n_iter_ == 6
    fit, *epochs = recorder.contexts
    assert fit.parent.estimator_name == "Pipeline"
    assert all(epoch.parent is fit and epoch.task_name == "epoch" for epoch in epochs)
    assert len({id(c.root_uuid) for c in recorder.contexts}) == 1


def test_a_pipeline_with_callbacks_trains_the_same_bits(mlp, recorder, digest):
    plain = make_pipeline(StandardScaler(), mlp.make()).fit(mlp.X, mlp.y)
    watched = make_pipeline(StandardScaler(), mlp.make(recorder)).fit(mlp.X, mlp.y)
    assert digest(plain[-1]) == digest(watched[-1])


def test_a_pipeline_stops_where_a_callback_says_so(case, at):
    pipe = make_pipeline(FunctionTransformer(), case.make(at("end", 2, True)))
    assert pipe.fit(case.X, case.y)[-1].n_iter_ == 2


@pytest.fixture
def note(tmp_path):
    """A callback that leaves a file for each fit, with a line for each epoch."""
    folder = tmp_path

    class Note(Callback):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            state = training_of(context)
            fit = context if state is None else context.parent
            path = folder / f"{fit.init_time.timestamp()} {id(fit)}.txt"
            with path.open("a") as file:
                file.write(
                    "end\n" if state is None else f"{state.epoch} {fitted_estimator.n_iter_}\n"
                )

    return Note()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_grid_search_tells_of_every_fit(case, note, tmp_path, n_jobs):
    """Two candidates in two folds, and the refit: with two jobs in processes of their own."""
    grid = {"max_iter": [2, 3]}
    search = GridSearchCV(case.make(note), grid, cv=2, n_jobs=n_jobs).fit(case.X, case.y)
    fits = [path.read_text().splitlines() for path in tmp_path.glob("*.txt")]
    assert sorted(len(lines) for lines in fits) == sorted(
        [3, 3, 4, 4, search.best_params_["max_iter"] + 1]
    )
    assert all(lines[:2] == ["1 1", "2 2"] and lines[-1] == "end" for lines in fits)
    plain = GridSearchCV(case.make(), grid, cv=2).fit(case.X, case.y)
    name = "mean_test_score"
    np.testing.assert_array_equal(search.cv_results_[name], plain.cv_results_[name])


def test_a_cross_validation_tells_of_every_fold(case, recorder):
    cross_val_score(case.make(recorder), case.X, case.y, cv=3)
    assert recorder.events.count("setup") == recorder.events.count("teardown") == 3
    assert recorder.whole == 18


def test_an_error_in_a_hook_is_the_score_that_a_search_gives_to_a_fit_that_fails(mlp, at):
    model = mlp.make(at("end", 2, ZeroDivisionError("in a hook")))
    with pytest.raises(ValueError, match="All the 2 fits failed") as caught:
        GridSearchCV(model, {"alpha": [0.1]}, cv=2, error_score=np.nan).fit(mlp.X, mlp.y)
    assert "ZeroDivisionError: in a hook" in str(caught.value)


@pytest.mark.parametrize(
    "callback",
    [
        Progress(),
        CsvLog("log.csv"),
        EarlyStopping("loss", patience=2),
        Pruning(SimpleNamespace(report=max, should_prune=max), "loss"),
    ],
    ids=lambda callback: type(callback).__name__,
)
def test_estimators_with_callbacks_can_be_copied_and_pickled(case, callback):
    model = case.make(callback)
    copies = [copy.deepcopy(model), pickle.loads(pickle.dumps(model)), clone(model)]
    for again in copies:
        assert [type(c) for c in callbacks_of(again)] == [type(callback)]


def test_a_fitted_estimator_with_callbacks_can_be_copied_and_pickled(case, tmp_path):
    callbacks = [Progress(), CsvLog(tmp_path / "log.csv"), EarlyStopping("loss")]
    model = case.make(*callbacks).fit(case.X, case.y)
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.predict_proba(case.X), model.predict_proba(case.X))
        assert again.fit(case.X, case.y).n_iter_ == 6


def test_callbacks_are_not_in_the_models_file(case, recorder, tmp_path):
    case.make(recorder).fit(case.X, case.y).save(tmp_path / "model.deltarule")
    assert callbacks_of(load_model(tmp_path / "model.deltarule")) == []


def test_a_warm_start_tells_of_its_own_epochs_and_counts_on(mlp, recorder, at, digest):
    """Contexts are numbered from 0 in each fit; the training state has all epochs so far."""
    watching = at("never", 0, None)
    model = mlp.make(recorder, watching, warm_start=True, max_iter=2)
    model.fit(mlp.X, mlp.y).fit(mlp.X, mlp.y)
    assert [c.task_id for c in recorder.contexts if c.task_name == "epoch"] == [0, 1, 0, 1]
    assert [epoch for moment, epoch in watching.seen if moment == "end"] == [1, 2, 3, 4]
    assert recorder.events.count("setup") == recorder.events.count("teardown") == 2
    assert digest(model) == digest(mlp.make(max_iter=4).fit(mlp.X, mlp.y))


def test_a_callback_stops_a_warm_start_in_its_own_epoch(mlp, at):
    model = mlp.make(at("end", 5, True), warm_start=True, max_iter=4)
    assert model.fit(mlp.X, mlp.y).n_iter_ == 4
    assert model.fit(mlp.X, mlp.y).n_iter_ == 1
    assert model.fit(mlp.X, mlp.y).n_iter_ == 4, "it has gone on past that epoch"


def test_ctrl_c_in_the_first_epoch_of_a_warm_start_leaves_the_model_as_it_was(mlp, at, digest):
    model = mlp.make(at("burst", 3, KeyboardInterrupt()), warm_start=True, max_iter=2)
    before = digest(model.fit(mlp.X, mlp.y))
    with pytest.raises(KeyboardInterrupt):
        model.fit(mlp.X, mlp.y)
    assert digest(model) == before
    assert len(model.loss_curve_) == 2


def test_partial_fit_is_a_fit_of_one_epoch(mlp, recorder, at, digest):
    watching = at("never", 0, None)
    model = mlp.make(recorder, watching)
    for _ in range(3):
        model.partial_fit(mlp.X, mlp.y, classes=[0, 1, 2])
    once = ["setup", "begin fit 0", "begin epoch 0", "end epoch 0", "end fit 0", "teardown"]
    assert recorder.events == 3 * once
    assert [epoch for moment, epoch in watching.seen if moment == "end"] == [1, 2, 3]
    assert digest(model) == digest(mlp.make(max_iter=3).fit(mlp.X, mlp.y))
