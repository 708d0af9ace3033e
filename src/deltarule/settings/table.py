"""Every hyper-parameter, once."""

from collections.abc import Mapping

from deltarule.settings.mlp import MLP_SETTINGS
from deltarule.settings.setting import Setting
from deltarule.settings.tabular import TABULAR_SETTINGS

SETTINGS: Mapping[str, Setting] = {
    setting.name: setting for setting in (*MLP_SETTINGS, *TABULAR_SETTINGS)
}
