"""The results as a table: in the README between two marks, and for the terminal."""

from pathlib import Path

from benchmarks.workloads import WORKLOADS

BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"
PEERS = {"scikit_learn": "scikit-learn", "pytorch": "PyTorch", "jax_epoch": "JAX"}


def markdown(results: dict) -> str:
    """Return the README's table, and a line on where it was measured."""
    lines = [
        "| workload | dtype | layers | batch | a step | scikit-learn | PyTorch | JAX | products |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [row(cell) for cell in results["cells"]]
    machine = results["machine"]
    return "\n".join(
        [
            *lines,
            "",
            f"{machine['processor']}, {machine['cores']} cores, {machine['date']}; "
            + ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
            + ".",
        ]
    )


def row(cell: dict) -> str:
    """Return one cell's line: ratios with their quartiles."""
    workload, ratios = WORKLOADS[cell["workload"]], cell["ratios"]
    layers = "-".join(map(str, workload.layers))
    columns = [workload.name, cell["dtype"], layers, str(workload.batch), step(cell)]
    columns += [times(ratios.get(peer)) for peer in PEERS]
    floor = ratios.get("products")
    columns.append(f"{floor['median']:.0%}" if floor else "-")
    return f"| {' | '.join(columns)} |"


def times(ratio: dict | None) -> str:
    """Return '3.2x (3.0-3.4)', or a dash where it was not measured."""
    if ratio is None:
        return "-"
    return f"{ratio['median']:.3g}x ({ratio['low']:.3g}-{ratio['high']:.3g})"


def step(cell: dict) -> str:
    """Return our median time of a step."""
    threads = cell["ratios"]["ours"]["threads"]
    laps = next(
        lap["seconds"]
        for lap in cell["laps"]
        if (lap["contender"], lap["threads"]) == ("ours", threads)
    )
    micros = 1e6 * sorted(laps)[len(laps) // 2] / WORKLOADS[cell["workload"]].steps_an_epoch
    return f"{micros / 1000:.3g} ms" if micros >= 1000 else f"{micros:.3g} µs"


def put_between_marks(path: Path, text: str) -> None:
    """Replace what stands between the two marks in a file."""
    before, rest = path.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
