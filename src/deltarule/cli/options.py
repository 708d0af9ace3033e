"""Arguments and options that several commands share, and those that stand for settings."""

from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from deltarule.ranges import Choice
from deltarule.settings import SETTINGS

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

data_argument = click.argument("data")
model_argument = click.argument("model")
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Results as JSON on standard output."
)


def names_option(flag: str, help_text: str) -> Decorator:
    """Return an option that takes column names, separated by commas, any number of times."""
    return click.option(
        flag,
        callback=_split_names,
        multiple=True,
        metavar="COL,...",
        show_default=False,
        help=help_text,
    )


def _split_names(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> list[str]:
    return [name for value in values for name in value.split(",") if name]


def setting_option(name: str, kind: Any = int, **changes: Any) -> Decorator:
    """Return the option of one of TabularClassifier's settings.

    Parameters
    ----------
    name : str
    kind : click.ParamType or type
        What the setting takes; a flag where its default is False.
    **changes
        For ``click.option``.
    """
    setting = SETTINGS[name]
    if setting.flag is None:
        raise ValueError(f"The setting {name!r} has no flag.")
    default = setting.tabular_default
    typed = {"is_flag": True} if default is False else {"type": kind}
    if isinstance(setting.range, Choice):
        typed = {"type": click.Choice(setting.range.words)}
    return click.option(
        setting.flag,
        name,
        default=default,
        show_default=default is not None and default is not False,
        help=setting.help[0].upper() + setting.help[1:] + ".",
        **(typed | changes),
    )


def refuse_without(flag: str, *names: str) -> None:
    """Refuse options that say something about another one, which was not given.

    Raises
    ------
    click.UsageError
    """
    context = click.get_current_context()
    for name in names:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name.replace('_', '-')} needs {flag}.")
