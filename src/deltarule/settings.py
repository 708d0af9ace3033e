"""Every hyper-parameter, once: its name, range, default and one line of help.

The estimators' signatures, the command line's flags and the settings in a model file are
checked against :data:`SETTINGS` by ``tests/test_settings.py``, so none of them can drift.
This module stays light on purpose: ``deltarule --help`` reads it and must answer at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any
from zlib import crc32

from deltarule.errors import SettingError
from deltarule.ranges import (
    INFINITY,
    Choice,
    Each,
    Either,
    Flag,
    Function,
    Instance,
    Kinds,
    Nothing,
    Number,
    Path,
    Range,
    Seed,
    Size,
    Text,
    Weights,
)


class _Absent:
    """The default of a setting that an estimator does not have."""


ABSENT = _Absent()


@dataclass(frozen=True)
class Setting:
    """One hyper-parameter.

    Attributes
    ----------
    name : str
    range : Range
    default, tabular_default : object
        Of MLPClassifier and of TabularClassifier; ``ABSENT`` where that has no such setting.
    help : str
        One line.
    flag : str or None
        How the command line calls it. ``columns`` has several.
    since : int
        The first format of model files that has it; older ones lack it.
    is_kept : bool
        Whether model files have it. Where a run is written to is no part of its model.
    is_of_run : bool
        Whether a run with another value is another run, as far as the bits of an epoch go.
    """

    name: str
    range: Range
    default: Any
    help: str
    tabular_default: Any = field(default=ABSENT, kw_only=True)
    flag: str | None = field(default=None, kw_only=True)
    since: int = field(default=1, kw_only=True)
    is_kept: bool = field(default=True, kw_only=True)
    is_of_run: bool = field(default=True, kw_only=True)


_POSITIVE = Number(Real, 0, closed="neither")
_NOT_NEGATIVE = Number(Real, 0)
_FRACTION = Number(Real, 0, 1)
_COUNT = Number(Integral, 1)
_ACTIVATIONS = (
    "identity",
    "logistic",
    "tanh",
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "mish",
    "softplus",
)
_METRICS = ("error", "log_loss", "roc_auc")
_KINDS = ("numeric", "boolean", "categorical", "datetime", "ignored")
_SCHEDULES = ("constant", "cosine", "one_cycle", "warm_up", "coslog4", "steps")

SETTINGS: Mapping[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting("hidden_layer_sizes", Each(_COUNT), (100,), "units of each hidden layer"),
        Setting(
            "activation",
            Each(Choice(_ACTIVATIONS)),
            "relu",
            "activation function of the hidden layers",
        ),
        Setting("solver", Choice(("lbfgs", "sgd", "adam")), "adam", "the update rule"),
        Setting("alpha", _NOT_NEGATIVE, 0.0001, "strength of the L2 penalty"),
        Setting(
            "batch_size",
            Number(Integral, 1, also=("auto",)),
            "auto",
            "examples in a batch; 'auto' is min(200, number of rows)",
        ),
        Setting(
            "learning_rate",
            Choice(("constant", "invscaling", "adaptive")),
            "constant",
            "how solver='sgd' changes its learning rate",
        ),
        Setting("learning_rate_init", _POSITIVE, 0.001, "the first learning rate"),
        Setting("power_t", _NOT_NEGATIVE, 0.5, "exponent of learning_rate='invscaling'"),
        Setting(
            "max_iter",
            _COUNT,
            200,
            "most epochs to train for",
            tabular_default=256,
            flag="--max-iter",
            is_of_run=False,
        ),
        Setting("shuffle", Flag(), True, "take the rows in a new order each epoch"),
        Setting(
            "random_state",
            Seed(),
            None,
            "seed of everything random; the same seed gives the same bits",
            tabular_default=None,
            flag="--seed",
        ),
        Setting("tol", _NOT_NEGATIVE, 0.0001, "the least gain that counts as an improvement"),
        Setting(
            "verbose",
            Number(Integral, 0, also=(True, False)),
            False,
            "print the loss of each epoch",
            is_of_run=False,
        ),
        Setting("warm_start", Flag(), False, "go on where the fit before ended", is_of_run=False),
        Setting("momentum", Number(Real, 0, 1, "both"), 0.9, "momentum of solver='sgd'"),
        Setting("nesterovs_momentum", Flag(), True, "Nesterov's momentum for solver='sgd'"),
        Setting("early_stopping", Flag(), False, "hold rows out; stop when their score stalls"),
        Setting("validation_fraction", _FRACTION, 0.1, "share of the rows held out"),
        Setting("beta_1", _FRACTION, 0.9, "decay of Adam's mean of gradients"),
        Setting("beta_2", _FRACTION, 0.999, "decay of Adam's mean of squared gradients"),
        Setting("epsilon", _POSITIVE, 1e-8, "keeps Adam's quotient finite"),
        Setting(
            "n_iter_no_change",
            Number(Integral, 1, also=(INFINITY,)),
            10,
            "epochs without improvement before training stops",
        ),
        Setting("max_fun", _COUNT, 15000, "most calls of the loss for solver='lbfgs'"),
        # From here on: not scikit-learn's.
        Setting(
            "class_weight",
            Either(Nothing(), Choice(("balanced",)), Weights()),
            None,
            "weight of each class's examples; 'balanced' makes all classes count the same",
            tabular_default=None,
            flag="--class-weight",
            since=2,
        ),
        Setting(
            "scoring",
            Either(Nothing(), Text("the name of a scikit-learn scorer"), Function("a scorer")),
            None,
            "what the validation rows are scored by; None is the accuracy",
            since=2,
        ),
        Setting(
            "dropout", Each(_FRACTION), 0.0, "share of a hidden layer's units left out", since=2
        ),
        Setting(
            "label_smoothing",
            _FRACTION,
            0.0,
            "share of each target spread over all classes",
            since=2,
        ),
        Setting("weight_decay", _NOT_NEGATIVE, 0.0, "decoupled weight decay", since=2),
        Setting(
            "clip_norm",
            Either(Nothing(), _POSITIVE),
            None,
            "greatest norm of a step's mean gradient",
            since=2,
        ),
        Setting(
            "schedule",
            Either(Nothing(), Choice(_SCHEDULES), Function("a callable")),
            None,
            "how the learning rate goes with progress, for every solver but 'lbfgs'",
            since=2,
        ),
        Setting(
            "schedule_epochs",
            Either(Nothing(), _COUNT),
            None,
            "epochs after which the schedule is at its end; None is max_iter",
            tabular_default=None,
            flag="--schedule-epochs",
            since=2,
            is_of_run=False,  # the epochs of the schedule are, whichever setting they come from
        ),
        Setting(
            "dtype",
            Either(Nothing(), Choice(("float32", "float64"))),
            None,
            "what to compute in; None is that of X, if it is one of the two, else float64",
            since=2,
        ),
        Setting(
            "n_threads",
            Either(Nothing(), Number(Integral, 1, 2**15)),
            None,
            "most threads to use; None is all that there are. It changes no bit of the result",
            tabular_default=None,
            flag="--threads",
            since=2,
            is_of_run=False,
        ),
        Setting(
            "checkpoint",
            Either(Nothing(), Path(), Instance("Checkpoint")),
            None,
            "folder to write the state of the run to while it is trained",
            tabular_default=None,
            flag="--checkpoint",
            since=3,
            is_kept=False,
            is_of_run=False,
        ),
        Setting(
            "resume",
            Flag(),
            False,
            "go on with the run that the folder of checkpoints holds, if it holds one",
            tabular_default=False,
            flag="--resume",
            since=3,
            is_kept=False,
            is_of_run=False,
        ),
        # From here on: TabularClassifier's alone.
        Setting(
            "metric",
            Choice(_METRICS),
            ABSENT,
            "what the model is to be good at",
            tabular_default="error",
            flag="--metric",
            since=3,
        ),
        Setting(
            "preset",
            Choice(("td-s",)),
            ABSENT,
            "the recipe: network, optimiser, schedule",
            tabular_default="td-s",
            flag="--preset",
            since=3,
        ),
        Setting(
            "columns",
            Either(Nothing(), Kinds(_KINDS)),
            ABSENT,
            "the kinds of columns that are not to be found out",
            tabular_default=None,
            since=3,
        ),
        Setting(
            "threshold",
            Either(
                Nothing(),
                Number(Real, 0, 1, "both"),
                Text("the name of a scikit-learn scorer that predictions are chosen to be best by"),
            ),
            ABSENT,
            "of two classes, the probability from which the second is predicted; or a scorer's "
            "name: the best for it",
            tabular_default=None,
            flag="--threshold",
            since=3,
            is_of_run=False,
        ),
        Setting(
            "strict",
            Flag(),
            ABSENT,
            "refuse categories and columns that training did not have, instead of warning of them",
            tabular_default=False,
            flag="--strict",
            since=3,
            is_of_run=False,
        ),
        Setting(
            "time_limit",
            Either(Nothing(), _POSITIVE),
            ABSENT,
            "seconds that training may take; the best network so far is kept",
            tabular_default=None,
            flag="--time-limit",
            since=3,
            is_of_run=False,
        ),
        Setting(
            "memory_limit",
            Either(Nothing(), Size()),
            ABSENT,
            "memory that training may take; None is what is free",
            tabular_default=None,
            flag="--memory-limit",
            since=3,
            is_of_run=False,
        ),
    )
}


def defaults(owner: str) -> dict[str, Any]:
    """Return the settings of an estimator, by its class's name, with their defaults."""
    all_of_them = {
        name: setting.tabular_default if owner == "TabularClassifier" else setting.default
        for name, setting in SETTINGS.items()
    }
    return {name: default for name, default in all_of_them.items() if default is not ABSENT}


def check_settings(owner: str, values: Mapping[str, object]) -> None:
    """Refuse the first value outside its range.

    Parameters
    ----------
    owner : str
        Name of the estimator, for the message.
    values : mapping from setting name to value
        As ``get_params`` returns them.

    Raises
    ------
    SettingError
        Naming the setting, the range and the value.

    Examples
    --------
    >>> check_settings("MLPClassifier", {"alpha": -1})
    Traceback (most recent call last):
    deltarule.errors.SettingError: The 'alpha' parameter of MLPClassifier must be a float in \
[0, inf). Got -1 instead.
    """
    for name, value in values.items():
        allowed = SETTINGS[name].range
        if not allowed.admits(value):
            raise SettingError(
                f"The {name!r} parameter of {owner} must be {allowed}. Got {value!r} instead."
            )


def settings_to_json(values: Mapping[str, object]) -> dict[str, object]:
    """Return settings as JSON-able data.

    Infinity is "inf", a dict a list of pairs under "pairs"; functions and random generators,
    which only code can give back, are None.
    """
    return {name: _to_json(value) for name, value in values.items() if SETTINGS[name].is_kept}


def settings_of_run(values: Mapping[str, object]) -> dict[str, object]:
    """Return, as JSON-able data, what makes a run another one.

    Of functions, their names and a checksum of their code; not of what they hang on.
    """
    return {
        name: _name_of(value) if callable(value) else _to_json(value)
        for name, value in values.items()
        if SETTINGS[name].is_of_run
    }


def _name_of(function: Any) -> str:
    """Name a function so that another process names it alike, and another one differently."""
    if not hasattr(function, "__qualname__"):
        shown = repr(function)  # of a scorer: what it is made from
        return type(function).__qualname__ if " at 0x" in shown else shown
    name, code = (
        f"{function.__module__}.{function.__qualname__}",
        getattr(function, "__code__", None),
    )
    if code is None:
        return name
    constants = [value for value in code.co_consts if not hasattr(value, "co_code")]
    return f"{name} {crc32(code.co_code + repr(constants).encode()):08x}"


def _to_json(value: object) -> object:
    if value is None or isinstance(value, str | bool):
        return value
    if Flag().admits(value):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return "inf" if value == INFINITY else float(value)
    if isinstance(value, Mapping):
        return {"pairs": [[_to_json(label), _to_json(weight)] for label, weight in value.items()]}
    return [_to_json(element) for element in value] if isinstance(value, Iterable) else None


def settings_from_json(owner: str, values: Mapping[str, object]) -> dict[str, Any]:
    """Return the settings that model files have, read from JSON and checked.

    One that came after format 1 may lack, and has its default.

    Raises
    ------
    ValueError
        If a name is unknown or lacking, or a value outside its range (:class:`SettingError`).
    """
    known = {name: v for name, v in defaults(owner).items() if SETTINGS[name].is_kept}
    lacking = {name for name in known.keys() - values.keys() if SETTINGS[name].since == 1}
    strange = (values.keys() - known.keys()) | lacking
    if strange:
        raise ValueError(f"the setting {min(strange)!r} of {owner} is unknown or lacking")
    settings = known | {name: _from_json(value) for name, value in values.items()}
    check_settings(owner, settings)
    return settings


def _from_json(value: object) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, dict) and value.keys() == {"pairs"} and _are_pairs(value["pairs"]):
        return dict(value["pairs"])
    return INFINITY if value == "inf" else value


def _are_pairs(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str | int | float)
        for pair in value
    )
