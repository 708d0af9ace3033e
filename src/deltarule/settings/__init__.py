"""Every hyper-parameter, once: its name, range, default and one line of help.

The estimators' signatures, the command line's flags and the settings in a model file are
checked against :data:`SETTINGS` by ``tests/test_settings.py``, so none of them can drift.
This package stays light on purpose: ``deltarule --help`` reads it and must answer at once.
"""

from deltarule.settings.as_json import settings_from_json, settings_of_run, settings_to_json
from deltarule.settings.checks import check_settings, defaults
from deltarule.settings.setting import ABSENT, Setting
from deltarule.settings.table import SETTINGS

__all__ = [
    "ABSENT",
    "SETTINGS",
    "Setting",
    "check_settings",
    "defaults",
    "settings_from_json",
    "settings_of_run",
    "settings_to_json",
]
