"""What workers say is passed on as it comes, and what the MPI says beside it is not."""

import pytest

from deltarule.cli.job import DONE
from deltarule.cli.launching import explain
from deltarule.cli.relaying import Relay

OPEN_MPI = b"""A batch is cut into 8 slices.
deltarule: Interrupted in epoch 8.
--------------------------------------------------------------------------
MPI_ABORT was invoked on rank 0 in communicator MPI_COMM_WORLD
  Errorcode: 130
--------------------------------------------------------------------------
\0"""
MPICH = b"""deltarule: t.csv has no column 'y'.
Abort(65) on node 0 (rank 0 in comm 0): application called MPI_Abort(MPI_COMM_WORLD, 65) - process 0
===================================================================================
=   BAD TERMINATION OF ONE OF YOUR APPLICATION PROCESSES
===================================================================================
YOUR APPLICATION TERMINATED WITH THE EXIT STRING: Killed (signal 9)
This typically refers to a problem with your application.
Please see the FAQ page for debugging suggestions
"""
PROGRESS = b"\rEpoch 1\x1b[K\rEpoch 2\x1b[K\n------\nA line\nTraceback: a bug"


def relayed(text, size):
    passed_on = bytearray()
    relay = Relay(passed_on.extend)
    for at in range(0, len(text), size):
        relay.feed(text[at : at + size])
    relay.close()
    return bytes(passed_on), relay


@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_an_mpis_own_words_are_kept(size):
    told, relay = relayed(OPEN_MPI, size)
    assert told == b"A batch is cut into 8 slices.\ndeltarule: Interrupted in epoch 8.\n"
    assert b"".join(relay.own).startswith(b"MPI_ABORT was invoked")
    told, relay = relayed(MPICH, size)
    assert told == b"deltarule: t.csv has no column 'y'.\n"
    assert b"BAD TERMINATION" in b"".join(relay.own)


@pytest.mark.parametrize("size", [1, 3, 10_000])
def test_all_that_workers_say_is_passed_on_byte_for_byte(size):
    told, relay = relayed(PROGRESS, size)
    assert told == PROGRESS
    assert relay.own == []
    assert not relay.has_spoken


@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_what_says_that_all_is_done_is_not_for_people(size):
    told, relay = relayed(b"deltarule: a warning\nSaved m\n" + DONE.encode(), size)
    assert told == b"deltarule: a warning\nSaved m\n"
    assert relay.is_done
    assert not relayed(OPEN_MPI, size)[1].is_done
    assert relayed(b"\rEpoch 3" + DONE.encode(), 10_000)[0] == b"\rEpoch 3"


def test_a_line_without_an_end_is_passed_on_at_once():
    told = bytearray()
    Relay(told.extend).feed(b"\rEpoch 3 of 9")
    assert told == b"\rEpoch 3 of 9"


def test_whoever_reads_may_go_away():
    def broken(piece):
        raise BrokenPipeError

    relay = Relay(broken)
    relay.feed(b"one\ntwo\n")
    assert relay.is_broken


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-9, "mpiexec was killed."),
        (143, "Terminated: a worker was told to end."),
        (137, "A worker was lost: killed, or out of memory."),
        (9, "A worker was lost: killed, or out of memory."),
        (213, "The workers could not start, or broke off (code 213). no such host"),
    ],
)
def test_why_workers_ended_who_have_not_said_so(code, words):
    own = [b"no such host\n", b"\n"] if code == 213 else []
    assert explain(code, own) == words
