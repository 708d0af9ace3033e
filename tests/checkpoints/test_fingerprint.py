"""Which run is it? Other data or settings are refused and named; what changes no bit is not."""

import inspect

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from deltarule import Checkpoint, MLPClassifier, TabularClassifier
from deltarule.checkpoints.fingerprint import digest
from deltarule.errors import CheckpointError
from deltarule.settings import SETTINGS, defaults

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

OTHER = {
    "hidden_layer_sizes": (7,),
    "activation": "tanh",
    "solver": "sgd",
    "alpha": 0.01,
    "batch_size": 33,
    "learning_rate": "adaptive",
    "learning_rate_init": 0.01,
    "power_t": 0.4,
    "shuffle": False,
    "random_state": 1,
    "tol": 0.1,
    "momentum": 0.8,
    "nesterovs_momentum": False,
    "early_stopping": True,
    "validation_fraction": 0.2,
    "beta_1": 0.8,
    "beta_2": 0.99,
    "epsilon": 1e-7,
    "n_iter_no_change": 9,
    "max_fun": 9,
    "class_weight": "balanced",
    "scoring": "roc_auc_ovr",
    "dropout": 0.1,
    "label_smoothing": 0.1,
    "weight_decay": 0.1,
    "clip_norm": 1.0,
    "schedule": "cosine",
    "dtype": "float32",
    "shards": 2,
}
NEUTRAL = {"verbose": True, "n_threads": 1, "max_iter": 7}
OTHER_TABULAR = {
    "shards": 2,
    "metric": "log_loss",
    "columns": {"age": "categorical"},
    "class_weight": "balanced",
    "schedule_epochs": 9,
    "random_state": 1,
    "n_models": 3,
    "n_refit": 1,
    "hidden_layer_sizes": (7,),
    "batch_size": 33,
    "learning_rate_init": 0.01,
    "dropout": 0.1,
    "weight_decay": 0.1,
    "label_smoothing": 0.2,
    "scaling_layer": False,
    "numeric_embedding": False,
    "category_embedding": False,
    "parametric_activation": False,
    "initialiser": "neural_tangent",
}
NEUTRAL_TABULAR = {
    "calibrate": False,
    "max_iter": 5,
    "threshold": 0.3,
    "strict": True,
    "time_limit": 600,
    "memory_limit": "1 GB",
    "window": None,
    "cache": "cache",
    "n_threads": 1,
}


def test_every_setting_is_either_of_the_run_or_neutral():
    """A new setting has to be put in one of the two, here as in the table."""
    of_run = {name for name, setting in SETTINGS.items() if setting.is_of_run}
    by_itself = {"schedule_epochs"}  # the plan has it, said or not
    assert of_run == (OTHER.keys() | OTHER_TABULAR.keys() | {"preset"}) - by_itself
    not_of_run = NEUTRAL.keys() | NEUTRAL_TABULAR.keys() | by_itself
    not_of_run |= {"warm_start", "checkpoint", "resume"}
    assert of_run | not_of_run == SETTINGS.keys()
    runs = {"preset", "checkpoint", "resume"}
    assert OTHER_TABULAR.keys() | NEUTRAL_TABULAR.keys() | runs == (
        defaults("TabularClassifier").keys()
    )


def refusal(model, *data, **given):
    with pytest.raises(CheckpointError) as caught:
        model.fit(*data, **given)
    message = str(caught.value)
    assert str(model.checkpoint.folder) in message
    return message.split("What differs: ")[1].removesuffix(
        ". Use what it was begun with, or another folder."
    )


def shown(value):
    return (
        value
        if isinstance(value, str)
        else repr(list(value) if isinstance(value, tuple) else value)
    )


@pytest.mark.parametrize("name", OTHER)
def test_another_setting_is_refused_and_shown(name, make, iris, broken_off):
    parameters = inspect.signature(MLPClassifier).parameters
    begun_with = {"batch_size": 32, "random_state": 0, "hidden_layer_sizes": [6]}
    then = begun_with.get(name, parameters[name].default)
    message = refusal(make(resume=True, **{name: OTHER[name]}), *iris)
    assert f"{name} (then {shown(then)}, now {shown(OTHER[name])})" in message


@pytest.mark.parametrize("name", NEUTRAL)
def test_what_changes_no_bit_may_be_another(name, make, iris, broken_off):
    make(resume=True, **{name: NEUTRAL[name]}).fit(*iris)


def test_fewer_epochs_than_it_has_got_to_are_refused(make, iris, broken_off):
    with pytest.raises(
        CheckpointError, match=r"end of epoch 4, beyond max_iter=3\. Raise max_iter"
    ):
        make(resume=True, max_iter=3).fit(*iris)


def test_the_end_of_a_schedule_is_of_the_run(make, iris, fail_after):
    """It is max_iter where schedule_epochs does not say otherwise."""
    with pytest.raises(RuntimeError):
        make(schedule="cosine").set_callbacks(fail_after(3)).fit(*iris)
    other = make(schedule="cosine", resume=True, max_iter=9)
    assert refusal(other, *iris) == "schedule_epochs, the epochs of the schedule (then 6, now 9)"


def linear(p):
    return 1 - p


def quadratic(p):
    return (1 - p) ** 2


def test_another_function_is_refused_by_its_name(make, iris, fail_after):
    with pytest.raises(RuntimeError):
        make(schedule=linear).set_callbacks(fail_after(3)).fit(*iris)
    message = refusal(make(schedule=quadratic, resume=True), *iris)
    assert "linear" in message
    assert "quadratic" in message


# ---------------------------------------------------------------------------------------- data


def changed(array, place, value):
    array = array.copy()
    array[place] = value
    return array


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda X, y: (X[1:], y[1:]), "number of training rows (then 150, now 149)"),
        (lambda X, y: (changed(X, (149, 3), 1.8000001), y), "the values of the training rows"),
        (lambda X, y: (X[:, :3], y), "number of columns of the training rows (then 4, now 3)"),
        (
            lambda X, y: (X.astype(np.float32), y),
            "type of the training rows (then float64, now float32)",
        ),
        (lambda X, y: (X[::-1], y), "the values of the training rows"),
        (lambda X, y: (X, changed(y, 0, 1)), "the labels of the training rows"),
        (lambda X, y: (X, np.array(["a", "b", "c"])[y]), "labels (then [0, 1, 2], now"),
        (lambda X, y: (X, y, np.linspace(1, 2, 150)), "the weights of the training rows"),
    ],
)
def test_other_data_are_refused_and_named(change, named, make, iris, broken_off):
    assert named in refusal(make(resume=True), *change(*iris))


def test_other_validation_rows_are_refused_and_named(make, iris, fail_after):
    X, y = iris
    with pytest.raises(RuntimeError):
        make().set_callbacks(fail_after(3)).fit(X, y, X_val=X[:30], y_val=y[:30])
    resumed = make(resume=True)
    assert "number of validation rows (then 30, now 29)" in refusal(
        resumed, X, y, X_val=X[:29], y_val=y[:29]
    )
    assert (
        refusal(resumed, X, y, X_val=-X[:30], y_val=y[:30]) == "the values of the validation rows"
    )
    assert "number of validation rows (then 30, now None)" in refusal(resumed, X, y)


TABLE = {"size": np.linspace(0, 1, 80).tolist(), "age": [1, 2] * 40}


@pytest.fixture
def left_table(tmp_path, fail_after):
    """The settings of a run on ``TABLE`` that was broken off in epoch 3."""
    every = Checkpoint(tmp_path / "run", seconds=None, epochs=1)
    settings = {"max_iter": 4, "schedule_epochs": 8, "random_state": 0, "checkpoint": every}
    model = TabularClassifier(**settings).set_callbacks(fail_after(3))
    with pytest.raises(RuntimeError):
        model.fit(TABLE, ["a", "b", "b", "a"] * 20)
    return {**settings, "resume": True}


@pytest.mark.parametrize("name", OTHER_TABULAR)
def test_another_setting_of_a_table_is_refused_and_named(name, left_table):
    model = TabularClassifier(**{**left_table, name: OTHER_TABULAR[name]})
    told = (
        "schedule_epochs, the epochs of the schedule (then 8, now 9)"
        if name == "schedule_epochs"
        else f"{name} (then"
    )
    assert told in refusal(model, TABLE, ["a", "b", "b", "a"] * 20)


@pytest.mark.parametrize("name", NEUTRAL_TABULAR)
def test_other_settings_of_a_table_change_no_bit_of_a_run(name, left_table):
    model = TabularClassifier(**{**left_table, name: NEUTRAL_TABULAR[name]})
    model.fit(TABLE, ["a", "b", "b", "a"] * 20)
    whole = TabularClassifier(
        max_iter=model.max_iter,
        schedule_epochs=8,
        random_state=0,
        threshold=model.threshold,
        calibrate=model.calibrate,
    )
    whole.fit(TABLE, ["a", "b", "b", "a"] * 20)
    assert model.loss_curve_ == whole.loss_curve_
    assert np.array_equal(model.predict_proba(TABLE), whole.predict_proba(TABLE))


def test_another_column_or_target_of_a_table_is_named(left_table):
    table, labels = TABLE, ["a", "b", "b", "a"] * 20
    model = TabularClassifier(**left_table)
    renamed = {"size": table["size"], "years": table["age"]}
    message = refusal(model, renamed, labels)
    assert message == "names of the columns (only then: 'age'; only now: 'years')"
    moved = {"age": table["age"], "size": table["size"]}
    assert "names of the columns (in another order)" in refusal(model, moved, labels)
    assert "labels (then" in refusal(model, table, ["a", "c", "c", "a"] * 20)
    assert "the labels of the training rows" in refusal(model, table, ["b", "a", "a", "b"] * 20)


# -------------------------------------------------------------------------------------- digests

ARRAY = np.arange(24.0).reshape(6, 4)


@pytest.mark.parametrize(
    "same",
    [np.asfortranarray(ARRAY), np.repeat(ARRAY, 2, axis=0)[::2], ARRAY.copy()],
    ids=["columns first", "strided", "copy"],
)
def test_how_an_array_lies_in_memory_does_not_matter(same):
    assert digest(same) == digest(ARRAY)


@pytest.mark.parametrize(
    "other",
    [
        ARRAY.reshape(4, 6),
        ARRAY.astype(np.float32),
        ARRAY.astype(">f8"),
        -ARRAY,
        ARRAY[:0],
        csr_matrix(ARRAY),
    ],
)
def test_shape_type_and_values_do(other):
    assert digest(other) != digest(ARRAY)


def test_a_large_array_in_pieces_is_the_array_in_one():
    large = np.random.default_rng(0).random((3, 3_000_000), np.float32)
    assert digest(np.asfortranarray(large)) == digest(large)


def test_the_structure_of_a_sparse_matrix_matters():
    one = csr_matrix(([1.0], [0], [0, 1, 1]), shape=(2, 3))
    assert digest(one) != digest(csr_matrix(([1.0], [1], [0, 1, 1]), shape=(2, 3)))
    assert digest(one) != digest(csr_matrix(([1.0], [0], [0, 0, 1]), shape=(2, 3)))
