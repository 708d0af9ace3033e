"""``deltarule check-gradients``: gradients beside differences of J, ours or someone else's."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deltarule.cli.options import batch_options, drawn_options, json_option
from deltarule.cli.reading import reading_options

if TYPE_CHECKING:
    from deltarule.data import ReadOptions

ROWS, WRONG = 16, 1


@click.command("check-gradients")
@click.argument("model", required=False)
@click.argument("data", required=False)
@drawn_options
@click.option(
    "--function",
    metavar="FILE.py:NAME",
    help="Check this function of yours: NAME(W, b, X, y) returns the gradients of W and of b.",
)
@batch_options(ROWS)
@reading_options
@json_option
def check_gradients(
    model: str | None,
    data: str | None,
    sizes: tuple[int, ...] | None,
    activation: str,
    seed: int,
    function: str | None,
    target: str | None,
    rows: int,
    reading: "ReadOptions",
    as_json: bool,
) -> None:
    """Compare gradients with differences of J: those of MODEL on rows of DATA, or your own.

    --function checks one that you have written, on a network of --sizes 4,5,4,3, and names the
    likely mistake. W and b are dicts by layer from 1, X is (features, examples), y has the classes
    from 0. Your file is executed.

    Exit code 1 says that a gradient is wrong.
    """
    from deltarule import insight
    from deltarule.cli.looking import show_check
    from deltarule.cli.tables import first_rows, read_for

    if model is not None and (data is None or sizes is not None or function is not None):
        raise click.UsageError(
            "Give MODEL and DATA; or --sizes, and with them --function for one of yours."
        )
    gradient = None if function is None else _guarded(load_function(function), function)
    if model is not None:
        loaded, labelled = read_for(model, str(data), target, reading)
        table, labels = first_rows(labelled, rows, str(data))
        found = insight.check_gradients(loaded, table, labels, random_state=seed)
    else:
        found = insight.check_gradients(
            sizes or (4, 5, 4, 3), gradient=gradient, activation=activation, random_state=seed
        )
    if as_json:
        click.echo(json.dumps(found.to_json()))
    else:
        show_check(found)
    if not found.is_right:
        sys.exit(WRONG)


def load_function(where: str) -> Callable[..., Any]:
    """Return a function from a file of the user's: "mine.py:gradient"."""
    from importlib.util import module_from_spec, spec_from_file_location

    path, _, name = where.rpartition(":")
    if not path or not name:
        raise click.UsageError(f"--function {where!r} is not like mine.py:gradient.")
    spec = spec_from_file_location("function_to_check", path)
    if spec is None or spec.loader is None:
        raise click.UsageError(f"--function {where!r}: {path} is no Python file.")
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except OSError:
        raise
    except Exception as error:
        raise click.UsageError(f"{path}: {_told(error, path)}") from error
    function = getattr(module, name, None)
    if not callable(function):
        raise click.UsageError(f"{path} has no function {name!r}.")
    return function


def _guarded(function: Callable[..., Any], where: str) -> Callable[..., Any]:
    """Return the function, whose own errors are told in a line."""
    path = where.rpartition(":")[0]

    def call(*arrays: Any) -> Any:
        try:
            return function(*arrays)
        except Exception as error:
            shapes = "; ".join(
                f"{name}: {', '.join(str(array.shape) for array in given.values())}"
                for name, given in zip("Wb", arrays, strict=False)
            )
            raise click.ClickException(f"{path}: {_told(error, path)} (with {shapes})") from error

    return call


def _told(error: Exception, path: str) -> str:
    """Return what an error in a user's file says, and on which line of it."""
    from traceback import extract_tb

    here = Path(path).resolve()
    frames = extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).resolve() == here]
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    number = line or (lines[-1] if lines else None)
    place = f"line {number}: " if number else ""
    return f"{place}{type(error).__name__}: {error}"
