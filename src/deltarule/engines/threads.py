"""How many threads an engine may use."""

import os

from joblib import cpu_count


def available_threads() -> int:
    """Return the least of what the CPU affinity, the cgroup's quota and the environment allow.

    joblib counts the first two, and tells its workers their share through ``OMP_NUM_THREADS``.
    """
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    limit = int(asked) if asked.isdigit() and int(asked) > 0 else cpu_count()
    return max(1, min(limit, cpu_count()))
