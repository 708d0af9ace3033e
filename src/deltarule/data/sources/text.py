"""From the bytes of a text file to UTF-8, chunk by chunk."""

import codecs
from collections.abc import Iterator

from deltarule.data.sources.content import DAMAGED, Content
from deltarule.data.sources.failures import as_data_errors
from deltarule.data.sources.files import CHUNK
from deltarule.data.sources.grammar import newlines
from deltarule.errors import DataError

MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
OLD = ("cp1252", "latin-1")  # what files that are no UTF-8 mostly are; the second fits any bytes


class UndecodableError(DataError):
    """Bytes that are no text in the encoding that was tried.

    Attributes
    ----------
    line : int
        Where they are.
    """

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def encoding_of(head: bytes) -> str:
    """Return what a byte order mark says, or else UTF-8."""
    return next((name for mark, name in MARKS.items() if head.startswith(mark)), "utf-8")


def utf8_chunks(content: Content, encoding: str) -> Iterator[bytes]:
    """Go through a text file, as UTF-8 without a byte order mark.

    Raises
    ------
    UndecodableError
        Naming the line.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    line, is_first = 1, True
    with content.open() as stream:
        while True:
            with as_data_errors(content.name, DAMAGED):
                chunk = stream.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise _undecodable(content.name, encoding, line, error) from error
            decoded = text.removeprefix("\ufeff" if is_first else "").encode()
            line, is_first = line + newlines(decoded), is_first and not text
            if decoded:
                yield decoded
            if not chunk:
                return


def _undecodable(
    name: str, encoding: str, line: int, error: UnicodeDecodeError
) -> UndecodableError:
    before = error.object[: error.start].decode(error.encoding, errors="replace")
    line += newlines(before.encode(errors="replace"))
    wrong = error.object[error.start : error.end][:4].hex(" ")
    return UndecodableError(
        f"{name}, line {line}: these bytes are no text in {encoding}: {wrong}. Set another "
        "encoding, or save the file as UTF-8.",
        line,
    )
