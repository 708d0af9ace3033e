"""What workers say, without what the MPI says beside it."""

import os
import re
from collections.abc import Callable
from typing import Any

from deltarule.cli.job import DONE

RULE = re.compile(rb"^(-{60,}|={60,})\s*$")  # above and below what an MPI has to say
NOISE = re.compile(
    rb"^(Abort\(\d+\) on node|YOUR APPLICATION TERMINATED|This typically refers to a problem"
    rb"|Please see the FAQ page|application called MPI_Abort)"
)
SIGN = DONE.encode()
OTHERS = (b"-", b"=", b"A", b"Y", b"P", b"T")  # how lines begin that may not be a worker's
AT_ONCE = 1 << 16  # bytes


class Relay:
    """Passes on bytes as they come, but not an MPI's own words, which it keeps.

    Parameters
    ----------
    write : callable
        Gets what is passed on.

    Attributes
    ----------
    own : list of bytes
        The lines that were kept.
    has_spoken : bool
        Whether a worker has said anything: a warning, or why it ends.
    is_done : bool
        Whether worker 0 has done all it had to.
    is_broken : bool
        Whether whoever reads what is passed on went away. The rest is taken, and for nobody.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write, self._rest, self._is_inside, self._is_midway = write, b"", False, False
        self.own: list[bytes] = []
        self.has_spoken = self.is_done = self.is_broken = False

    def pass_on(self, stream: Any) -> None:
        """Take all that comes from a pipe, until it is closed."""
        while piece := os.read(stream.fileno(), AT_ONCE):
            self.feed(piece)
        self.close()

    def feed(self, piece: bytes) -> None:
        """Take some more bytes."""
        piece = piece.replace(b"\0", b"")  # Open MPI ends its words with one
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._take(line + b"\n")
        is_ours = self._is_midway or not self._rest.startswith(OTHERS)
        is_ours = is_ours and SIGN[:1] not in self._rest
        if self._rest and not self._is_inside and is_ours:  # a progress line has no end
            self._write_out(self._rest)
            self._rest, self._is_midway = b"", True

    def close(self) -> None:
        """Take what has no end as the last line."""
        if self._rest:
            self._take(self._rest)
            self._rest = b""

    def _take(self, line: bytes) -> None:
        if line.endswith(SIGN):
            self.is_done, line = True, line.removesuffix(SIGN)
        if not line:
            return
        if self._is_midway:
            self._is_midway = False
            self._write_out(line)
        elif RULE.match(line):
            self._is_inside = not self._is_inside
        elif self._is_inside or NOISE.match(line):
            self.own.append(line)
        else:
            self._write_out(line)

    def _write_out(self, piece: bytes) -> None:
        self.has_spoken = self.has_spoken or b"deltarule: " in piece or b'{"error"' in piece
        if self.is_broken:
            return
        try:
            self._write(piece)
        except BrokenPipeError:
            self.is_broken = True
