"""Arguments and options that several commands share, and those that stand for settings."""

from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from deltarule.ranges import Choice, Either, Range
from deltarule.settings import SETTINGS

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

data_argument = click.argument("data")
model_argument = click.argument("model")
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Results as JSON on standard output."
)


report_option = click.option(
    "--report", metavar="FILE", help="Write a page on the model and these rows: HTML."
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
        What the setting takes; a flag where its default is False, and one with a --no- of its own
        where it is another switch.
    **changes
        For ``click.option``.
    """
    setting = SETTINGS[name]
    if setting.flag is None:
        raise ValueError(f"The setting {name!r} has no flag.")
    default, flag = setting.tabular_default, setting.flag
    typed: dict[str, Any] = {"type": kind}
    shown: bool | str = default is not None and default is not False
    if default is False:
        typed = {"is_flag": True}
    elif setting.range.admits(True):
        flag, typed = f"{flag}/--no-{flag.removeprefix('--')}", {}
    elif words := _words(setting.range):
        typed = {"type": click.Choice(words)}
    if setting.is_of_preset:
        shown = "the preset's"
    return click.option(
        flag,
        name,
        default=default,
        show_default=shown,
        help=setting.help[0].upper() + setting.help[1:] + ".",
        **(typed | changes),
    )


def _words(accepted: Range) -> tuple[str, ...]:
    """Return the words that a setting accepts, where it accepts a few."""
    ranges = accepted.ranges if isinstance(accepted, Either) else (accepted,)
    return next((one.words for one in ranges if isinstance(one, Choice)), ())


class Units(click.ParamType):  # type: ignore[type-arg] # generic from click 8.4 on
    """Numbers of units, separated by commas."""

    name = "units"

    def convert(self, value: Any, parameter: Any, context: Any) -> tuple[int, ...]:
        """Return them as a tuple.

        Raises
        ------
        click.BadParameter
        """
        try:
            return tuple(int(units) for units in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not like 256,256: units, separated by commas.")


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


def drawn_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what is said of a network that is drawn at random."""
    for option in (
        click.option("--seed", type=int, default=0, show_default=True, help="Of what is drawn."),
        click.option("--activation", default="tanh", show_default=True, help="Of what is drawn."),
        click.option(
            "--sizes", type=Units(), metavar="N,N,...", help="A network drawn at random instead."
        ),
    ):
        command = option(command)
    return command


def batch_options(rows: int) -> Decorator:
    """Return what adds the options for a batch of a table's first rows."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        first = click.option(
            "--rows",
            type=click.IntRange(1),
            default=rows,
            show_default=True,
            help="Of DATA, the first ones.",
        )
        target = click.option(
            "--target", metavar="COLUMN", help="The labels in DATA.  [default: as in training]"
        )
        return target(first(command))

    return add
