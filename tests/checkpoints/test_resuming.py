"""Left at whatever burst and resumed from the file: the bits of a run that was never left."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from deltarule import Checkpoint, MLPClassifier, TabularClassifier
from deltarule.training import Leave

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("one_step_a_burst"),
]

SETTINGS = {
    "adam": {},
    "float32": {"dtype": "float32"},
    "adaptive": {
        "solver": "sgd",
        "learning_rate": "adaptive",
        "learning_rate_init": 0.5,
        "tol": 0.05,
        "n_iter_no_change": 1,
        "early_stopping": True,
        "dropout": 0.3,
    },
    "invscaling": {"solver": "sgd", "learning_rate": "invscaling"},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 3, "tol": 0.9},
    "scored by log loss": {"early_stopping": True, "scoring": "neg_log_loss"},
    "clipping": {"clip_norm": 0.1, "weight_decay": 0.1},
    "schedule": {"schedule": "one_cycle"},
    "label smoothing": {"label_smoothing": 0.1, "class_weight": {0: 2, 1: 1, 2: 0.5}},
    "no shuffling": {"shuffle": False},
    "no seed": {"random_state": None},
}
BURSTS = {"first": 1, "third": 3, "last of an epoch": 5, "second epoch": 8, "fourth epoch": 17}


def leave_and_resume(make, leave_at, burst, *data, **given):
    """Leave at a burst; resume with another number of threads; return the model."""
    left = make(n_threads=1).set_callbacks(leave_at(burst))
    with pytest.raises(Leave):
        left.fit(*data, **given)
    return make(n_threads=2, resume=True).fit(*data, **given)


@pytest.mark.parametrize("burst", BURSTS.values(), ids=BURSTS)
@pytest.mark.parametrize("kind", [kind for kind in SETTINGS if kind != "no seed"])
def test_a_run_that_is_resumed_has_the_bits_of_one_that_was_not_left(
    kind, burst, make, leave_at, iris, bits, tmp_path
):
    def with_settings(folder="run", **more):
        return make(folder=tmp_path / folder, **SETTINGS[kind], **more)

    whole = with_settings("whole").fit(*iris)
    resumed = leave_and_resume(with_settings, leave_at, burst, *iris)
    assert bits(resumed) == bits(whole)


def test_writing_checkpoints_changes_no_bit(make, iris, bits):
    assert bits(make().fit(*iris)) == bits(make(checkpoint=None).fit(*iris))


def test_the_seed_of_a_run_without_one_is_in_its_checkpoints(make, leave_at, iris):
    """Two halves of one run, not a run with other weights: the loss goes on from where it was."""
    resumed = leave_and_resume(
        lambda **more: make(random_state=None, early_stopping=True, **more), leave_at, 12, *iris
    )
    again = make(random_state=None, early_stopping=True, resume=True).fit(*iris)
    assert again.loss_curve_ == resumed.loss_curve_
    assert len(resumed.loss_curve_) == 6
    assert resumed.loss_curve_[3] < resumed.loss_curve_[0]


X, Y = np.random.default_rng(0).normal(size=(90, 5)), np.arange(90) % 3
DATA = {
    "validation rows": ((X, Y), {"X_val": X[:20], "y_val": Y[:20]}),
    "sample weights": ((X, Y, np.linspace(0, 2, 90)), {}),
    "sparse rows": ((csr_matrix(np.where(X > 0, X, 0)), Y), {}),
    "two classes": ((X, Y > 0), {}),
    "many labels": ((X, np.column_stack([Y == 0, Y > 0]).astype(int)), {}),
    "labels of text": ((X, np.array(["a", "b", "ü"])[Y]), {}),
    "float16": ((X.astype(np.float16), Y), {}),
    "columns apart": ((np.asfortranarray(X), Y), {}),
    "big-endian": ((X.astype(">f8"), Y), {}),
}


@pytest.mark.parametrize("kind", DATA)
def test_whatever_the_data_are(kind, make, leave_at, bits, tmp_path):
    data, given = DATA[kind]
    whole = make(folder=tmp_path / "whole").fit(*data, **given)
    assert bits(leave_and_resume(make, leave_at, 8, *data, **given)) == bits(whole)


def test_left_and_resumed_at_every_single_burst(make, leave_at, iris, bits, tmp_path):
    """A run that never gets further than one step at a time."""
    settings = {"early_stopping": True, "dropout": 0.2}
    whole = make(folder=tmp_path / "whole", **settings).fit(*iris)
    steps, model = 0, None
    while model is None:
        try:
            model = make(resume=True, **settings).set_callbacks(leave_at(1)).fit(*iris)
        except Leave:
            steps += 1
    assert steps == 6 * 5  # 135 rows in batches of 32
    assert bits(model) == bits(whole)


def test_a_table_too(leave_at, bits, tmp_path):
    rng = np.random.default_rng(0)
    table = {"size": rng.normal(size=700).tolist(), "colour": ["red", None, "blue", "red"] * 175}
    labels = np.where(np.array(table["size"]) > 0, "big", "small")
    settings = {"max_iter": 5, "n_models": 3, "random_state": 0}
    whole = TabularClassifier(**settings).fit(table, labels)
    settings["checkpoint"] = Checkpoint(tmp_path / "run", seconds=None)
    with pytest.raises(Leave):
        TabularClassifier(**settings, n_threads=1).set_callbacks(leave_at(8)).fit(table, labels)
    resumed = TabularClassifier(**settings, resume=True, n_threads=2).fit(table, labels)
    assert bits(resumed) == bits(whole)
    assert resumed.predict(table).tolist() == whole.predict(table).tolist()
    assert (resumed.validation_rows_ == whole.validation_rows_).all()


def test_a_run_that_is_done_is_there_at_once(make, iris, bits, leave_at):
    done = make().fit(*iris)
    again = make(resume=True).set_callbacks(leave_at(1)).fit(*iris)  # no burst is made
    assert bits(again) == bits(done)


def test_a_run_that_is_done_can_have_more_epochs(make, iris, bits, tmp_path):
    make().fit(*iris)
    more = make(resume=True, max_iter=9).fit(*iris)
    assert bits(more) == bits(make(folder=tmp_path / "nine", max_iter=9).fit(*iris))


def test_divergence_after_resuming_keeps_the_best_weights(make, iris, leave_at):
    """The epochs before the run was left count as this run's."""
    X, y = iris
    shares = np.array([1e-303] * 4 + [1.0] * 2)
    wild = {
        "schedule": lambda p: shares[np.minimum((p * 6).astype(int), 5)],
        "learning_rate_init": 1e300,
        "early_stopping": True,
    }
    with pytest.raises(Leave):
        make(**wild).set_callbacks(leave_at(18)).fit(X, y)
    model = make(resume=True, **wild)
    with pytest.raises(ValueError, match=r"in epoch 5, at step \d+"):
        model.fit(X, y)
    assert len(model.loss_curve_) == 4
    assert np.isfinite(model.predict_proba(X)).all()


def test_weights_that_overflow_are_those_at_the_start_of_the_epoch_also_after_resuming(
    make, leave_at, iris, tmp_path
):
    """What is taken up then is in the checkpoint: the same bits as if the run had not been left."""
    X, y = 1e3 * iris[0], iris[1]
    shares = np.array([1e-310, 1e-310, 1.0])
    settings = {
        "schedule": lambda p: shares[np.minimum((p * 3 + 1e-9).astype(int), 2)],
        "learning_rate_init": 1e308,
        "solver": "sgd",
        "activation": "identity",
        "max_iter": 3,
    }
    with pytest.raises(ValueError, match="diverged"):
        (whole := make(folder=tmp_path / "whole", **settings)).fit(X, y)
    with pytest.raises(Leave):
        make(**settings).set_callbacks(leave_at(8)).fit(X, y)
    with pytest.raises(ValueError, match="diverged"):
        (resumed := make(resume=True, **settings)).fit(X, y)
    assert resumed._parameters.theta.tobytes() == whole._parameters.theta.tobytes()


def test_a_classifier_is_not_changed_by_being_left(make, leave_at, iris):
    model = make().set_callbacks(leave_at(3))
    with pytest.raises(Leave):
        model.fit(*iris)
    assert not hasattr(model, "coefs_")
    assert isinstance(model, MLPClassifier)
