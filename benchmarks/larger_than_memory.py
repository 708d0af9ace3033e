"""Training on a table twenty times the memory limit: ``python -m benchmarks.larger_than_memory``.

Adult's training rows, drawn with replacement and perturbed, as Parquet files, until their encoded
rows are twenty times ``--limit``. One process trains on them with that ``memory_limit``, in a
control group of its own where the system lets one be made, another with all rows in memory. What
each process has resident is looked at four times a second. Written are a picture and the numbers;
with ``DELTARULE_DATA`` set.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

TIMES = 20
BYTES_A_ROW = 4 * 43 + 16  # what the rows below are encoded to, with their class, weight and place
A_FILE = 1_000_000
CGROUPS = Path("/sys/fs/cgroup/memory")  # of version 1: the one that the machine at hand has
EVERY = 0.25  # seconds

TRAIN = """
import json, sys
import numpy as np
from deltarule import TabularClassifier

path, settings = sys.argv[1], json.loads(sys.argv[2])
table = {"a": np.arange(60) % 7 / 3, "b": ["x", "y", "z"] * 20}
TabularClassifier(**settings).fit(table, ["no", "yes"] * 30)  # everything is imported now
print("begins", flush=True)
model = TabularClassifier(**settings).fit(path, "income")
print(json.dumps({
    "window": model.window_,
    "held out": len(model.validation_rows_),
    "seconds an epoch": model.history_["seconds"].tolist(),
    "score": model.validation_scores_[-1],
}), flush=True)
"""


def write_table(folder: Path, n_rows: int) -> None:
    """Write Adult's rows over and over, amounts a little different each time."""
    base = pd.read_csv(Path(os.environ["DELTARULE_DATA"]) / "adult" / "train.csv.gz")
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True)
    for start in range(0, n_rows, A_FILE):
        n = min(A_FILE, n_rows - start)
        part = base.iloc[rng.integers(0, len(base), n)].reset_index(drop=True)
        for name in part.select_dtypes("number"):
            noise = rng.normal(0, 0.05 * base[name].std(), n)
            part[name] += np.where(rng.random(n) < 0.5, noise, 0)
        table = pa.Table.from_pandas(part, preserve_index=False)
        pq.write_table(table, folder / f"{start // A_FILE:03}.parquet", row_group_size=100_000)


@contextmanager
def control_group(megabytes: int) -> Iterator[Path | None]:
    """Make a control group with so much memory; None where that cannot be had."""
    folder = CGROUPS / f"deltarule-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError:
        yield None
        return
    try:
        (folder / "memory.limit_in_bytes").write_text(str(megabytes * 10**6))
        yield folder
    finally:
        folder.rmdir()


def watched(path: Path, settings: dict[str, Any], group: Path | None) -> dict[str, Any]:
    """Train in a process, and return what it says and what it had resident, in MB."""
    command = [sys.executable, "-c", TRAIN, str(path), json.dumps(settings)]
    enter = f"echo $$ > {group}/cgroup.procs; exec " if group else "exec "
    process = subprocess.Popen(
        ["sh", "-c", enter + '"$@"', "sh", *command], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    before, began, seen = resident(process.pid), time.monotonic(), list[tuple[float, float]]()
    while process.poll() is None:
        seen.append((time.monotonic() - began, resident(process.pid) - before))
        time.sleep(EVERY)
    if process.returncode:
        raise SystemExit(f"Training ended with {process.returncode}.")
    return json.loads(process.stdout.read()) | {"before": before, "resident": seen}


def resident(pid: int) -> float:
    """Return what a process has in memory, in MB; what is left of one that ends is nothing."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def draw(found: dict[str, Any], limit: int, reading: int, to: Path) -> None:
    """Draw what was resident over the run, beside what is said to be its bound."""
    from matplotlib import pyplot as plt

    _, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
    seconds, megabytes = np.array(found["in file"]["resident"]).T
    axes.plot(seconds / 60, megabytes, lw=1, label="resident, beyond what is imported")
    axes.axhline(limit, color="tab:green", ls="--", label=f"memory_limit, {limit} MB")
    bound = limit + reading
    axes.axhline(bound, color="tab:red", ls="--", label=f"and what reading takes, {bound} MB")
    encoded = found["rows"] * BYTES_A_ROW / 1e6
    axes.set(xlabel="minutes", ylabel="MB", ylim=(0, 1.35 * bound))
    axes.set_title(
        f"{found['rows'] / 1e6:.0f} million rows, {encoded:,.0f} MB when encoded", size=10
    )
    axes.legend(frameon=False, ncols=3, loc="upper center", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    plt.savefig(to)


@click.command()
@click.option("--limit", default=200, help="MB of memory_limit.", show_default=True)
@click.option("--group", default=700, help="MB of the control group.", show_default=True)
@click.option("--reading", default=256, help="MB that reading may take besides.", show_default=True)
@click.option("--epochs", default=2, show_default=True)
@click.option("--folder", default="build/larger-than-memory", type=Path, show_default=True)
@click.option("--out", default="docs/larger-than-memory.svg", type=Path, show_default=True)
def main(limit: int, group: int, reading: int, epochs: int, folder: Path, out: Path) -> None:
    """Train under a limit and without one, and compare."""
    n_rows = TIMES * limit * 10**6 // BYTES_A_ROW
    table, cache = folder / f"adult-{n_rows}", folder / "cache"
    if not table.exists():
        write_table(table, n_rows)
    shutil.rmtree(cache, ignore_errors=True)
    settings = {"preset": "quick", "max_iter": epochs, "random_state": 0}
    found: dict[str, Any] = {"rows": n_rows}
    limited = {**settings, "memory_limit": f"{limit} MB", "cache": str(cache)}
    with control_group(group) as cgroup:
        click.echo(f"{n_rows:,} rows; control group: {cgroup or 'none can be made here'}")
        found["in file"] = watched(table, limited, cgroup)
    found["in memory"] = watched(table, {**settings, "memory_limit": "100 GB"}, None)
    for name in ("in file", "in memory"):
        seconds = found[name]["seconds an epoch"][-1]
        peak = max(megabytes for _, megabytes in found[name]["resident"])
        click.echo(
            f"{name}: window {found[name]['window']:,}, {n_rows / seconds:,.0f} rows/s in the last "
            f"epoch, score {found[name]['score']:.4f}, {peak:,.0f} MB resident at most"
        )
    ratio = found["in memory"]["seconds an epoch"][-1] / found["in file"]["seconds an epoch"][-1]
    click.echo(f"rows a second, in file to in memory: {ratio:.2f}")
    draw(found, limit, reading, out)
    shutil.rmtree(cache, ignore_errors=True)


if __name__ == "__main__":
    main()
