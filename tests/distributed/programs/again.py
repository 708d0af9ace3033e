"""Connects and parts, more often than an MPI has communicators to give."""

import sys

from deltarule.distributed import connect

if __name__ == "__main__":
    for _ in range(int(sys.argv[1])):
        with connect("mpi") as workers:
            workers.barrier()
