"""Arrow's, the decompressors' and the decoders' errors, told in our words: the one place."""

import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyarrow as pa

from deltarule.errors import DataError, DeltaruleError

FOREIGN = (
    pa.ArrowException,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,  # zipfile, of an encrypted file
    TypeError,
    ValueError,
    lzma.LZMAError,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def as_data_errors(where: str | Callable[[], str], problem: str) -> Iterator[None]:
    """Raise a DataError for whatever damaged data makes a library raise.

    Parameters
    ----------
    where : str or callable
        What is being read; called only when something went wrong.
    problem : str
        What cannot be done, and how to mend it, as ``"{reason}"`` is put into it.
    """
    try:
        yield
    except (DeltaruleError, MemoryError):
        raise
    except OSError as error:
        if error.errno is not None:  # the operating system's word, not a decompressor's
            raise
        raise _told(error, where, problem) from error
    except FOREIGN as error:
        raise _told(error, where, problem) from error


def _told(error: Exception, where: str | Callable[[], str], problem: str) -> DataError:
    place = where if isinstance(where, str) else where()
    return DataError(f"{place} {problem.replace('{reason}', reason(error))}")


def reason(error: Exception) -> str:
    """Return the first line of an error's message, shortened, without a full stop."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return shortened(lines[0], 200).rstrip(".")


def shortened(text: str, most: int = 80) -> str:
    """Return a text that has at most so many characters."""
    return text if len(text) <= most else text[: most - 3] + "..."
