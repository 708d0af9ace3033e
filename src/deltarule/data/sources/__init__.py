"""Opening what people have as a table of Arrow record batches.

::

    opening.py      open_source and as_table, which all else is for
    base.py         what a source is                options.py     what a user may say about a file
    memory.py       arrays and data frames          several.py     files, and what they agree on
      arrays.py       rows without names              finding.py     paths, patterns, folders, URIs
      columns.py      one column of anything          files.py       files that open more than once
      table.py        an Arrow table                  content.py     what is in them, by
    conform.py      columns as known types            compression.py   taking the compression off
    selected.py     some of the columns
    spool.py        a stream, kept in a file
    common.py       the type of two types             formats.py     which format it is
    failures.py     others' errors in our words       reader.py      what a format has to be able to

The formats are ``columnar.py`` (Parquet and Arrow), ``json_lines.py``, ``idx.py`` and
``delimited.py`` (CSV: ``dialect.py`` finds out how it is written, ``text.py`` decodes it,
``grammar.py`` cuts it into records, ``cells.py`` types them). To add one, write a class that keeps
the contract of ``reader.py``, and enter it into the table in ``formats.py``.
"""

from deltarule.data.sources.base import BATCH_ROWS, Source, listed, require_columns
from deltarule.data.sources.failures import shortened
from deltarule.data.sources.memory import in_memory
from deltarule.data.sources.opening import as_table, open_source
from deltarule.data.sources.options import ReadOptions
from deltarule.data.sources.selected import Selected

__all__ = [
    "BATCH_ROWS",
    "ReadOptions",
    "Selected",
    "Source",
    "as_table",
    "in_memory",
    "listed",
    "open_source",
    "require_columns",
    "shortened",
]
