"""How files are to be read, where that is not to be found out: options that commands share."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

FORMATS = ("csv", "parquet", "arrow", "jsonl", "idx")
COMPRESSIONS = ("none", "gzip", "bz2", "xz", "zstd", "lz4", "zip")
NAMED = {"tab": "\t", "space": " ", "none": ""}

OPTIONS = (
    click.option("--format", type=click.Choice(FORMATS), help="What kind of file DATA is."),
    click.option("--delimiter", metavar="CHAR", help="Of CSV: ',', ';', '|', 'tab' or 'space'."),
    click.option(
        "--header/--no-header", default=None, help="Of CSV: whether the first line has the names."
    ),
    click.option("--quote", metavar="CHAR", help="Of CSV: what cells are quoted by, or 'none'."),
    click.option("--encoding", help="Of CSV: such as 'utf-8' or 'latin-1'."),
    click.option("--decimal", type=click.Choice([".", ","]), help="Of CSV: the decimal mark."),
    click.option("--compression", type=click.Choice(COMPRESSIONS), help="How it is compressed."),
    click.option(
        "--missing",
        multiple=True,
        metavar="TEXT",
        help="A further text that stands for a missing cell, such as '?'.",
    ),
)


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command, which gets them as one :class:`ReadOptions`, ``reading``."""

    @wraps(command)
    def with_reading(
        format: str | None,  # noqa: A002 - the option's name
        delimiter: str | None,
        header: bool | None,
        quote: str | None,
        encoding: str | None,
        decimal: str | None,
        compression: str | None,
        missing: tuple[str, ...],
        **others: Any,
    ) -> Any:
        from deltarule.data import ReadOptions

        reading = ReadOptions(
            format=format,
            delimiter=NAMED.get(delimiter or "", delimiter),
            header=header,
            quote=NAMED.get(quote or "?", quote),
            encoding=encoding,
            decimal=decimal,
            compression=compression,
            missing=missing,
        )
        return command(reading=reading, **others)

    for option in reversed(OPTIONS):
        with_reading = option(with_reading)
    return with_reading
