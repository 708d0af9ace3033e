"""The defaults of an estimator, and whether values lie in their ranges."""

from collections.abc import Mapping
from typing import Any

from deltarule.errors import SettingError
from deltarule.settings.setting import ABSENT
from deltarule.settings.table import SETTINGS


def defaults(owner: str) -> dict[str, Any]:
    """Return the settings of an estimator, by its class's name, with their defaults."""
    all_of_them = {name: setting.default_of(owner) for name, setting in SETTINGS.items()}
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
        allowed = SETTINGS[name].range_of(owner)
        if not allowed.admits(value):
            raise SettingError(
                f"The {name!r} parameter of {owner} must be {allowed}. Got {value!r} instead."
            )
