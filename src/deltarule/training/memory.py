"""Will a network fit into this machine's memory? Asked before any of it is taken."""

from pathlib import Path

from deltarule.errors import OutOfMemoryError
from deltarule.network import Network

KEPT = 2  # vectors like theta beside the moments: theta itself, and the best or the last good one
CGROUP = Path("/sys/fs/cgroup")
PAGES = Path("/proc/self/statm")  # of this process, the first number in all


def require_memory(network: Network, itemsize: int, n_moments: int, n_members: int) -> None:
    """Refuse networks whose parameters and moments need more than there is.

    Raises
    ------
    OutOfMemoryError
        With the estimate.
    """
    needed = n_members * (KEPT + n_moments) * network.layout.size * itemsize
    available = available_memory()
    if available is not None and needed > available:
        sizes = "-".join(map(str, network.sizes))
        raise OutOfMemoryError(
            f"A network of {sizes} has {network.n_parameters:,} parameters; training "
            f"{'it' if n_members == 1 else f'{n_members} such'} with {itemsize} bytes each takes "
            f"{needed / 1e9:,.1f} GB, and {available / 1e9:,.1f} GB are free. Use fewer or "
            "smaller hidden layers, fewer columns or classes, or dtype='float32'."
        )


def available_memory() -> int | None:
    """Return the bytes that this process may still take; None where the system does not say."""
    limits = [_free_on_machine(), _free_in_cgroup(), _free_in_address_space()]
    return min((limit for limit in limits if limit is not None), default=None)


def _free_on_machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kilobytes = dict(line.split(":", 1) for line in lines)
    return int(kilobytes["MemAvailable"].split()[0]) * 1024


def _free_in_cgroup() -> int | None:
    try:
        most, used = (
            (CGROUP / name).read_text(encoding="ascii").strip()
            for name in ("memory.max", "memory.current")
        )
    except OSError:
        return None
    return None if most == "max" else max(0, int(most) - int(used))


def _free_in_address_space() -> int | None:
    """Return what ``ulimit -v`` leaves, where it is set."""
    try:
        import resource

        most, _ = resource.getrlimit(resource.RLIMIT_AS)
        if most == resource.RLIM_INFINITY:
            return None
        used = int(PAGES.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    except (ImportError, OSError):
        return None
    return max(0, most - used)
