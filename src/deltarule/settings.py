"""Every hyper-parameter, once: its name, range, default and one line of help.

The estimators' signatures, the command line's flags and the settings in a model file are
checked against :data:`SETTINGS` by ``tests/test_settings.py``, so none of them can drift.
This module stays light on purpose: ``deltarule --help`` reads it and must answer at once.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any, Protocol, cast

from deltarule.errors import SettingError

INFINITY = math.inf


class Range(Protocol):
    """What a setting accepts."""

    def admits(self, value: object) -> bool:
        """Whether ``value`` lies in the range."""

    def __str__(self) -> str:
        """Describe the range, as it reads after "must be"."""


@dataclass(frozen=True)
class Number:
    """A real or integer interval, with any further values that are welcome too.

    Booleans are refused: ``True`` is an ``int`` to Python and a mistake to everybody else.
    """

    kind: type
    low: float
    high: float = INFINITY
    closed: str = "left"  # which ends belong to the interval: "left", "both" or "neither"
    also: tuple[object, ...] = ()

    def admits(self, value: object) -> bool:
        if isinstance(value, str | Real) and value in self.also:
            return True
        if isinstance(value, bool) or not isinstance(value, self.kind):
            return False
        try:
            number = float(value)  # type: ignore[arg-type]
        except OverflowError:
            return False
        above = number >= self.low if self.closed in ("left", "both") else number > self.low
        below = number <= self.high if self.closed == "both" else number < self.high
        return above and below

    def __str__(self) -> str:
        opening = "[" if self.closed in ("left", "both") else "("
        closing = "]" if self.closed == "both" else ")"
        noun = "an int" if self.kind is Integral else "a float"
        others = "".join(f" or {other!r}" for other in self.also)
        return f"{noun} in {opening}{self.low:g}, {self.high:g}{closing}{others}"


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def admits(self, value: object) -> bool:
        return isinstance(value, str) and value in self.words

    def __str__(self) -> str:
        return "one of " + ", ".join(map(repr, self.words))


@dataclass(frozen=True)
class Flag:
    """True or False (NumPy's booleans too)."""

    def admits(self, value: object) -> bool:
        return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")

    def __str__(self) -> str:
        return "True or False"


@dataclass(frozen=True)
class Sizes:
    """Numbers of units, one a hidden layer: an int, or a sequence of ints (also empty)."""

    def admits(self, value: object) -> bool:
        is_array = getattr(value, "ndim", 0) == 1
        is_list = isinstance(value, Sequence) and not isinstance(value, str | bytes)
        sizes = cast("Sequence[object]", value) if is_array or is_list else (value,)
        positive = Number(Integral, 1)
        return all(positive.admits(size) for size in sizes)

    def __str__(self) -> str:
        return "an int >= 1 or a sequence of such ints"


@dataclass(frozen=True)
class Seed:
    """What scikit-learn calls ``random_state``."""

    def admits(self, value: object) -> bool:
        is_seed = Number(Integral, 0, 2**32).admits(value)
        return value is None or is_seed or hasattr(value, "randint")

    def __str__(self) -> str:
        return "None, an int in [0, 2**32) or a numpy.random.RandomState"


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
        How the command line calls it.
    """

    name: str
    range: Range
    default: Any
    help: str
    tabular_default: Any = field(default=ABSENT, kw_only=True)
    flag: str | None = field(default=None, kw_only=True)


_POSITIVE = Number(Real, 0, closed="neither")
_NOT_NEGATIVE = Number(Real, 0)
_FRACTION = Number(Real, 0, 1)
_COUNT = Number(Integral, 1)

SETTINGS: Mapping[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting("hidden_layer_sizes", Sizes(), (100,), "units of each hidden layer"),
        Setting(
            "activation",
            Choice(("identity", "logistic", "tanh", "relu")),
            "relu",
            "activation function of the hidden layers",
        ),
        Setting("solver", Choice(("sgd", "adam")), "adam", "the update rule"),
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
            tabular_default=100,
            flag="--max-iter",
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
        ),
        Setting("warm_start", Flag(), False, "start from the weights of the fit before"),
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
    )
}


def defaults(owner: str) -> dict[str, Any]:
    """Return the settings of an estimator, by its class's name, with their defaults."""
    if owner == "TabularClassifier":
        tabular = {name: setting.tabular_default for name, setting in SETTINGS.items()}
        return {name: default for name, default in tabular.items() if default is not ABSENT}
    return {name: setting.default for name, setting in SETTINGS.items()}


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
    """Return settings as JSON-able data: infinity as "inf", a random generator as None."""
    return {name: _to_json(value) for name, value in values.items()}


def _to_json(value: object) -> object:
    if value is None or isinstance(value, str | bool):
        return value
    if Flag().admits(value):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return "inf" if value == INFINITY else float(value)
    return [int(size) for size in value] if isinstance(value, Iterable) else None


def settings_from_json(owner: str, values: Mapping[str, object]) -> dict[str, Any]:
    """Return settings read from JSON, checked.

    Raises
    ------
    ValueError
        If a name is unknown or lacking, or a value outside its range (:class:`SettingError`).
    """
    strange = values.keys() ^ defaults(owner).keys()
    if strange:
        raise ValueError(f"the setting {min(strange)!r} of {owner} is unknown or lacking")
    settings = {
        name: INFINITY if value == "inf" else tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
    }
    check_settings(owner, settings)
    return settings
