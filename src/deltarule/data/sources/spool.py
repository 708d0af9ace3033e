"""A stream of Arrow batches, which may be longer than memory and can be read only once."""

import tempfile
from typing import Any

import pyarrow as pa

from deltarule.data.sources.base import Source
from deltarule.data.sources.failures import as_data_errors
from deltarule.data.sources.files import SpooledFile
from deltarule.data.sources.options import ReadOptions
from deltarule.data.sources.several import FileSource


def spooled_stream(stream: Any) -> Source:
    """Return a source of a stream's rows: a copy of it, in a file that vanishes with the source.

    Parameters
    ----------
    stream : object with ``__arrow_c_stream__``
        Read to its end.

    Raises
    ------
    DataError
        Where it cannot be read.
    OSError
        Where there is no room for the copy.
    """
    name = f"The {type(stream).__name__}"
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the source
    try:
        with as_data_errors(name, "cannot be read as a table: {reason}."):
            reader = pa.RecordBatchReader.from_stream(stream)
        with (
            as_data_errors(name, "cannot be read to its end: {reason}."),
            pa.ipc.new_stream(copy, reader.schema) as writer,  # in which dictionaries may change
        ):
            for batch in reader:
                writer.write_batch(batch)
    except BaseException:
        copy.close()
        raise
    options = ReadOptions(format="arrow", compression="none")
    return FileSource([SpooledFile.around(name, copy)], options)
