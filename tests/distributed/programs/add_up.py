"""Adds up numbers of 200 steps; workers named on the command line die in one of them."""

import hashlib
import logging
import os
import random
import signal
import sys

import numpy as np

from deltarule.distributed import connect

SHARDS, STEPS, SPARE = 8, 200, 64


def slice_of(step, i, size):
    return np.random.default_rng([step, i]).random(size, np.float32)


def compute_in(step):
    def compute(some, out):
        if len(some) == 1:
            out[:] = slice_of(step, some[0], len(out))
            return np.array([out.sum(dtype=np.float64), some[0]])
        half, other = len(some) // 2, np.empty_like(out)
        left, right = compute(some[:half], out), compute(some[half:], other)
        out += other
        return left + right

    return compute


def main(victims, seed, size):
    logging.basicConfig(format="%(message)s")
    with connect("mpi") as workers:
        begun_as = workers.rank
        last = random.Random(seed * 100 + begun_as).randrange(STEPS)
        theta, out, total = np.zeros(size, np.float32), np.empty(size, np.float32), np.zeros(2)
        for step in range(STEPS):
            if begun_as in victims and step == last:
                os.kill(os.getpid(), signal.SIGKILL)
            numbers, vector = workers.add(SHARDS, compute_in(step), out)
            total += numbers
            theta += vector * np.float32(0.01)
            if step % 7 == 0:
                total += workers.broadcast(lambda step=step: step)
            if step % 11 == 0:
                total += sum(workers.gather(lambda step=step: step % 3, lambda each: each[:1]))
        kept = sum(buffer.size for buffer in workers._adder._buffers.values())
        assert kept <= workers.n_vectors(SHARDS) * (size + SPARE), kept
        digest = hashlib.sha256(theta.tobytes() + total.tobytes()).hexdigest()
        digests = workers.gather(lambda: digest, list)
        if workers.is_root:
            sys.stdout.write(f"{len(digests)} {' '.join(set(digests))} {workers.bytes_sent}\n")


if __name__ == "__main__":
    main([int(i) for i in sys.argv[1].split(",") if i], *map(int, sys.argv[2:]))
