"""What the command line says of workers, for the commands that can have some."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from deltarule.cli.job import place
from deltarule.cli.options import refuse_without

if TYPE_CHECKING:
    from deltarule.cli.launching import Launch
    from deltarule.tabular import TabularClassifier

SHARDS = 8  # slices of a batch, where there are workers and nobody says how many
SILENCE = 60.0  # seconds


def worker_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say who trains; the command gets ``launch``, which may be None."""

    @wraps(command)
    def with_launch(
        workers: int | None,
        hosts: str | None,
        max_restarts: int,
        worker_timeout: float,
        mpiexec: str | None,
        **others: Any,
    ) -> Any:
        launch = None
        if workers is not None or hosts is not None:
            launch = launch_of(workers, hosts, max_restarts, mpiexec)
            if max_restarts and others["checkpoint"] is None:
                raise click.UsageError("--max-restarts needs --checkpoint: from where to go on.")
        elif place() is None:
            refuse_without("--workers", "max_restarts", "worker_timeout", "mpiexec")
        return command(launch=launch, worker_timeout=worker_timeout, **others)

    for option in (
        click.option(
            "--mpiexec",
            metavar="PATH",
            help="What starts the workers.  [default: beside this Python, or on the PATH]",
        ),
        click.option(
            "--worker-timeout",
            type=click.FloatRange(1),
            default=SILENCE,
            show_default=True,
            metavar="SECONDS",
            help="Give a worker up that has said nothing for so long: stopped, or cut off.",
        ),
        click.option(
            "--max-restarts",
            type=click.IntRange(0),
            default=0,
            show_default=True,
            help="Start again, from the last checkpoint, where a worker was lost for good.",
        ),
        click.option("--hosts", metavar="NAME:N,...", help="Where workers are: hosts, by ssh."),
        click.option("--workers", type=click.IntRange(1), help="Processes that train together."),
    ):
        with_launch = option(with_launch)
    return with_launch


def launch_of(
    workers: int | None, hosts: str | None, max_restarts: int, mpiexec: str | None
) -> "Launch":
    """Return how to start workers.

    Raises
    ------
    click.UsageError
    """
    from deltarule.cli.launching import Launch, parse_hosts

    named = [] if hosts is None else parse_hosts(hosts)
    slots = sum(host.slots for host in named)
    if workers is None:
        workers = slots
    if named and workers > slots:
        raise click.UsageError(f"--workers {workers} do not fit into --hosts, which has {slots}.")
    return Launch(workers, named, max_restarts, mpiexec)


def with_workers(model: "TabularClassifier", launch: "Launch | None") -> str | None:
    """Set the slices of a batch where there are workers, and nobody has said how many.

    Returns
    -------
    str or None
        What a person is told of it.

    Raises
    ------
    click.UsageError, SettingError
    """
    from deltarule.distributed import require_shards

    here = place()
    if launch is None and here is None:
        return None
    if launch is not None and here is not None and launch.workers < here[1]:
        raise click.UsageError(f"--workers {launch.workers}, but {here[1]} were started.")
    count = launch.workers if here is None and launch is not None else (here or (0, 1))[1]
    source = click.get_current_context().get_parameter_source("shards")
    if source is ParameterSource.DEFAULT:
        model.shards = SHARDS
    require_shards(count, int(model.shards))
    if source is not ParameterSource.DEFAULT:
        return None
    return (
        f"A batch is cut into {SHARDS} slices (--shards {SHARDS}): the same bits for any number of "
        "workers up to that."
    )
