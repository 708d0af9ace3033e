"""Where commands write to: seen to before anything takes long."""

import os
from glob import glob

import click


def check_output(path: str, *read: str | None) -> None:
    """See that a file can be written, and is none of those that the command reads.

    Parameters
    ----------
    path : str
    *read : str or None
        Files, folders and patterns as the user wrote them.

    Raises
    ------
    SaveError
    click.UsageError
        If writing would destroy what is read.
    """
    from deltarule.model_file import check_writable

    if os.path.exists(path):
        for name in filter(None, read):
            if any(
                os.path.samefile(path, each) for each in (*glob(name), name) if os.path.exists(each)
            ):
                raise click.UsageError(
                    f"{path} is read, and would be written over. Choose another name for what "
                    "is to be written."
                )
    check_writable(path)
