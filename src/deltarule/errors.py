"""The exceptions of deltarule, as a tree.

::

    DeltaruleError
    ├── SettingError (ValueError, TypeError)   a hyper-parameter outside its range
    ├── DataError (ValueError)                 rows, columns or labels that cannot be used
    │   ├── CellError                          one cell of a table
    │   └── ReadError                          a table that cannot be read; it says where
    ├── ModelFileError (ValueError)            a model file that is damaged, foreign or too new
    ├── CheckpointError (ValueError)           a folder of checkpoints that this run cannot take up
    ├── RunInProgressError (OSError)           another run is writing to that folder
    ├── ExportError (ValueError)               an exported model that does not say the same
    ├── SaveError (OSError)                    a file could not be written; the old one is intact
    ├── MissingExtraError (ImportError)        a package that is not installed with deltarule itself
    ├── OutOfMemoryError (MemoryError)         a network that cannot fit into memory
    ├── WorkerError (RuntimeError)             another worker of this run failed
    │   └── WorkersDifferError                 it has other data, settings or versions
    └── DivergenceError (ValueError)           training left the finite numbers, or exploded

Every class also inherits the builtin that a caller would catch who has never heard of
deltarule. A message says what is wrong, with which value, where, and how to mend it.
"""


class DeltaruleError(Exception):
    """Whatever deltarule raises on purpose."""


class SettingError(DeltaruleError, ValueError, TypeError):
    """A hyper-parameter has a value outside its range (see :mod:`deltarule.settings`).

    A ``ValueError`` and a ``TypeError`` at once, like scikit-learn's own
    ``InvalidParameterError``, so that code written for scikit-learn catches it.
    """


class DataError(DeltaruleError, ValueError):
    """Rows, columns or labels that cannot be used as they are.

    Attributes
    ----------
    is_located : bool
        Whether the message says already which file, or which place of it, this is about.
    """

    is_located = False


class CellError(DataError):
    """One cell of a table cannot be used.

    Attributes
    ----------
    row : int
        The number of its row in the table, from 0.
    """

    def __init__(self, message: str, row: int = 0) -> None:
        super().__init__(message)
        self.row = row


class ReadError(DataError):
    """A table cannot be read; the message names the file, and the place in it."""

    is_located = True


class ModelFileError(DeltaruleError, ValueError):
    """A file that is not a whole, unaltered, understandable model."""


class CheckpointError(DeltaruleError, ValueError):
    """A folder of checkpoints holds another run, or none that is whole; the message says which."""


class RunInProgressError(DeltaruleError, OSError):
    """Another run, in this process or another one, holds the folder of checkpoints."""


class SaveError(DeltaruleError, OSError):
    """A file could not be written; what stood at its path before is still there."""


class OutOfMemoryError(DeltaruleError, MemoryError):
    """A network needs more memory than there is; nothing has been taken yet."""


class ExportError(DeltaruleError, ValueError):
    """A model in another format does not say what the model says; nothing has been written."""


class WorkerError(DeltaruleError, RuntimeError):
    """Another worker of this run failed; the message says which, and how."""


class WorkersDifferError(WorkerError):
    """Workers of one run have other data, settings or versions; the message names a difference."""


class MissingExtraError(DeltaruleError, ImportError):
    """Something needs a package from one of deltarule's extras; the message says which."""


class DivergenceError(DeltaruleError, ValueError):
    """The loss left the finite numbers, or exploded; the message says where and what to lower.

    Attributes
    ----------
    epoch, step, layer : int
        Where that was, each counted from 1.
    """

    def __init__(self, message: str, *, epoch: int = 0, step: int = 0, layer: int = 0) -> None:
        super().__init__(message)
        self.epoch, self.step, self.layer = epoch, step, layer
