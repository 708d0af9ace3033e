"""The formats of files, and how each is recognised: the one place to add another."""

from collections.abc import Callable
from dataclasses import dataclass

from deltarule.data.sources.columnar import STREAM, Arrow, Parquet, refuse_feather_1
from deltarule.data.sources.content import Content
from deltarule.data.sources.delimited import Delimited
from deltarule.data.sources.idx import Idx
from deltarule.data.sources.json_lines import JsonLines
from deltarule.data.sources.options import ReadOptions
from deltarule.data.sources.reader import Reader
from deltarule.data.sources.text import MARKS
from deltarule.errors import DataError


@dataclass(frozen=True)
class Format:
    """A format that can be read.

    Attributes
    ----------
    name : str
        What ``ReadOptions.format`` calls it; empty where a user cannot ask for it.
    reader : callable
        From a content and options to a :class:`Reader`.
    magic : tuple of bytes
        How its files begin.
    suffixes : tuple of str
        How the names of its files end, where the first bytes do not tell.
    """

    name: str
    reader: Callable[[Content, ReadOptions], Reader]
    magic: tuple[bytes, ...] = ()
    suffixes: tuple[str, ...] = ()


FORMATS = (
    Format("parquet", Parquet, (b"PAR1",), (".parquet", ".pq")),
    Format("arrow", Arrow, (b"ARROW1\0\0", STREAM), (".arrow", ".arrows", ".feather", ".ipc")),
    Format("", refuse_feather_1, (b"FEA1",)),
    Format("jsonl", JsonLines, (), (".jsonl", ".ndjson", ".json")),
    Format(
        "idx",
        Idx,
        tuple(bytes((0, 0, t, d)) for t in (8, 9, 11, 12, 13, 14) for d in range(1, 5)),
        ("-ubyte", ".idx"),
    ),
    Format("csv", Delimited),  # the last: any text will do
)
# What people name by mistake, by its first bytes, and what to do with it.
OTHERS = {
    b"\x93NUMPY": ("a NumPy array", "Pass numpy.load(path)"),
    b"\x89HDF": ("an HDF5 file", "Write the table as Parquet"),
    b"SQLite format 3": ("an SQLite database", "Write the table as Parquet"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "Save the sheet as CSV"),
    b"ORC": ("an ORC file", "Write the table as Parquet"),
    b"Obj\x01": ("an Avro file", "Write the table as Parquet"),
    b"%PDF": ("a PDF document", "Save the table in it as CSV"),
    b"\x80\x04\x95": ("a pickle, which would run as a program", "Write the table as Parquet"),
    b"\x80\x05\x95": ("a pickle, which would run as a program", "Write the table as Parquet"),
}


def reader_of(content: Content, options: ReadOptions) -> Reader:
    """Return a reader for a file: as the options say, else by its first bytes, else by its name.

    Raises
    ------
    DataError
        For a format that cannot be read.
    """
    return _format(content, options.format).reader(content, options)


def _format(content: Content, wanted: str | None) -> Format:
    if wanted is not None:
        return next(known for known in FORMATS if known.name == wanted)
    head = content.head()
    if not head:
        raise DataError(f"{content.name} is empty. Name a file that holds a table.")
    for magic, (what, advice) in OTHERS.items():
        if head.startswith(magic) and not (magic.isalpha() and b"," in head):
            raise DataError(f"{content.name} is {what}, which is not read. {advice}.")
    by_magic = (known for known in FORMATS if known.magic and head.startswith(known.magic))
    return next(by_magic, None) or _text_format(head, content.inner_name.lower())


def _text_format(head: bytes, name: str) -> Format:
    jsonl = next(known for known in FORMATS if known.name == "jsonl")
    for mark in MARKS:
        head = head.removeprefix(mark).replace(b"\0", b"")  # half of the bytes of UTF-16
    if head.lstrip()[:1] == b"{" and head.lstrip()[1:].lstrip()[:1] in (b'"', b"}"):
        return jsonl
    by_name = (known for known in FORMATS if name.endswith(known.suffixes or "\0"))
    return next(by_name, FORMATS[-1])
