"""scikit-learn's own callbacks, ``ProgressBar`` and ``ScoringMonitor``, on both estimators."""

import numpy as np
import pytest
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.metrics import accuracy_score, get_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from deltarule.callbacks.base import training_of
from deltarule.callbacks.bridge import callbacks_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def epochs_of(monitor, **options):
    """Return the rows of epochs; there is one more for the fit as a whole."""
    rows = monitor.get_logs(**options).data
    return [row for row in rows if row["task_name"] == "epoch"]


class ByHand:
    """Scores each epoch's estimator itself."""

    def __init__(self, score):
        self._score, self.scores = score, []

    def setup(self, estimator, context):
        self.scores = []

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if training_of(context) is not None and fitted_estimator is not None:
            self.scores.append(self._score(fitted_estimator))

    def teardown(self, estimator, context):
        pass


def test_a_scoring_monitor_has_a_row_an_epoch_with_the_score_of_that_epoch(case):
    monitor = ScoringMonitor(scoring="accuracy")
    by_hand = ByHand(lambda model: accuracy_score(case.y, model.predict(case.X)))
    model = case.make(monitor, by_hand).fit(case.X, case.y)
    rows = epochs_of(monitor)
    assert [row["task_id"] for row in rows] == list(range(6))
    assert [row["accuracy"] for row in rows] == by_hand.scores
    assert len(set(by_hand.scores)) > 1
    (whole,) = [row for row in monitor.get_logs().data if row["task_name"] == "fit"]
    assert whole["accuracy"] == model.score(case.X, case.y)


def test_its_scores_are_those_of_fits_stopped_at_each_epoch(mlp):
    monitor = ScoringMonitor(scoring="neg_log_loss")
    mlp.make(monitor).fit(mlp.X, mlp.y)
    scorer = get_scorer("neg_log_loss")
    stopped = [mlp.make(max_iter=k).fit(mlp.X, mlp.y) for k in range(1, 7)]
    expected = [scorer(model, mlp.X, mlp.y) for model in stopped]
    assert [row["neg_log_loss"] for row in epochs_of(monitor)] == expected


def test_it_takes_several_scorers_and_makes_a_table(case):
    monitor = ScoringMonitor(scoring=["accuracy", "f1_macro"])
    case.make(monitor).fit(case.X, case.y)
    frame = monitor.get_logs().data_as_pandas
    assert {"accuracy", "f1_macro", "task_name", "task_id_path"} <= set(frame.columns)
    assert (frame["task_name"] == "epoch").sum() == 6


def test_it_scores_with_the_sample_weights(mlp):
    weights = np.where(mlp.y == 2, 10.0, 0.1)
    monitor = ScoringMonitor(scoring="accuracy")
    by_hand = ByHand(lambda model: model.score(mlp.X, mlp.y, weights))
    plain = ByHand(lambda model: model.score(mlp.X, mlp.y))
    mlp.make(monitor, by_hand, plain).fit(mlp.X, mlp.y, weights)
    assert [row["accuracy"] for row in epochs_of(monitor)] == by_hand.scores
    assert by_hand.scores != plain.scores


def test_it_scores_rows_with_column_names_without_a_warning(mlp, table):
    """Warnings are errors here; a network that lacked the names would warn of them."""
    monitor = ScoringMonitor(scoring="accuracy")
    X, y = table
    model = mlp.make(monitor).fit(X, y)
    assert list(model.feature_names_in_) == list(X.columns)
    assert len(epochs_of(monitor)) == 6


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_row_for_every_epoch_that_was_made_and_no_other(mlp, solver):
    """L-BFGS begins an iteration that it does not make: nothing is scored for it."""
    monitor = ScoringMonitor(scoring="accuracy")
    settings = {"max_iter": 500, "tol": 1e-2, "n_iter_no_change": 3}
    model = mlp.make(monitor, solver=solver, **settings).fit(mlp.X, mlp.y)
    assert model.n_iter_ < 500
    assert len(epochs_of(monitor)) == model.n_iter_


def test_every_fit_is_a_run_of_its_own(mlp):
    monitor = ScoringMonitor(scoring="accuracy")
    model = mlp.make(monitor, warm_start=True, max_iter=2).fit(mlp.X, mlp.y)
    model.fit(mlp.X, mlp.y).partial_fit(mlp.X, mlp.y)
    runs = monitor.get_logs(select="all")
    assert [len(run.data) - 1 for run in runs] == [2, 2, 1]


def test_one_on_the_last_step_of_a_pipeline_scores_what_that_step_is_given(case):
    monitor = ScoringMonitor(scoring="accuracy")
    by_hand = ByHand(lambda model: model.score(case.X, case.y))
    pipe = make_pipeline(FunctionTransformer(), case.make(monitor, by_hand))
    pipe.fit(case.X, case.y)
    assert [row["accuracy"] for row in epochs_of(monitor)] == by_hand.scores
    assert monitor.get_logs().estimator_name == "Pipeline"


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_one_in_a_grid_search_tells_each_fit_apart(case, n_jobs):
    """From other processes too: 2 candidates in 2 folds, and the refit."""
    monitor = ScoringMonitor(scoring="accuracy")
    search = GridSearchCV(case.make(monitor), {"max_iter": [2, 3]}, cv=2, n_jobs=n_jobs)
    search.fit(case.X, case.y)
    rows = epochs_of(monitor)
    per_fit = {}
    for row in rows:
        per_fit[row["parent_task_id_path"]] = per_fit.get(row["parent_task_id_path"], 0) + 1
    assert sorted(per_fit.values()) == sorted([2, 2, 3, 3, search.best_params_["max_iter"]])
    assert monitor.get_logs().estimator_name == "GridSearchCV"


def test_a_scoring_monitor_is_not_one_that_scikit_learn_hands_on(case):
    """So one on a pipeline has no row of an epoch; if that changes, the docs can say so."""
    monitor = ScoringMonitor(scoring="accuracy")
    make_pipeline(FunctionTransformer(), case.make()).set_callbacks(monitor).fit(case.X, case.y)
    with pytest.raises(ValueError, match="No logs"):
        monitor.get_logs()


def test_a_progress_bar_ends_full(case, capsys):
    case.make(ProgressBar()).fit(case.X, case.y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" ━")[0].strip() for line in lines if line.strip()] == [
        f"{type(case.make()).__name__} - fit"
    ]
    assert "100%" in lines[-1] or "100%" in lines[0]


def test_a_progress_bar_is_full_where_training_stops_early(case, at, capsys):
    case.make(ProgressBar(), at("end", 2, True)).fit(case.X, case.y)
    assert "100%" in capsys.readouterr().out


def test_a_progress_bar_moves_with_the_epochs(case, monkeypatch):
    """A sixth further with each of six; it is told in a queue that another thread reads."""
    told = []
    monkeypatch.setattr("sklearn.callback._progressbar.send", lambda _, event: told.append(event))
    case.make(ProgressBar()).fit(case.X, case.y)
    assert told[0]["max_subtasks"] == 6
    epochs = [event["path"][-1] for event in told if len(event["path"]) == 2]
    assert epochs == list(range(6))
    assert [event["event"] for event in told] == ["begin", *["end"] * 7]


def test_a_progress_bar_on_a_pipeline_is_handed_on_to_the_last_step(case, table, capsys):
    model = case.make()
    scaler = StandardScaler().set_output(transform="pandas")  # it supports callbacks
    pipe = make_pipeline(scaler, model).set_callbacks(ProgressBar()).fit(table[0], table[1])
    shown = capsys.readouterr().out
    assert "Pipeline - fit " in shown
    assert f"{type(model).__name__} - fit" in shown
    assert callbacks_of(pipe[-1]) == [], "it was lent for the fit only"


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_progress_bar_on_a_grid_search_is_handed_on_to_every_fit(case, capsys, n_jobs):
    bar = ProgressBar(max_propagation_depth=None)
    search = GridSearchCV(case.make(), {"max_iter": [2, 3]}, cv=2, n_jobs=n_jobs)
    search.set_callbacks(bar).fit(case.X, case.y)
    shown = capsys.readouterr().out
    assert shown.count(f"{type(case.make()).__name__} - fit") == 5
    assert shown.count("100%") == shown.count("%")


def test_a_progress_bar_on_the_step_of_a_pipeline_is_refused_by_scikit_learn(case):
    pipe = make_pipeline(FunctionTransformer(), case.make(ProgressBar()))
    with pytest.raises(TypeError, match="Register them directly on the meta-estimator"):
        pipe.fit(case.X, case.y)
