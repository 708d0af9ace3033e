"""The grammar of delimited text: where a record ends, and what its cells are.

::

    record = { cell delimiter } cell newline
    cell   = quote { any but a quote | quote quote } quote tail  |  tail
    tail   = { any but a delimiter or newline }      not beginning with a quote where it is alone

It is that of pyarrow's parser and of Python's csv module. pyarrow parses the rows, quickly; this
cuts a file into blocks of whole records for it, and says on which line something stands.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from deltarule.data.sources.files import MAX_LINE, endless
from deltarule.errors import DataError

NEWLINE = rb"(?:\r\n|\n|\r(?=[^\n]))"  # a \r at the end may be half of one


@dataclass(frozen=True)
class Record:
    """One row as it stands: its cells, and where it begins and ends in the block."""

    cells: list[bytes]
    start: int
    end: int


@dataclass(frozen=True)
class Block:
    """Whole records, and the line of the file on which the first of them begins."""

    data: bytes
    line: int


@dataclass(frozen=True)
class Grammar:
    """How cells and records are told apart.

    Parameters
    ----------
    delimiter : str
    quote : str
        Empty where nothing is quoted.
    spaced : bool
        Whether spaces after a delimiter belong to it.
    keeps_blank : bool
        Whether a blank line is a row: that of a missing cell in the only column.
    """

    delimiter: str
    quote: str
    spaced: bool = False
    keeps_blank: bool = False

    @cached_property
    def _cell(self) -> bytes:
        delimiter, quote = re.escape(self.delimiter.encode()), re.escape(self.quote.encode())
        tail = rb"[^\r\n" + delimiter + rb"]*+"
        if self._quoted is None:
            return tail
        quoted = self._quoted.pattern.replace(b"(", b"(?:", 1)
        return rb"(?:" + quoted + tail + rb"|(?!" + quote + rb")" + tail + rb")"

    @cached_property
    def _quoted(self) -> re.Pattern[bytes] | None:
        quote = re.escape(self.quote.encode())
        some = rb"[^" + quote + rb"]*+"
        inside = some + rb"(?:" + quote * 2 + some + rb")*+"
        return re.compile(quote + rb"(" + inside + rb")" + quote) if quote else None

    @cached_property
    def _space(self) -> bytes:
        return b" *+" if self.spaced else b""

    @cached_property
    def _records(self) -> re.Pattern[bytes]:
        cell, delimiter = self._space + self._cell, re.escape(self.delimiter.encode())
        return re.compile(rb"(?>(?:" + cell + delimiter + rb")*+" + cell + NEWLINE + rb")*+")

    @cached_property
    def _token(self) -> re.Pattern[bytes]:
        delimiter = re.escape(self.delimiter.encode())
        # Of several spaces between two cells only the last is left to be the delimiter.
        ends = rb" *+(\r\n|\n|\r|\Z)|" if self.delimiter == " " else rb"(\r\n|\n|\r|\Z)|"
        return re.compile(
            self._space + b"(" + self._cell + b")(?:" + ends + b"(" + delimiter + b"))"
        )

    def end_of_records(self, data: bytes) -> int:
        """Return where the last whole record of some data ends."""
        if self.quote and self.quote.encode() in data:
            match = self._records.match(data)
            return match.end() if match else 0
        return (data.rfind(b"\n") if b"\n" in data else data.rfind(b"\r", 0, -1)) + 1

    def records(self, data: bytes) -> Iterator[Record]:
        """Go through the records of a block, blank lines left out where they are no rows."""
        position = 0
        while position < len(data):
            start, cells, newline = position, [], None
            while newline is None:
                match = self._token.match(data, position)
                if match is None:  # only in data that were cut anywhere
                    return
                cell, newline, _ = match.groups()
                cells.append(self._unquoted(cell))
                position = match.end()
            if position - start > len(newline) or self.keeps_blank:
                yield Record(cells, start, position)

    def plain(self, data: bytes) -> bytes:
        """Return a block without the spaces that belong to delimiters."""
        if not self.spaced:
            return data
        delimiter = self.delimiter.encode()
        if delimiter == b" " or (self.quote and self.quote.encode() in data):
            return self._token.sub(rb"\1\2\3", data)
        while delimiter + b" " in data:  # the same, ten times as fast
            data = data.replace(delimiter + b" ", delimiter)
        return re.sub(rb"(?<=[\r\n]) +", b"", data).lstrip(b" ")

    def blocks(self, chunks: Iterable[bytes], name: str) -> Iterator[Block]:
        """Cut chunks of a file into blocks of whole records.

        Raises
        ------
        DataError
            For a record of more than ``MAX_LINE`` bytes, and a quote that is never closed.
        """
        line, pending = 1, b""
        for chunk in chunks:
            pending += chunk
            end = self._cut(pending)
            if end:
                yield Block(pending[:end], line)
                line += newlines(pending[:end])
                pending = pending[end:]
            if len(pending) > MAX_LINE:
                raise endless(name, line)
        if is_blank(pending):
            return
        pending = pending.rstrip(b"\r\n") + b"\n"
        end = self.end_of_records(pending)
        if end < len(pending):
            raise DataError(
                f"{name}, line {line + newlines(pending[:end])}: a quote ({self.quote}) is opened "
                "in this row and never closed. Close it, or set quote='' (--quote none) where "
                "quotes mean nothing."
            )
        yield Block(pending, line)

    def _cut(self, data: bytes) -> int:
        end = self.end_of_records(data)
        if end and self.keeps_blank:
            # Blank lines are rows only where another row follows.
            filled = len(data[:end].rstrip(b"\r\n"))
            newline = re.compile(NEWLINE).match(data, filled) if filled else None
            return newline.end() if newline else 0
        return end

    def _unquoted(self, cell: bytes) -> bytes:
        match = self._quoted.match(cell) if self._quoted else None
        if match is None:
            return cell
        quote = self.quote.encode()
        return match[1].replace(quote * 2, quote) + cell[match.end() :]


def is_blank(data: bytes) -> bool:
    """Return whether there are only newlines."""
    return not data.strip(b"\r\n")


def newlines(data: bytes) -> int:
    r"""Return how many lines end in some data, be it with \n, \r\n or \r."""
    count = data.count(b"\n")
    return count + data.count(b"\r") - data.count(b"\r\n") if b"\r" in data else count
