"""The tables of a comparison, as Markdown: ``python -m benchmarks.accuracy.summary FILE``."""

import argparse
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.accuracy.contenders import CONTENDERS, OURS, title
from benchmarks.accuracy.datasets import DATASETS, ROLES
from benchmarks.accuracy.picture import draw
from benchmarks.accuracy.records import Record, read
from benchmarks.accuracy.splits import PARTS
from benchmarks.accuracy.standings import finished, grid, interval, standings
from benchmarks.tables import put_between_marks

Number = Callable[[float], str]


def percent(value: float) -> str:
    """Return a share as it is printed."""
    return f"{100 * value:.2f}"


def decimals(value: float) -> str:
    """Return any other measure as it is printed."""
    return f"{value:.4f}"


COMPARED: dict[str, tuple[str, Number]] = {
    "error": ("error, %", percent),
    "log_loss": ("log loss", decimals),
}
ALSO: dict[str, tuple[str, Number]] = {
    "calibration_error": ("calibration error, %", percent),
    "balanced_error": ("balanced error, %", percent),
    "auc": ("AUC", decimals),
}


def line(cells: Iterable[str]) -> str:
    """Return a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def table(header: list[str], rows: Iterable[list[str]]) -> str:
    """Return a Markdown table, its first column to the left and the others to the right."""
    return "\n".join([line(header), f"|---|{'---:|' * (len(header) - 1)}", *map(line, rows)])


def overall(records: list[Record], measure: str, base: str) -> str:
    """Return a row for each contender, the best mean rank first."""
    name, number = COMPARED[measure]
    n_test = {record.data: record.n_test for record in records if not record.failure}
    found = standings(grid(records, measure), base, n_test)
    rows = [
        [
            title(contender),
            number(one.mean),
            f"{one.rank:.2f}",
            "1" if contender == base else f"{one.ratio:.3f} ({one.low:.3f}-{one.high:.3f})",
            "-" if contender == base else f"{one.wins} / {one.ties} / {one.losses}",
        ]
        for contender, one in sorted(found.items(), key=lambda item: item[1].rank)
    ]
    against = f"{title(base)} better / equal / worse"
    return table(["", f"mean {name}", "mean rank", "relative", against], rows)


def means(records: list[Record], base: str, timed: Collection[int] | None) -> str:
    """Return the means of the other measures over data sets, and the seconds of all of them.

    Seconds are sums over data sets of means over seeds, of those that are ``timed``: None is all.
    """

    def over_seeds(measure: str, of: list[Record]) -> pd.DataFrame:
        return finished(grid(of, measure)).groupby("data").mean()

    also = {name: over_seeds(name, records).mean() for name in ALSO}
    clocked = [record for record in records if timed is None or record.seed in timed]
    fits, predictions = (
        over_seeds(f"{kind}_seconds", clocked).sum() for kind in ("fit", "predict")
    )
    rows = [
        [
            title(contender),
            *(number(also[name][contender]) for name, (_, number) in ALSO.items()),
            f"{fits[contender]:.0f}",
            f"{fits[contender] / fits[base]:.2f}x",
            f"{predictions[contender]:.1f}",
        ]
        for contender in fits.index
    ]
    names = [f"mean {name}" for name, _ in ALSO.values()]
    return table(["", *names, "s all fits", "ratio", "s all predictions"], rows)


def each(records: list[Record], measure: str) -> str:
    """Return a row for each data set: mean and interval over seeds, the best in bold."""
    name, number = COMPARED[measure]
    values = grid(records, measure)
    rows = []
    for data, seeds in values.groupby("data", sort=False):
        best = seeds.mean().min()
        cells = [cell(column.dropna().to_numpy(), best, number) for _, column in seeds.items()]
        rows.append([str(data), str(len(seeds)), *cells])
    return table([name, "seeds", *map(title, values.columns)], rows)


def cell(values: np.ndarray, best: float, number: Number) -> str:
    """Return "mean ± half", or a dash of who has nothing."""
    if not len(values):
        return "-"
    mean, half = interval(values)
    shown = f"**{number(mean)}**" if mean <= best else number(mean)
    return shown if np.isinf(half) else f"{shown} ± {number(half)}"


def notes(records: list[Record]) -> str:
    """Return what the tables leave out, and what they were made with."""
    values = grid(records, "error")
    left_out = [
        data for data in values.index.unique("data") if values.loc[data].isna().any(axis=None)
    ]
    said = [f"{len(values.index.unique('data')) - len(left_out)} data sets."]
    if left_out:
        said.append(f"Not in what is taken over data sets: {', '.join(left_out)}.")
    said += [
        f"{title(record.contender)} on {record.data}, seed {record.seed}: {record.failure}."
        for record in records
        if record.failure
    ]
    threads = sorted({record.threads for record in records})
    versions = {f"{name} {v}" for record in records for name, v in record.versions.items()}
    said.append(f"Threads: {', '.join(map(str, threads))}. {', '.join(sorted(versions))}.")
    return "\n".join(said)


def summary(records: list[Record], base: str = OURS, timed: Collection[int] | None = None) -> str:
    """Return all tables; seconds are those of the seeds that are ``timed``, or of all."""
    parts = [notes(records)]
    parts += [overall(records, measure, base) for measure in COMPARED]
    parts += [means(records, base, timed)]
    parts += [each(records, measure) for measure in COMPARED]
    return "\n\n".join(parts)


def chosen(records: Iterable[Record], role: str | None, part: str) -> list[Record]:
    """Return the records of a role and a part, data sets and contenders in their lists' order."""
    order = {name: i for i, name in enumerate(CONTENDERS)}
    places = {name: i for i, name in enumerate(DATASETS)}
    found = [
        record
        for record in records
        if record.part == part and role in (None, DATASETS[record.data].role)
    ]
    return sorted(found, key=lambda r: (places[r.data], r.seed, order.get(r.contender, -1)))


def main(arguments: list[str] | None = None) -> None:
    """Print the tables of a file of records."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy.summary")
    parser.add_argument("file", type=Path, help="what `python -m benchmarks.accuracy` wrote")
    parser.add_argument("--role", choices=ROLES, help="its data sets only (default: all)")
    parser.add_argument("--part", choices=PARTS, default="test")
    parser.add_argument("--base", default=OURS, help="who the others are compared with")
    parser.add_argument(
        "--timed",
        nargs="+",
        type=int,
        metavar="SEED",
        help="seeds whose seconds count, since nothing else ran meanwhile (default: all)",
    )
    parser.add_argument(
        "--write", type=Path, metavar="PAGE", help="put them between its marks, and PAGE.svg beside"
    )
    asked = parser.parse_args(arguments)
    records = chosen(read(asked.file).values(), asked.role, asked.part)
    if asked.base not in {record.contender for record in records if not record.failure}:
        raise SystemExit(f"Error: {asked.file} has no fit of {asked.base}: --base names another")
    text = summary(records, asked.base, asked.timed)
    print(text)
    if asked.write:
        put_between_marks(asked.write, text)
        draw(records, asked.base, asked.write.with_suffix(".svg"), asked.timed)


if __name__ == "__main__":
    main()
