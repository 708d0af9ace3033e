"""Encoded rows, ready to be trained on: in memory, or in a file where they are too many.

``rows.py`` what both can do, and those in memory; ``file.py`` those in a file; ``windows.py`` the
order in which an epoch visits them.
"""

from deltarule.data.encoded.file import RowsInFile, write_rows
from deltarule.data.encoded.rows import Encoded, EncodedRows, RowsInMemory, joined
from deltarule.data.encoded.windows import Windows

__all__ = [
    "Encoded",
    "EncodedRows",
    "RowsInFile",
    "RowsInMemory",
    "Windows",
    "joined",
    "write_rows",
]
