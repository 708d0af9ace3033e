"""What a user may say about how a file is written, instead of having it found out."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from deltarule.errors import SettingError

FORMATS = ("csv", "parquet", "arrow", "jsonl", "idx")
COMPRESSIONS = ("gzip", "bz2", "xz", "zstd", "lz4", "zip", "none")


@dataclass(frozen=True)
class ReadOptions:
    """How files are to be read. Whatever is None or empty is found out.

    Parameters
    ----------
    format : {"csv", "parquet", "arrow", "jsonl", "idx"}, optional
        Otherwise by the first bytes, then by the name.
    delimiter, quote : str, optional
        One ASCII character each; ``quote=""`` for files that quote nothing.
    header : bool, optional
        Whether the first line names the columns. Without, they are column1, column2, ...
    encoding : str, optional
        A name that Python knows.
    decimal : {".", ","}, optional
    compression : {"gzip", "bz2", "xz", "zstd", "lz4", "zip", "none"}, optional
    missing : tuple of str
        Further cells that mean missing, in columns of any type.
    types : mapping from column to Arrow type
        Of CSV and JSON lines: columns whose type is known, as the user said it, or another file
        of the same table has it. Names that a file lacks are ignored; other formats have types of
        their own.

    Raises
    ------
    SettingError
        For a value that no file can be read with.
    """

    format: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    quote: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    compression: str | None = None
    missing: tuple[str, ...] = ()
    types: Mapping[str, pa.DataType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _one_of("format", self.format, FORMATS)
        _one_of("compression", self.compression, COMPRESSIONS)
        _one_of("decimal", self.decimal, (".", ","))
        _one_character("delimiter", self.delimiter)
        if self.quote != "":
            _one_character("quote", self.quote)
        if self.quote and self.quote == self.delimiter:
            raise SettingError(f"delimiter and quote are both {self.quote!r}. Change one of them.")
        if self.encoding is not None:
            _require_encoding(self.encoding)
        if isinstance(self.missing, str):
            raise SettingError(f"missing is a tuple of cells: ({self.missing!r},), not one string.")


def _one_of(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        raise SettingError(f"{name} is {value!r}. Choose from {', '.join(map(repr, choices))}.")


def _one_character(name: str, value: str | None) -> None:
    if value is not None and (len(value) != 1 or not value.isascii() or value in "\r\n\0"):
        raise SettingError(f"{name} is {value!r}. It has to be one ASCII character, such as ';'.")


def _require_encoding(name: str) -> None:
    try:
        is_text = codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        is_text = False
    if not is_text:
        raise SettingError(
            f"encoding is {name!r}, which Python does not know. Try 'utf-8', 'utf-16', 'cp1252' "
            "or 'latin-1'."
        )
