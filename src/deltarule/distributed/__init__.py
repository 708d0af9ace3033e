"""Workers that train one network together: the same bits for any number of them.

The loss of a batch is a sum over its examples, so its gradient is a sum too (Eq. 3i), and sums can
be divided up. ``tree.py`` who adds what, in which order; ``communicator.py`` the contract, and one
worker alone; ``mpi/`` workers that talk through MPI;
``connecting.py`` from a name to a communicator; ``comparing.py`` do they all do the same?
"""

from deltarule.distributed.communicator import LOG, SERIAL, Communicator, Serial
from deltarule.distributed.comparing import require_same
from deltarule.distributed.connecting import connect, require_shards
from deltarule.distributed.tree import Share

__all__ = [
    "LOG",
    "SERIAL",
    "Communicator",
    "Serial",
    "Share",
    "connect",
    "require_same",
    "require_shards",
]
