"""Opening anything that holds a table."""

from typing import Any

import pyarrow as pa

from deltarule.data.sources.base import Source
from deltarule.data.sources.conform import Conformed
from deltarule.data.sources.finding import find, names_files
from deltarule.data.sources.memory import in_memory
from deltarule.data.sources.options import ReadOptions
from deltarule.data.sources.several import FileSource

AS_FOUND = ReadOptions()


def open_source(data: Any, options: ReadOptions = AS_FOUND) -> Source:
    """Open a table: whatever is wrong with how it is written is said here, or on the first pass.

    Parameters
    ----------
    data : array, list of rows, sparse matrix, data frame, Arrow table, dict of columns, or file
        A file is a path, a folder, a pattern such as ``"data/*.csv"``, a URI such as
        ``"s3://bucket/data"``, a list of these (one table in several files), ``"-"`` for standard
        input, or a file open in binary mode, which is read to its end and left open.
    options : ReadOptions, optional
        How to read it, where that is not to be found out.

    Raises
    ------
    DataError
        Naming the file and the line, row group or column that cannot be read.
    OSError
        With ``filename``, where a file cannot be opened.

    Examples
    --------
    >>> from deltarule.data.sources import open_source
    >>> source = open_source({"age": [31, 45], "town": ["Bonn", None]})
    >>> source.schema.names, source.n_rows
    (['age', 'town'], 2)
    >>> [batch.num_rows for batch in source.batches(["age"])]
    [2]
    """
    if names_files(data) and not isinstance(data, Source):
        return FileSource(find(data), options)
    source = in_memory(data)
    if options.types or options.missing:
        return Conformed(source, options.types, options.missing)
    return source


def as_table(X: Any) -> pa.Table:
    """Return the table that an array, a data frame, Arrow data or a dict of columns holds.

    Raises
    ------
    DataError
        For anything else, files too: these are opened by :func:`open_source`.
    """
    return in_memory(X).read()
