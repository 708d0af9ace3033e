"""How many threads an engine may use."""

import os
from functools import cache

from joblib import cpu_count


def available_threads() -> int:
    """Return the least of what the CPU affinity, the cgroup's quota and the environment allow.

    joblib counts the first two, and tells its workers their share through ``OMP_NUM_THREADS``.
    """
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    cores = _count_cores(_affinity(), os.environ.get("LOKY_MAX_CPU_COUNT"))
    limit = int(asked) if asked.isdigit() and int(asked) > 0 else cores
    return max(1, min(limit, cores))


@cache
def _count_cores(affinity: frozenset[int], limit: str | None) -> int:
    """Ask joblib, which opens files of the cgroup, once for all that it may depend on."""
    return int(cpu_count())


def _affinity() -> frozenset[int]:
    if hasattr(os, "sched_getaffinity"):
        return frozenset(os.sched_getaffinity(0))
    return frozenset()
