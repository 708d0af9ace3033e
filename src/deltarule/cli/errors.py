"""From exceptions to one line on standard error and an exit code.

====  ==========================================================
code  meaning
====  ==========================================================
0     done
1     a bug in deltarule: the traceback is for its developers;
      of check-gradients: a gradient is wrong
2     the command was used wrongly
65    the data, or the model file, cannot be used
66    an input file cannot be opened
69    a worker was lost, and the others could not go on
71    memory does not suffice
73    the output cannot be created
74    the output cannot be written
75    another run is writing to the folder of checkpoints
78    workers have other data, settings or versions
129   the terminal was closed, while training
130   interrupted (Ctrl-C)
141   whoever read our output went away
143   terminated (SIGTERM)
====  ==========================================================
"""

import io
import json
import os
import signal
import sys
import warnings
from errno import EACCES, EEXIST, EISDIR, ENAMETOOLONG, ENOENT, ENOTDIR, EPERM, EROFS
from typing import NoReturn

import click

from deltarule.cli.job import drop_out, leave, speaks
from deltarule.errors import (
    CheckpointError,
    DataError,
    DivergenceError,
    ExportError,
    MissingExtraError,
    ModelFileError,
    RunInProgressError,
    SaveError,
    SettingError,
    WorkerError,
    WorkersDifferError,
)

USAGE, BAD_DATA, NO_INPUT, WORKER_LOST, NO_MEMORY = 2, 65, 66, 69, 71
CANNOT_CREATE, CANNOT_WRITE, IN_PROGRESS, WORKERS_DIFFER = 73, 74, 75, 78
HUNG_UP, INTERRUPTED, BROKEN_PIPE, TERMINATED = 129, 130, 141, 143

ON_PURPOSE = {  # what a command ends with that has ended in order, or should not be tried again
    *(1, USAGE, BAD_DATA, NO_INPUT, NO_MEMORY, CANNOT_CREATE, CANNOT_WRITE, IN_PROGRESS),
    *(WORKERS_DIFFER, HUNG_UP, INTERRUPTED, BROKEN_PIPE, TERMINATED),
}

NOT_TO_BE_CREATED = {ENOENT, ENOTDIR, EISDIR, EEXIST, EACCES, EPERM, EROFS, ENAMETOOLONG}


USED_WRONGLY = (SettingError, MissingExtraError)
NAMED = (
    *USED_WRONGLY,
    WorkerError,
    DataError,
    ModelFileError,
    CheckpointError,
    DivergenceError,
    ExportError,
)


class Stopped(Exception):  # noqa: N818 - nothing is wrong
    """A command has ended early, as a signal told it to, and all is in order.

    Parameters
    ----------
    message : str
        For a person.
    number : int
        Of the signal.
    """

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + number  # as a shell counts


class Terminated(BaseException):
    """SIGTERM, as an exception: the progress bar is put away and nothing is half-written."""


def run_guarded(cli: click.Command) -> NoReturn:
    """Run the command line and exit; a named error becomes one line, never a traceback."""
    _prepare_process()
    sys.exit(leave(_run(cli)))


def _prepare_process() -> None:
    """Give a closed stream a place to go, escape what a terminal cannot show, mind SIGTERM."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - for the whole process
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, _raise_terminated)
    warnings.showwarning = _show_warning


def _run(cli: click.Command) -> int:
    """Return the exit code. Not by ``cli.main``, which has its own ideas of broken pipes."""
    try:
        with cli.make_context("deltarule", sys.argv[1:]) as context:
            cli.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        _say_usage(error)
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        return _say("Interrupted.", INTERRUPTED)
    except Terminated:
        code = _say("Terminated.", TERMINATED)
        drop_out()
        return code
    except Stopped as stopped:
        return _say(str(stopped), stopped.exit_code)
    except BrokenPipeError:
        # Python would complain once more when it flushes standard output at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except (*NAMED, OSError, MemoryError) as error:
        return _say(_message(error), exit_code(error))
    return 0


def _raise_terminated(signal_number: int, frame: object) -> NoReturn:
    raise Terminated


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Show a warning as one line for the user of a command, who has no code to look into."""
    say(str(message))


def exit_code(error: Exception) -> int:
    """Return the exit code of a named error."""
    if isinstance(error, USED_WRONGLY):
        return USAGE
    if isinstance(error, WorkersDifferError):
        return WORKERS_DIFFER
    if isinstance(error, WorkerError):
        return WORKER_LOST
    if isinstance(error, NAMED):
        return BAD_DATA
    if isinstance(error, MemoryError):
        return NO_MEMORY
    if isinstance(error, RunInProgressError):
        return IN_PROGRESS
    if isinstance(error, SaveError):
        reason = getattr(error.__cause__, "errno", None)
        return CANNOT_CREATE if reason in NOT_TO_BE_CREATED else CANNOT_WRITE
    if isinstance(error, OSError) and error.filename is not None:
        return NO_INPUT
    return CANNOT_WRITE


def _message(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"Cannot open {error.filename}: {error.strerror}."
    if isinstance(error, MemoryError):
        return str(error) or "There is not enough memory."
    return str(error)


def _say(message: str, code: int) -> int:
    """Tell a person, or with ``--json`` a machine, why the process ends; return its exit code."""
    if not speaks():
        return code
    if "--json" in sys.argv:
        click.echo(json.dumps({"error": message, "exit_code": code}), err=True)
    else:
        say(message)
    return code


def say(message: str) -> None:
    """Tell a person something, on one line."""
    click.echo(f"deltarule: {' '.join(message.split())}", err=True)


def _say_usage(error: click.ClickException) -> None:
    if "--json" in sys.argv:
        _say(error.format_message(), USAGE)
    elif speaks():
        error.show()
