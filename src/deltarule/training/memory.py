"""Will a network fit into this machine's memory? Asked before any of it is taken."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from deltarule.errors import OutOfMemoryError
from deltarule.network import Network

KEPT = 2  # vectors like theta beside the moments: theta itself, and the best or the last good one
CGROUP = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")
UNLIMITED = 2**60  # bytes: version 1 has no word for it, but a number like this
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
    """Return what this process's control group, and those that it is in, leave."""
    each = [_free_in(folder, names) for folder, names in _cgroups()]
    return min((free for free in each if free is not None), default=None)


class _Names(NamedTuple):
    """How a version of Linux' control groups calls its files, and the lines of the last one."""

    most: str
    used: str
    of_files: tuple[str, str]


V1 = _Names(
    "memory.limit_in_bytes", "memory.usage_in_bytes", ("total_inactive_file", "total_active_file")
)
V2 = _Names("memory.max", "memory.current", ("inactive_file", "active_file"))


def _cgroups() -> Iterator[tuple[Path, _Names]]:
    """Yield the folders that tell of the memory of this process's control groups, inside first."""
    try:
        lines = OWN_CGROUPS.read_text(encoding="ascii").splitlines()
    except OSError:
        lines = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers or "memory" in controllers.split(","):
            base, names = (CGROUP / "memory", V1) if controllers else (CGROUP, V2)
            inside = base / path.lstrip("/")
            yield inside, names
            for folder in inside.parents:
                if folder.is_relative_to(base):
                    yield folder, names


def _free_in(folder: Path, names: _Names) -> int | None:
    """Return what a group leaves; pages of files do not count as used, as they can be let go of."""
    try:
        most, used, stat = (
            (folder / name).read_text(encoding="ascii").strip()
            for name in (names.most, names.used, "memory.stat")
        )
    except OSError:
        return None
    if most == "max" or int(most) >= UNLIMITED:
        return None
    numbers = dict(line.split() for line in stat.splitlines())
    of_files = sum(int(numbers.get(name, 0)) for name in names.of_files)
    return max(0, int(most) - max(0, int(used) - of_files))


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
