"""Every surface agrees with ``deltarule.settings``, and each range ends where it says."""

import dataclasses
import inspect
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier as ScikitMLP

from deltarule import Checkpoint, MLPClassifier, TabularClassifier
from deltarule.cli.train import train
from deltarule.data import IGNORED, KINDS
from deltarule.errors import SettingError
from deltarule.network import ACTIVATIONS, INITIALISERS
from deltarule.settings import (
    ABSENT,
    SETTINGS,
    check_settings,
    defaults,
    mlp,
    settings_from_json,
    settings_to_json,
    tabular,
)
from deltarule.tabular.metrics import METRICS
from deltarule.tabular.recipe import PRESETS, Recipe
from deltarule.training import SHAPES

X, y = np.arange(30.0).reshape(-1, 1), [0, 1] * 15
SIGNED = pytest.mark.parametrize("estimator", [MLPClassifier, TabularClassifier])

# name: (values at and inside the edges, values just outside and of other kinds)
EDGES = {
    "hidden_layer_sizes": (
        [1, 7, (), [], (1,), [3, 2], np.array([4, 5]), np.int64(3)],
        [0, -1, (0,), (3, -1), 2.0, (2.5,), "100", (True,), None, [(3,)]],
    ),
    "activation": (["identity", "logistic", "tanh", "relu"], ["Relu", "", None, 1]),
    "solver": (["lbfgs", "sgd", "adam"], ["SGD", "", None]),
    "alpha": ([0, 0.0, 1e9, np.float32(0.1), np.int8(2)], [-1e-12, math.inf, "0.1", None]),
    "batch_size": (["auto", 1, np.int64(7)], [0, -1, 1.0, "Auto", None]),
    "learning_rate": (["constant", "invscaling", "adaptive"], ["Constant", None]),
    "learning_rate_init": ([1e-12, 5, np.float64(0.1)], [0, 0.0, -1, math.inf, "1"]),
    "power_t": ([0, 0.5, np.float32(2)], [-0.1, math.inf, None]),
    "max_iter": ([1, np.int32(5)], [0, -1, 1.5, math.inf, "9", None]),
    "shuffle": ([True, False, np.True_, np.False_], ["yes", None, 2]),
    "random_state": (
        [None, 0, 2**32 - 1, np.int64(3), np.random.RandomState(0)],
        [-1, 2**32, 1.0, "0", np.random.default_rng(0)],
    ),
    "tol": ([0, 1e-4], [-1e-9, math.inf, None]),
    "verbose": ([True, False, 0, 3], [-1, 0.5, "yes", None]),
    "warm_start": ([True, False, np.False_], ["no", None, 2]),
    "momentum": ([0, 1, 1.0, 0.5], [-0.01, 1.01, None]),
    "nesterovs_momentum": ([True, False, np.True_], ["yes", None, 2]),
    "early_stopping": ([True, False, np.True_], ["yes", None, 2]),
    "validation_fraction": ([0, 0.0, 0.999], [-0.1, 1, 1.0, None]),
    "beta_1": ([0, 0.999], [-0.1, 1.0, None]),
    "beta_2": ([0, 0.999], [-0.1, 1.0, None]),
    "epsilon": ([1e-300, 1], [0, 0.0, -1, math.inf]),
    "n_iter_no_change": ([1, 50, math.inf, np.inf], [0, -1, 1.5, -math.inf, None]),
    "max_fun": ([1, 10**6], [0, 1.5, math.inf]),
}
ADDED = {  # scikit-learn has none of these
    "activation": (["gelu", ["relu"], ("mish",), ()], [["relu", "rleu"], [None]]),
    "class_weight": (
        [None, "balanced", {}, {0: 1, "a": 0.5}, {True: 0}],
        ["Balanced", {0: -1}, {0: "1"}, {0: math.inf}, [1, 2], 1],
    ),
    "scoring": ([None, "roc_auc", max], [1, ["accuracy"], int]),
    "dropout": ([0, 0.5, [0.1], (), np.array([0.2])], [1, -0.1, "0.5", [0.5, 1], None, True]),
    "label_smoothing": ([0, 0.1], [1, -0.1, None]),
    "weight_decay": ([0, 0.01, 3], [-0.01, math.inf, None]),
    "clip_norm": ([None, 1, 1e-9], [0, -1, math.inf, "1"]),
    "schedule": ([None, "cosine", "one_cycle", np.ones_like], ["Cosine", 1, float]),
    "schedule_epochs": ([None, 1, 100], [0, 1.5, math.inf]),
    "dtype": ([None, "float32", "float64"], ["f4", np.float32, "float16"]),
    "n_threads": ([None, 1, 3], [0, -1, 1.5, 10**30]),
    "shards": ([1, 2, 1024], [0, 3, 2048, 2.0, True, None]),
    "checkpoint": ([None, "run", Path("run"), Checkpoint("run")], [1, True, b"run"]),
    "resume": ([True, False, np.True_], [1, None, "run"]),
}
TABULAR = {  # TabularClassifier's alone
    "metric": (["error", "log_loss", "roc_auc"], ["accuracy", None, 1]),
    "preset": (["quick", "standard", "thorough", "td", "td-s"], ["TD-S", None, ""]),
    "columns": (
        [None, {}, {"a": "numeric", "": "ignored"}, {"b": "categorical", "c": "datetime"}],
        [{"a": "number"}, {"a": None}, {1: "numeric"}, ["a"], "a"],
    ),
    "threshold": ([None, 0, 1, 0.5, np.float32(0.3), "f1"], [-0.1, 1.1, True, max, [0.5]]),
    "strict": ([True, False, np.True_], [1, None, "yes"]),
    "time_limit": ([None, 0.1, 60, np.int64(3)], [0, -1, math.inf, "60"]),
    "memory_limit": (
        [None, 1, 10**12, "2 GB", "2GB", "1.5 MB", "100 kB", "5 MiB", "17 B", np.int64(9)],
        [0, -1, 1.5, "2", "2 gb", "GB", "-1 GB", "0 GB", "1e9 B", "2 GB ", True, ""],
    ),
    "window": ([None, 1, 2**40, np.int64(5)], [0, -1, 1.5, True, "1"]),
    "cache": ([None, "folder", Path("folder")], ["", 1, b"folder"]),
}
SWITCH = ([None, True, False, np.True_], [0, 1, "yes"])
TABULAR |= {
    "n_models": ([None, 1, np.int64(20)], [0, -1, 1.5, True, "8"]),
    "n_refit": ([None, 0, 1, np.int64(20)], [-1, 1.5, True, "8"]),
    "calibrate": ([True, False, np.False_], [None, 1, "yes"]),
    "scaling_layer": SWITCH,
    "numeric_embedding": SWITCH,
    "category_embedding": SWITCH,
    "parametric_activation": SWITCH,
    "initialiser": ([None, "neural_tangent", "data_driven"], ["glorot", "", 1]),
}
OF_BOTH = {  # other in TabularClassifier, where None is what the preset says
    "hidden_layer_sizes": ([None, 1, (), (3, 2), [4], np.array([4, 5])], [0, (0,), 2.0, "100"]),
    "batch_size": ([None, 1, np.int64(7)], [0, -1, 1.0, "auto", True]),
    "learning_rate_init": ([None, 1e-12, 5], [0, -1, math.inf, "1"]),
    "max_iter": ([None, 1, np.int32(5)], [0, -1, 1.5, math.inf, "9"]),
    "dropout": ([None, 0, 0.5], [1, -0.1, "0.5", [0.1], True]),
    "weight_decay": ([None, 0, 0.01, 3], [-0.01, math.inf]),
    "label_smoothing": ([None, 0, 0.1], [1, -0.1]),
}
ALL = {"MLPClassifier": (EDGES, ADDED, TABULAR), "TabularClassifier": (OF_BOTH, TABULAR)}
ADMITTED, REFUSED = (
    [
        (owner, name, value)
        for owner, tables in ALL.items()
        for edges in tables
        for name, values in edges.items()
        for value in values[side]
    ]
    for side in (0, 1)
)
THEIRS = [
    (name, value, admitted)
    for name, edges in EDGES.items()
    for values, admitted in zip(edges, (True, False), strict=True)
    for value in values
]
NUMBERS = sorted(
    name
    for name, (good, _) in EDGES.items()
    if any(isinstance(v, int | float) and not isinstance(v, bool) for v in good)
)


@SIGNED
def test_signature_is_the_table(estimator):
    parameters = inspect.signature(estimator).parameters
    assert {name: p.default for name, p in parameters.items()} == defaults(estimator.__name__)


def test_signature_is_scikit_learns():
    """The same names in the same order, with the same defaults, positional where they are there.

    What it has not comes after, keyword-only.
    """
    ours, theirs = (
        [(p.name, p.default, p.kind) for p in inspect.signature(model).parameters.values()]
        for model in (MLPClassifier, ScikitMLP)
    )
    assert ours[: len(theirs)] == theirs
    assert {kind for *_, kind in ours[len(theirs) :]} == {inspect.Parameter.KEYWORD_ONLY}


def test_words_are_those_of_the_layers_below():
    """The table names them so that it need not import them."""
    assert set(tabular._METRICS) == METRICS.keys()
    assert set(tabular._KINDS) == {*KINDS, IGNORED}
    assert set(tabular._PRESETS) == PRESETS.keys()
    assert set(tabular._INITIALISERS) <= INITIALISERS.keys()
    assert set(mlp._ACTIVATIONS) == ACTIVATIONS.keys()
    assert set(mlp._SCHEDULES) == SHAPES.keys()


def test_what_a_preset_says_are_the_parts_of_a_recipe():
    parts = {part.name for part in dataclasses.fields(Recipe)}
    assert {name for name, setting in SETTINGS.items() if setting.is_of_preset} == parts
    assert all(SETTINGS[name].tabular_default is None for name in parts)


@SIGNED
def test_every_setting_is_documented(estimator):
    section = inspect.getdoc(estimator).split("Attributes\n")[0]
    documented = {
        name
        for line in re.findall(r"^([a-z_0-9, ]+) : ", section, re.M)
        for name in line.split(", ")
    }
    assert documented == defaults(estimator.__name__).keys()


def test_every_setting_of_tables_has_its_flag_and_default_on_the_command_line():
    options = {option.name: option for option in train.params}
    for name, setting in SETTINGS.items():
        if setting.tabular_default is ABSENT:
            assert setting.flag is None
            assert name not in options
        elif name == "columns":
            flags = {"categorical", "numeric", "drop", "id"}
            assert flags <= options.keys()
        else:
            assert options[name].opts == [setting.flag]
            assert options[name].default == setting.tabular_default
            assert options[name].help.lower().startswith(setting.help.lower())


def named(value):
    """Return an id that is the same in each process."""
    return value.__name__ if callable(value) else str(value)


def test_every_setting_has_edges_here():
    assert EDGES.keys() | ADDED.keys() | TABULAR.keys() == SETTINGS.keys()


@pytest.mark.parametrize(("owner", "name", "value"), ADMITTED, ids=named)
def test_range_admits(owner, name, value):
    check_settings(owner, {name: value})


@pytest.mark.parametrize(("owner", "name", "value"), REFUSED, ids=named)
def test_range_refuses(owner, name, value):
    with pytest.raises(SettingError):
        check_settings(owner, {name: value})


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [math.nan, np.float32("nan")])
def test_nan_is_in_no_range(name, value):
    with pytest.raises(SettingError):
        check_settings("MLPClassifier", {name: value})


@pytest.mark.parametrize("name", [name for name in NUMBERS if name != "verbose"])
@pytest.mark.parametrize("value", [True, False, np.True_])
def test_a_boolean_is_no_number(name, value):
    with pytest.raises(SettingError):
        check_settings("MLPClassifier", {name: value})


@pytest.mark.parametrize("name", ["shuffle", "warm_start", "nesterovs_momentum", "early_stopping"])
@pytest.mark.parametrize("value", [0, 1])
def test_a_number_is_no_boolean(name, value):
    with pytest.raises(SettingError):
        check_settings("MLPClassifier", {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("hidden_layer_sizes", {3, 4}, id="set"),
        pytest.param("hidden_layer_sizes", {3: 1}, id="dict"),
        pytest.param("hidden_layer_sizes", b"\x03", id="bytes"),
        pytest.param("hidden_layer_sizes", (size for size in (3,)), id="used-up generator"),
        pytest.param("hidden_layer_sizes", np.array(3), id="array without dimensions"),
        pytest.param("max_iter", 10**400, id="int beyond float"),
        pytest.param("alpha", 10**400, id="float beyond float"),
        pytest.param("batch_size", np.array([3, 4]), id="array for an int"),
        pytest.param("n_iter_no_change", np.array([3, 4]), id="array for an int or inf"),
    ],
)
def test_odd_values_are_refused_by_name(name, value):
    with pytest.raises(SettingError, match=name):
        check_settings("MLPClassifier", {name: value})


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:Got `batch_size`")
@pytest.mark.parametrize(
    ("name", "value", "admitted"),
    THEIRS,
    ids=str,
)
def test_scikit_learn_has_the_same_edges(name, value, admitted):
    """Found out by its fit, not by reading its table."""
    theirs = ScikitMLP(**{"max_iter": 1, "hidden_layer_sizes": (2,), name: value})
    try:
        theirs.fit(X, y)
    except (ValueError, TypeError):
        assert not admitted
    else:
        assert admitted


def test_message_is_in_scikit_learns_words():
    """ "The 'x' parameter of Estimator must be RANGE. Got VALUE instead.", from fit of both."""
    form = r"The 'max_iter' parameter of MLPClassifier must be an int in .+\. Got -3 instead\."
    for estimator in (MLPClassifier, ScikitMLP):
        with pytest.raises(ValueError, match=f"^{form}$"):
            estimator(max_iter=-3).fit(X, y)


@pytest.mark.parametrize(
    ("name", "value", "range_"),
    [
        ("solver", "adma", "one of 'lbfgs', 'sgd', 'adam'"),
        ("dropout", 1, "a float in [0, 1), or a sequence of such, one a hidden layer"),
        ("clip_norm", 0, "None or a float in (0, inf)"),
        ("batch_size", 0, "an int in [1, inf) or 'auto'"),
        ("momentum", 2, "a float in [0, 1]"),
        ("validation_fraction", 1, "a float in [0, 1)"),
        ("epsilon", 0, "a float in (0, inf)"),
        ("shuffle", "no", "True or False"),
    ],
)
def test_message_names_the_range(name, value, range_):
    with pytest.raises(SettingError) as caught:
        MLPClassifier(**{name: value}).fit(X, y)
    expected = f"The '{name}' parameter of MLPClassifier must be {range_}. Got {value!r} instead."
    assert str(caught.value) == expected


@SIGNED
def test_defaults_survive_json(estimator):
    """But for where a run is written to: that is nobody's business who has the model."""
    values = defaults(estimator.__name__)
    text = json.dumps(settings_to_json(values), allow_nan=False)
    kept = {name: v for name, v in values.items() if name not in ("checkpoint", "resume", "cache")}
    assert settings_from_json(estimator.__name__, json.loads(text)) == kept


@pytest.mark.parametrize(
    ("name", "value", "back"),
    [
        pytest.param(
            "hidden_layer_sizes",
            np.array([4, 5]),
            (4, 5),
        ),
        ("hidden_layer_sizes", [3], (3,)),
        ("hidden_layer_sizes", (), ()),
        ("hidden_layer_sizes", np.int64(3), 3),
        ("n_iter_no_change", math.inf, math.inf),
        ("alpha", np.float32(0.5), 0.5),
        ("shuffle", np.False_, False),
        ("batch_size", np.int32(7), 7),
        ("random_state", 2**32 - 1, 2**32 - 1),
        ("random_state", np.random.RandomState(0), None),
        ("class_weight", {"a": np.float32(0.5), "b": 2}, {"a": 0.5, "b": 2}),
        ("class_weight", {np.int64(3): 1}, {3: 1}),
        ("activation", ["tanh", "relu"], ("tanh", "relu")),
        ("scoring", "roc_auc", "roc_auc"),
        ("scoring", max, None),
        ("columns", {"a": "numeric"}, {"a": "numeric"}),
        ("memory_limit", "2 GB", "2 GB"),
        ("threshold", np.float32(0.5), 0.5),
    ],
    ids=str,
)
def test_settings_survive_json_as_plain_values(name, value, back):
    """A generator becomes None: its state is not part of a model."""
    owner = "TabularClassifier" if name in TABULAR else "MLPClassifier"
    values = {**defaults(owner), name: value}
    text = json.dumps(settings_to_json(values), allow_nan=False)
    found = settings_from_json(owner, json.loads(text))[name]
    assert (found, type(found)) == (back, type(back))


@pytest.mark.parametrize(
    "change",
    [{"alpha": -1}, {"alpha": "inf"}, {"unheard_of": 1}, {"max_iter": True}, {"solver": None}],
)
def test_settings_from_json_are_checked(change):
    members = {**settings_to_json(defaults("MLPClassifier")), **change}
    with pytest.raises(ValueError, match=next(iter(change))):
        settings_from_json("MLPClassifier", members)


def test_a_setting_that_came_later_may_lack_in_json():
    members = settings_to_json(defaults("MLPClassifier"))
    del members["dropout"]
    assert settings_from_json("MLPClassifier", members)["dropout"] == 0


def test_a_setting_that_lacks_in_json_is_named():
    members = settings_to_json(defaults("TabularClassifier"))
    del members["max_iter"]
    with pytest.raises(ValueError, match="max_iter"):
        settings_from_json("TabularClassifier", members)
