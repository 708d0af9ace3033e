"""``deltarule --version``."""

import click


def _show(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    from deltarule import __version__
    from deltarule.engines import ENGINE

    click.echo(f"deltarule {__version__} (engine: {ENGINE.name})")
    context.exit()


version = click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show,
    help="Show the version and the engine in use, and exit.",
)
