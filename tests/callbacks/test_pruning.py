"""``Pruning``: with Optuna, and with anything that has its two methods."""

import subprocess
import sys

import pytest

from deltarule.callbacks import Pruning
from deltarule.errors import SettingError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Trial:
    """What Optuna's trials have of what is needed."""

    def __init__(self, prune_at=None):
        self.reported, self._prune_at = [], prune_at

    def report(self, value, step):
        self.reported.append((value, step))

    def should_prune(self):
        return self.reported[-1][1] == self._prune_at


@pytest.mark.parametrize(
    ("monitor", "column"),
    [
        ("loss", "loss"),
        ("validation_loss", "validation_loss"),
        ("validation_score", "validation_score"),
    ],
)
def test_it_reports_the_figure_of_each_epoch(mlp, monitor, column):
    hook = Pruning(Trial(), monitor)
    model = mlp.make(hook, early_stopping=True).fit(mlp.X, mlp.y)
    values = model.history_[column].tolist()
    assert hook.trial.reported == list(zip(values, range(1, 7), strict=True))
    assert hook.pruned_ is False


def test_a_trial_that_says_so_ends_the_fit(tabular):
    """The estimator is fitted, and tells why training ended."""
    hook = Pruning(Trial(prune_at=3))
    model = tabular.make(hook).fit(tabular.X, tabular.y)
    assert hook.pruned_ is True
    assert (model.n_iter_, model.stopped_) == (3, "pruned in epoch 3")
    assert len(hook.trial.reported) == 3


def test_the_next_fit_is_not_pruned_yet(mlp):
    hook = Pruning(Trial(prune_at=6), "loss")
    model = mlp.make(hook).fit(mlp.X, mlp.y)
    assert hook.pruned_ is True
    model.set_params(max_iter=5).fit(mlp.X, mlp.y)
    assert hook.pruned_ is False


def test_a_warm_start_counts_its_steps_on(mlp):
    hook = Pruning(Trial(), "loss")
    model = mlp.make(hook, warm_start=True, max_iter=2)
    model.fit(mlp.X, mlp.y).fit(mlp.X, mlp.y)
    assert [step for _, step in hook.trial.reported] == [1, 2, 3, 4]


def test_without_rows_to_validate_on_the_figure_is_missed_by_name(mlp):
    with pytest.raises(SettingError, match=r"'validation_score'.*early_stopping=True"):
        mlp.make(Pruning(Trial())).fit(mlp.X, mlp.y)


@pytest.mark.parametrize("monitor", ["accuracy", None], ids=str)
def test_another_monitor_is_refused_at_once_with_the_names(monitor):
    with pytest.raises(SettingError, match="'loss', 'validation_loss', 'validation_score'"):
        Pruning(Trial(), monitor)


def test_lbfgs_that_converges_reports_each_iteration_once(mlp):
    hook = Pruning(Trial(), "loss")
    model = mlp.make(hook, solver="lbfgs", max_iter=500).fit(mlp.X, mlp.y)
    assert model.n_iter_ < 500
    assert [step for _, step in hook.trial.reported] == list(range(1, model.n_iter_ + 1))


def test_a_run_that_ctrl_c_ends_reports_each_epoch_once(mlp, at):
    hook = Pruning(Trial(), "loss")
    with pytest.warns(UserWarning, match="interrupted"):
        mlp.make(hook, at("burst", 4, KeyboardInterrupt())).fit(mlp.X, mlp.y)
    assert [step for _, step in hook.trial.reported] == [1, 2, 3]


@pytest.fixture
def optuna():
    optuna = pytest.importorskip("optuna", reason="Optuna is not installed")
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield optuna
    optuna.logging.set_verbosity(before)


def test_trials_beyond_a_threshold_are_pruned(optuna, mlp):
    """The loss of a rate of nearly zero stays above; fit raises what Optuna knows."""
    raised = []

    def objective(trial):
        rate = trial.suggest_categorical("rate", [1e-6, 0.1])
        model = mlp.make(Pruning(trial, "loss"), learning_rate_init=rate, max_iter=20)
        try:
            model.fit(mlp.X, mlp.y)
        except optuna.TrialPruned as error:
            raised.append((trial.number, str(error)))
            raise
        return model.loss_

    pruner = optuna.pruners.ThresholdPruner(upper=0.8, n_warmup_steps=10)
    sampler = optuna.samplers.GridSampler({"rate": [1e-6, 0.1]}, seed=0)
    study = optuna.create_study(pruner=pruner, sampler=sampler)
    study.optimize(objective, n_trials=2)
    states = {trial.params["rate"]: trial.state.name for trial in study.trials}
    assert states == {1e-6: "PRUNED", 0.1: "COMPLETE"}
    (pruned,) = [trial for trial in study.trials if trial.state.name == "PRUNED"]
    assert list(pruned.intermediate_values) == list(range(1, 11))
    assert raised == [(pruned.number, "pruned in epoch 10")]
    assert study.best_params == {"rate": 0.1}


def test_trials_below_the_median_are_pruned(optuna, mlp):
    """Two good ones, then two whose rate is too low to learn anything."""
    pruner = optuna.pruners.MedianPruner(n_startup_trials=2, n_warmup_steps=3)
    study = optuna.create_study(direction="maximize", pruner=pruner)
    for rate in (0.1, 0.2, 1e-6, 1e-7):
        study.enqueue_trial({"rate": rate})

    def objective(trial):
        rate = trial.suggest_float("rate", 1e-7, 1)
        settings = {"early_stopping": True, "max_iter": 20, "learning_rate_init": rate}
        model = mlp.make(Pruning(trial), **settings)
        return model.fit(mlp.X, mlp.y).best_validation_score_

    study.optimize(objective, n_trials=4)
    states = [trial.state.name for trial in study.trials]
    assert states == ["COMPLETE", "COMPLETE", "PRUNED", "PRUNED"]
    assert [len(trial.intermediate_values) for trial in study.trials[:2]] == [20, 20]
    assert all(3 <= len(trial.intermediate_values) < 20 for trial in study.trials[2:])


def test_a_pruned_fit_leaves_a_fitted_estimator_as_it_was(optuna, mlp, digest, recorder):
    model = mlp.make(max_iter=2).fit(mlp.X, mlp.y)
    before = digest(model)

    def objective(trial):
        model.set_callbacks(recorder, Pruning(trial, "loss")).fit(mlp.X, mlp.y)

    pruner = optuna.pruners.ThresholdPruner(upper=0.0)
    study = optuna.create_study(pruner=pruner)
    study.optimize(objective, n_trials=1)
    assert study.trials[0].state.name == "PRUNED"
    assert digest(model) == before
    assert recorder.events[-1] == "teardown"


def test_a_fixed_trial_of_optuna_works(optuna, mlp):
    hook = Pruning(optuna.trial.FixedTrial({}), "loss")
    assert mlp.make(hook).fit(mlp.X, mlp.y).n_iter_ == 6


def test_a_fit_with_it_does_not_import_optuna():
    script = """
import sys
from deltarule import MLPClassifier
from deltarule.callbacks import Pruning
class Trial:
    def report(self, value, step): self.step = step
    def should_prune(self): return self.step == 2
model = MLPClassifier().set_callbacks(Pruning(Trial(), "loss")).fit([[0.0], [1.0]] * 9, [0, 1] * 9)
assert model.n_iter_ == 2
print([name for name in sys.modules if name.partition(".")[0] == "optuna"])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("trial", [3, None, "trial"])
def test_what_is_no_trial_is_refused_at_once(trial):
    with pytest.raises(
        SettingError, match=r"trial must have report\(value, step\) and should_prune"
    ):
        Pruning(trial)
