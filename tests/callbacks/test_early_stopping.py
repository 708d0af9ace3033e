"""``EarlyStopping``: when it ends training, worked out by hand; and through a checkpoint."""

import math

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, get_scorer, log_loss

from deltarule.callbacks import EarlyStopping
from deltarule.errors import CheckpointError, SettingError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

LONG = {"max_iter": 200}
HELD_OUT = {"early_stopping": True, "validation_fraction": 0.3}  # n_iter_no_change is infinite


def stop_by_hand(figures, sign, patience, tol):
    """Return the epoch that ends training, the best epoch and the best figure."""
    best, best_epoch, stale = None, 0, 0
    for epoch, figure in enumerate(figures, start=1):
        if not math.isnan(figure) and (best is None or sign * figure > sign * best + tol):
            best, best_epoch, stale = figure, epoch, 0
        else:
            stale += 1
        if stale > patience:
            return epoch, best_epoch, best
    return len(figures), best_epoch, best


@pytest.mark.parametrize("tol", [0.0, 0.003, 0.1])
@pytest.mark.parametrize("patience", [0, 1, 3])
@pytest.mark.parametrize(
    ("monitor", "column", "sign"),
    [
        ("loss", "loss", -1),
        ("validation_loss", "validation_loss", -1),
        ("validation_score", "validation_score", 1),
    ],
)
def test_it_stops_when_a_figure_of_the_history_says_so(mlp, monitor, column, sign, patience, tol):
    """As worked out from a run without it, which has the same bits."""
    settings = {"learning_rate_init": 0.3, "batch_size": 20, **HELD_OUT, **LONG}
    whole = mlp.make(**settings).fit(mlp.X, mlp.y)
    last, best_epoch, best = stop_by_hand(whole.history_[column], sign, patience, tol)
    assert last < 200, "it should stop"
    stop = EarlyStopping(monitor, patience=patience, tol=tol)
    model = mlp.make(stop, **settings).fit(mlp.X, mlp.y)
    assert (model.n_iter_, stop.best_epoch_, stop.best_) == (last, best_epoch, best)
    assert model.loss_curve_ == whole.loss_curve_[:last]
    reason = f"the {monitor} did not improve for more than {patience} epochs"
    assert model._record.training.stopped == reason


def test_of_a_table_it_stops_by_the_validation_loss(tabular):
    whole = tabular.make(max_iter=60).fit(tabular.X, tabular.y)
    figures = whole.history_["validation_loss"]
    last, best_epoch, best = stop_by_hand(figures, -1, 2, 0.01)
    assert last < whole.n_iter_
    stop = EarlyStopping(patience=2, tol=0.01)
    model = tabular.make(stop, max_iter=60).fit(tabular.X, tabular.y)
    assert (model.n_iter_, stop.best_epoch_, stop.best_) == (last, best_epoch, best)
    assert model.stopped_ == "the validation_loss did not improve for more than 2 epochs"
    assert model.loss_curve_ == whole.loss_curve_[:last]


def test_a_gain_of_exactly_tol_is_none(mlp):
    """More than tol has to be gained; the first figure needs nothing."""
    figures = iter([0.25, 0.5, 0.75, *[1.0] * 9])
    stop = EarlyStopping(lambda *_: next(figures), mlp.X, mlp.y, patience=2, tol=0.25)
    assert mlp.make(stop).fit(mlp.X, mlp.y).n_iter_ == 6
    assert (stop.best_epoch_, stop.best_) == (3, 0.75)


@pytest.mark.parametrize("monitor", ["neg_log_loss", "accuracy", get_scorer("neg_log_loss")])
def test_it_stops_by_a_scorer_on_rows_of_its_own(mlp, monitor):
    """Scored by hand, on the rows that the fit does not see."""
    train, other = slice(0, None, 2), slice(1, None, 2)
    scorer = get_scorer(monitor)
    settings = {"learning_rate_init": 0.1, "alpha": 0, **LONG}
    X, y = mlp.X[train], mlp.y[train]
    curve = [
        scorer(mlp.make(**settings | {"max_iter": k}).fit(X, y), mlp.X[other], mlp.y[other])
        for k in range(1, 60)
    ]
    last, best_epoch, best = stop_by_hand(curve, 1, 4, 0.002)
    assert last < 59
    stop = EarlyStopping(monitor, mlp.X[other], mlp.y[other], patience=4, tol=0.002)
    model = mlp.make(stop, **settings).fit(X, y)
    assert (model.n_iter_, stop.best_epoch_, stop.best_) == (last, best_epoch, best)


def test_it_stops_by_a_function_of_estimator_rows_and_labels(tabular):
    asked = []

    def metric(model, X, y):
        asked.append(-log_loss(y, model.predict_proba(X), labels=model.classes_))
        return asked[-1]

    X, y = tabular.X, tabular.y
    stop = EarlyStopping(metric, X[::3], y[::3], patience=1, tol=0.02)
    model = tabular.make(stop, max_iter=60).fit(X, y)
    assert (model.n_iter_, stop.best_epoch_) == stop_by_hand(asked, 1, 1, 0.02)[:2]
    assert model.n_iter_ < 60
    assert model.stopped_ == "the metric did not improve for more than 1 epochs"


def test_without_a_name_it_stops_by_the_estimators_own_score(mlp):
    stop = EarlyStopping(None, mlp.X, mlp.y, patience=3)
    model = mlp.make(stop, **LONG).fit(mlp.X, mlp.y)
    at_best = mlp.make(max_iter=stop.best_epoch_).fit(mlp.X, mlp.y)
    assert model.n_iter_ == stop.best_epoch_ + 4
    assert stop.best_ == accuracy_score(mlp.y, at_best.predict(mlp.X))


def test_a_nan_is_no_improvement(mlp):
    figures = iter([math.nan, math.nan, 0.5, math.nan, 0.4, math.nan, 9.0])
    stop = EarlyStopping(lambda *_: next(figures), mlp.X, mlp.y, patience=2)
    assert math.isnan(stop.best_)
    assert mlp.make(stop, **LONG).fit(mlp.X, mlp.y).n_iter_ == 6
    assert (stop.best_, stop.best_epoch_) == (0.5, 3)


def test_it_stops_lbfgs(mlp):
    whole = mlp.make(solver="lbfgs", **LONG).fit(mlp.X, mlp.y)
    last, best_epoch, _ = stop_by_hand(whole.loss_curve_, -1, 1, 0.01)
    stop = EarlyStopping("loss", patience=1, tol=0.01)
    model = mlp.make(stop, solver="lbfgs", **LONG).fit(mlp.X, mlp.y)
    assert (model.n_iter_, stop.best_epoch_) == (last, best_epoch)
    assert last < whole.n_iter_


def test_every_fit_counts_anew(mlp):
    stop = EarlyStopping("loss", patience=1, tol=1e3)
    model = mlp.make(stop, **LONG)
    assert [model.fit(mlp.X, mlp.y).n_iter_ for _ in range(3)] == [3, 3, 3]


@pytest.mark.parametrize("monitor", ["accuracy", None, "val_loss", print, 3], ids=str)
def test_another_monitor_is_refused_at_once_with_the_names(monitor):
    with pytest.raises(
        SettingError, match="'loss', 'validation_loss', 'validation_score'"
    ) as caught:
        EarlyStopping(monitor)
    assert repr(monitor) in str(caught.value)


@pytest.mark.parametrize("monitor", ["validation_loss", "validation_score"])
def test_without_rows_to_validate_on_the_figure_is_missed_by_name(mlp, monitor, digest):
    """And a fitted estimator stays as it was."""
    model = mlp.make(max_iter=2).fit(mlp.X, mlp.y)
    before = digest(model)
    model.set_callbacks(EarlyStopping(monitor))
    with pytest.raises(SettingError, match=rf"'{monitor}'.*X_val and y_val.*early_stopping=True"):
        model.fit(mlp.X, mlp.y)
    assert (digest(model), model.n_iter_) == (before, 2)


def test_rows_to_validate_on_that_fit_is_given_will_do(mlp):
    stop = EarlyStopping("validation_score", patience=2)
    model = mlp.make(stop, **LONG).fit(mlp.X[::2], mlp.y[::2], X_val=mlp.X[1::2], y_val=mlp.y[1::2])
    assert model.n_iter_ == stop.best_epoch_ + 3
    assert stop.best_ == model.best_validation_score_


RESUMED = {"max_iter": 200, "learning_rate_init": 0.3, **HELD_OUT}
CRITERION = {"patience": 4, "tol": 0.0005}


@pytest.mark.parametrize("epoch", [1, 2, 5, 6, 9])
def test_a_run_that_was_cut_off_stops_at_the_same_epoch_with_the_same_weights(
    mlp, cut_off, digest, epoch
):
    whole_stop = EarlyStopping(**CRITERION)
    whole = mlp.make(whole_stop, **RESUMED).fit(mlp.X, mlp.y)
    assert epoch < whole.n_iter_ < 200
    resume = cut_off(epoch, EarlyStopping(**CRITERION), **RESUMED)
    stop = EarlyStopping(**CRITERION)
    model = resume(stop)
    assert digest(model) == digest(whole)
    assert (model.n_iter_, model.loss_curve_) == (whole.n_iter_, whole.loss_curve_)
    assert (stop.best_, stop.best_epoch_) == (whole_stop.best_, whole_stop.best_epoch_)


def test_its_count_goes_on_where_the_checkpoint_was(cut_off):
    """No epoch but the first gains: it stops with epoch 7, wherever the run was cut off."""
    never = {"patience": 5, "tol": 1e3}
    resume = cut_off(6, EarlyStopping("loss", **never))
    assert resume(EarlyStopping("loss", **never)).n_iter_ == 7


def test_a_run_that_it_has_stopped_is_not_trained_on_when_resumed(mlp, make, tmp_path, digest):
    settings = {"checkpoint": tmp_path / "run", **LONG}
    first = make(EarlyStopping("loss", patience=1, tol=1e3), **settings).fit(mlp.X, mlp.y)
    again = make(EarlyStopping("loss", patience=1, tol=1e3), resume=True, **settings)
    assert again.fit(mlp.X, mlp.y).n_iter_ == first.n_iter_ == 3
    assert digest(again) == digest(first)


class Taste(EarlyStopping):
    """Another one."""


@pytest.mark.parametrize(
    ("now", "names"),
    [([], "none"), ([Taste("loss")], "Taste"), ([EarlyStopping("loss"), Taste("loss")], "Taste")],
    ids=["none", "another", "one more"],
)
def test_a_run_is_not_resumed_without_it_or_with_another_one(cut_off, now, names):
    resume = cut_off(5, EarlyStopping("loss"))
    with pytest.raises(CheckpointError, match=rf"EarlyStopping.*{names}.*Set the same ones"):
        resume(*now)
    assert resume(EarlyStopping("loss")).n_iter_ == 12, "the folder is as it was"


def test_a_run_without_it_is_not_resumed_with_one(cut_off):
    resume = cut_off(5)
    with pytest.raises(CheckpointError, match=r"none.*EarlyStopping"):
        resume(EarlyStopping("loss"))


@pytest.mark.parametrize(
    "now", [{"monitor": "validation_score"}, {"patience": 99}, {"tol": 0.5}], ids=str
)
def test_a_run_is_not_resumed_with_one_that_stops_elsewhere(cut_off, now):
    resume = cut_off(5, EarlyStopping("loss"), **HELD_OUT)
    with pytest.raises(CheckpointError, match="EarlyStopping"):
        resume(EarlyStopping(**{"monitor": "loss"} | now))


def test_a_best_value_that_is_infinite_goes_through_a_checkpoint(mlp, cut_off):
    endless = {"X": mlp.X, "y": mlp.y, "patience": 8}
    resume = cut_off(5, EarlyStopping(lambda *_: np.inf, **endless))
    assert resume(EarlyStopping(lambda *_: np.inf, **endless)).n_iter_ == 10


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"patience": "3"}, "patience of EarlyStopping must be an int"),
        ({"patience": -1}, "patience of EarlyStopping must be an int"),
        ({"tol": float("nan")}, "tol of EarlyStopping must be a float"),
        ({"monitor": "acuracy", "X": [[0]], "y": [0]}, "Did you mean 'accuracy'"),
        ({"X": [[0]]}, "X and y of EarlyStopping go together"),
    ],
)
def test_what_it_cannot_use_is_refused_at_once(wrong, named):
    with pytest.raises(SettingError, match=named):
        EarlyStopping(**wrong)
