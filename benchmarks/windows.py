"""What small windows do to accuracy: ``python -m benchmarks.windows``, some five minutes.

Rows are sorted by their label, which is the worst that can be done to a window, and trained on by
the preset ``quick``. ``DELTARULE_DATA`` names the folder with Adult and Covertype. Printed is the
mean error of the seeds on other rows, and the standard deviation over them.
"""

import os
import warnings
from pathlib import Path

import click
import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sklearn.model_selection import train_test_split

from deltarule import TabularClassifier

Rows = tuple[pd.DataFrame, pd.Series]


def read(path: Path, target: str, dropped: list[str]) -> Rows:
    """Return a table without its labels, and these."""
    table = pd.read_csv(path, keep_default_na=False, na_values=[""]).drop(columns=dropped)
    return table.drop(columns=target), table[target]


def adult(folder: Path) -> tuple[Rows, Rows]:
    """Return the rows that its authors train and test on."""
    return tuple(
        read(folder / "adult" / f"{part}.csv.gz", "income", []) for part in ("train", "test")
    )


def covertype(folder: Path) -> tuple[Rows, Rows]:
    """Return four rows in five, and the fifth."""
    X, y = read(folder / "covertype_kaggle" / "table.csv.gz", "Cover_Type", ["Id"])
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    return (X, y), (X_test, y_test)


def error(train: Rows, test: Rows, window: int | None, seed: int) -> float:
    """Return the share of the test rows that is predicted wrongly."""
    X, y = train
    order = np.argsort(y.to_numpy(), kind="stable")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        model = TabularClassifier(preset="quick", window=window, random_state=seed)
        model.fit(X.iloc[order], y.iloc[order])
        return 1 - model.score(*test)


@click.command()
@click.option("--seeds", default=3, show_default=True)
def main(seeds: int) -> None:
    """Train with windows of several sizes, and print the errors."""
    folder = Path(os.environ["DELTARULE_DATA"])
    tables = {"Adult": adult(folder), "Covertype": covertype(folder)}
    windows = (None, 8192, 4096, 2048, 1024)
    fits = [(w, name, seed) for w in windows for name in tables for seed in range(seeds)]
    errors: dict[tuple[int | None, str], list[float]] = {}
    for window, name, seed in track(fits, console=Console(stderr=True)):
        errors.setdefault((window, name), []).append(error(*tables[name], window, seed))
    shown = Table(title="Error, rows sorted by their label", caption=f"seeds: {seeds}")
    shown.add_column("rows in a window", justify="right")
    for name, ((X, _), _) in tables.items():
        shown.add_column(f"{name}, of {len(X):,}", justify="right")
    for window in windows:
        cells = [np.array(errors[window, name]) for name in tables]
        shown.add_row(
            "all" if window is None else f"{window:,}",
            *(f"{100 * e.mean():.2f} % ± {100 * e.std():.2f}" for e in cells),
        )
    Console().print(shown)


if __name__ == "__main__":
    main()
