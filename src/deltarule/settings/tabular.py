"""The settings that TabularClassifier alone has."""

from numbers import Integral, Real

from deltarule.ranges import Choice, Either, Flag, Kinds, Nothing, Number, Size, Text
from deltarule.settings.setting import ABSENT, Setting

_POSITIVE = Number(Real, 0, closed="neither")
_COUNT = Number(Integral, 1)
_SWITCH = Either(Nothing(), Flag())
_METRICS = ("error", "log_loss", "roc_auc")
_KINDS = ("numeric", "boolean", "categorical", "datetime", "ignored")
_INITIALISERS = ("neural_tangent", "data_driven")
_PRESETS = ("quick", "standard", "thorough", "td-s", "td")

TABULAR_SETTINGS = (
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
        Choice(_PRESETS),
        ABSENT,
        "the recipe: how many networks, of what kind, trained how; other settings change parts",
        tabular_default="standard",
        flag="--preset",
        since=3,
    ),
    Setting(
        "n_models",
        Either(Nothing(), _COUNT),
        ABSENT,
        "networks whose predictions are averaged",
        tabular_default=None,
        flag="--n-models",
        since=3,
        is_of_preset=True,
    ),
    Setting(
        "n_refit",
        Either(Nothing(), Number(Integral, 0)),
        ABSENT,
        "networks more that learn from all rows; with any, their predictions alone are averaged",
        tabular_default=None,
        flag="--n-refit",
        since=3,
        is_of_preset=True,
    ),
    Setting(
        "calibrate",
        Flag(),
        ABSENT,
        "scale the scores so that the probabilities fit the rows held out",
        tabular_default=True,
        flag="--calibrate",
        since=3,
        is_of_run=False,
    ),
    Setting(
        "scaling_layer",
        _SWITCH,
        ABSENT,
        "learn a factor for each number that is read",
        tabular_default=None,
        flag="--scaling-layer",
        since=3,
        is_of_preset=True,
    ),
    Setting(
        "numeric_embedding",
        _SWITCH,
        ABSENT,
        "give the network periodic functions of each amount, too",
        tabular_default=None,
        flag="--numeric-embedding",
        since=3,
        is_of_preset=True,
    ),
    Setting(
        "category_embedding",
        _SWITCH,
        ABSENT,
        "learn a vector for each category, where a column has more than 8",
        tabular_default=None,
        flag="--category-embedding",
        since=3,
        is_of_preset=True,
    ),
    Setting(
        "parametric_activation",
        _SWITCH,
        ABSENT,
        "learn how much each hidden unit bends",
        tabular_default=None,
        flag="--parametric-activation",
        since=3,
        is_of_preset=True,
    ),
    Setting(
        "initialiser",
        Either(Nothing(), Choice(_INITIALISERS)),
        ABSENT,
        "what fresh weights are drawn by",
        tabular_default=None,
        flag="--initialiser",
        since=3,
        is_of_preset=True,
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
