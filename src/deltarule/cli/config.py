"""Options from a TOML file, for whoever would rather not write them out each time."""

import tomllib
from difflib import get_close_matches
from typing import Any

import click


def read_config(context: click.Context, parameter: click.Parameter, path: str | None) -> str | None:
    """Take the values in a TOML file for defaults: those on the command line go before.

    Keys are the names of options, ``time-limit`` or ``time_limit``.

    Raises
    ------
    click.BadParameter
        If the file cannot be read, or for a key that is no option.
    """
    if path is None:
        return None
    try:
        with open(path, "rb") as file:
            values = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{path} is no TOML: {error}.") from error
    known = {
        flag.removeprefix("--"): option
        for option in context.command.params
        if isinstance(option, click.Option) and option.name != parameter.name
        for flag in option.opts
    }
    context.default_map = {
        **(context.default_map or {}),
        **dict(_entry(path, key, value, known) for key, value in values.items()),
    }
    return path


def _entry(path: str, key: str, value: Any, known: dict[str, click.Option]) -> tuple[str, Any]:
    """Return the name of a key's option, and its value as click wants it."""
    name = key.replace("_", "-")
    if name not in known:
        close = get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else "See deltarule train --help."
        raise click.BadParameter(f"{path} has {key!r}, which is no option. {hint}")
    option = known[name]
    if isinstance(value, dict) or (isinstance(value, list) and not option.multiple):
        raise click.BadParameter(f"{path}: {key!r} must be one value, not {value!r}.")
    if option.multiple and not isinstance(value, list):
        value = [value]
    return str(option.name), value


config_option = click.option(
    "--config",
    metavar="TOML",
    callback=read_config,
    is_eager=True,
    expose_value=False,
    help="A file with options; those given here go before.",
)
