"""TabularClassifier beside RealMLP-TD-S of pytabkit, the recipe's own authors': error and time.

::

    DELTARULE_DATA=FOLDER python -m benchmarks.tabular [--contender NAME] [--data NAME] [--fresh]

Adult, letter, Titanic and white wine, five seeds each. Adult and letter come with test rows, so a
seed changes the training alone, and an interval says nothing of other test rows; of the others it
also draws the fifth of the rows, stratified, that is tested on. Each fit has a process of its own,
the contenders take turns, and each holds out a fifth of the training rows itself.

Every fit goes into ``tabular.json`` as it ends, and is not made again: a run that was cut off goes
on, and contenders that cannot be installed together may run one after the other (their seconds are
then comparable no more). These are the four tables that defaults are chosen on; none other is.
"""

import importlib.metadata
import json
import logging
import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import patch

import click
import numpy as np
import pandas as pd
from scipy.stats import t as student
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split

from benchmarks.turns import THREAD_VARIABLES

RESULTS = Path(__file__).with_suffix(".json")
DATA = ("titanic", "wine_quality_white", "letter", "adult")
OURS, PEER = "deltarule", "realmlp-td-s"
PACKAGES = {OURS: ("deltarule",), PEER: ("pytabkit", "torch")}
SEEDS = 5
CONFIDENCE = 0.95
HEADER = (
    "| data | seeds | error, ours | theirs | difference | "
    "| log loss | theirs | AUC | theirs | s a fit | theirs | ratio |"
)

Fit = dict[str, Any]


class RealMLP:
    """RealMLP-TD-S, which refuses missing numbers: they become medians, and flags say so.

    As ours does it: so both see the same. Missing categories are its own matter.
    """

    def __init__(self, seed: int, threads: int) -> None:
        from pytabkit import RealMLP_TD_S_Classifier

        logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
        self._model = RealMLP_TD_S_Classifier(device="cpu", n_threads=threads, random_state=seed)

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> None:
        """Learn the medians, then train."""
        numbers = X.select_dtypes("number")
        self._medians = numbers.median()
        self._flagged = list(numbers.columns[numbers.isna().any()])
        self._model.fit(self._filled(X), y)
        self.classes_ = self._model.classes_

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Return the probability of each class."""
        return self._model.predict_proba(self._filled(X))

    def _filled(self, X: pd.DataFrame) -> pd.DataFrame:
        flags = X[self._flagged].isna().astype(float).add_prefix("missing ")
        return X.fillna(self._medians.to_dict()).join(flags)


def ours(seed: int, threads: int) -> Any:
    """Return the preset that is the same recipe."""
    from deltarule import TabularClassifier

    return TabularClassifier(preset="td-s", metric="error", random_state=seed, n_threads=threads)


CONTENDERS: dict[str, Callable[[int, int], Any]] = {OURS: ours, PEER: RealMLP}


def read(folder: Path, file: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return a file's columns, the categorical ones as such, and its labels as text."""
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    target, categorical = meta["target_column"], meta["categorical_columns"]
    table = pd.read_csv(
        folder / file,
        keep_default_na=False,
        na_values=[""],
        dtype=dict.fromkeys([target, *categorical], str),
    )
    X = table.drop(columns=[target, *meta["drop_columns"]])
    X = X.astype(dict.fromkeys(categorical, "category"))
    return X, table[target].to_numpy(dtype=str)


def split(folder: Path, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray, np.ndarray]:
    """Return rows to train and to test on, and their labels: as published, else drawn."""
    if (folder / "test.csv.gz").exists():
        (X, y), (X_test, y_test) = read(folder, "train.csv.gz"), read(folder, "test.csv.gz")
        return X, X_test, y, y_test
    X, y = read(folder, "table.csv.gz")
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=seed)
    return X.reset_index(drop=True), X_test.reset_index(drop=True), y, y_test


def fit(contender: str, data: str, seed: int, threads: int) -> Fit:
    """Train a contender and test it; in a process of its own."""
    warnings.simplefilter("ignore")
    X, X_test, y, y_test = split(Path(os.environ["DELTARULE_DATA"]) / data, seed)
    model = CONTENDERS[contender](seed, threads)
    started = perf_counter()
    model.fit(X, y)
    seconds = perf_counter() - started
    scores = score(model.predict_proba(X_test), np.asarray(model.classes_, dtype=str), y_test)
    versions = {name: importlib.metadata.version(name) for name in PACKAGES[contender]}
    key = {"data": data, "contender": contender, "seed": seed}
    return {**key, **scores, "seconds": seconds, "threads": threads, "versions": versions}


def score(proba: np.ndarray, classes: np.ndarray, y: np.ndarray) -> dict[str, float | None]:
    """Return the share of wrong labels, the log loss and, of two classes, the ROC's area."""
    proba = np.asarray(proba, dtype=np.float64)
    proba = proba / proba.sum(axis=1, keepdims=True)
    wrong = classes[proba.argmax(axis=1)] != y
    binary = len(classes) == 2
    return {
        "error": float(wrong.mean()),
        "log_loss": float(log_loss(y, proba, labels=classes)),
        "roc_auc": float(roc_auc_score(y == classes[1], proba[:, 1])) if binary else None,
    }


def interval(values: np.ndarray) -> tuple[float, float]:
    """Return the mean and the half-width of its confidence interval (infinite for one value)."""
    if len(values) < 2:
        return float(values.mean()), np.inf
    quantile = student.ppf((1 + CONFIDENCE) / 2, len(values) - 1)
    return float(values.mean()), float(quantile * values.std(ddof=1) / np.sqrt(len(values)))


def judge(mean: float, half: float) -> str:
    """Return what the interval of our error minus theirs says."""
    if abs(mean) <= half:
        return "equal"
    return "better" if mean < 0 else "worse"


def chosen(fits: list[Fit], data: str, contender: str) -> dict[int, Fit]:
    """Return a contender's fits on a table, by seed."""
    return {
        found["seed"]: found
        for found in fits
        if (found["data"], found["contender"]) == (data, contender)
    }


def table(fits: list[Fit]) -> str:
    """Return a row for each table and, of ours and a peer's, the difference seed by seed."""
    lines = [HEADER, f"|---|{4 * '---:|'}---|{7 * '---:|'}"]
    for data in DATA:
        one, other = chosen(fits, data, OURS), chosen(fits, data, PEER)
        if one or other:
            lines.append(row(data, one, other))
    return "\n".join(lines)


def row(data: str, one: dict[int, Fit], other: dict[int, Fit]) -> str:
    """Return one table's line; where both have fits, of the seeds that both have."""
    if one and other:
        seeds = sorted(one.keys() & other.keys())
        one, other = ({seed: fits[seed] for seed in seeds} for fits in (one, other))
    cells = [data, str(max(len(one), len(other))), mean(one, "error"), mean(other, "error")]
    if one and other:
        middle, half = interval(column(one, "error") - column(other, "error"))
        cells += [f"{100 * middle:+.2f} ± {100 * half:.2f}", judge(middle, half)]
        ratio = f"{np.median(column(other, 'seconds') / column(one, 'seconds')):.2f}x"
    else:
        cells += ["-", "-"]
        ratio = "-"
    for name in ("log_loss", "roc_auc", "seconds"):
        cells += [mean(one, name), mean(other, name)]
    return f"| {' | '.join([*cells, ratio])} |"


def column(fits: dict[int, Fit], name: str) -> np.ndarray:
    """Return one number of each seed."""
    return np.array([found[name] for found in fits.values()], dtype=float)


def mean(fits: dict[int, Fit], name: str) -> str:
    """Return the mean over seeds as it is printed; of the seconds, the median."""
    values = column(fits, name)
    if not len(values) or np.isnan(values).any():
        return "-"
    if name == "seconds":
        return f"{np.median(values):.1f}"
    return f"{100 * values.mean():.2f} %" if name == "error" else f"{values.mean():.4f}"


def missing(
    fits: list[Fit], contenders: tuple[str, ...], data: tuple[str, ...], seeds: int
) -> Iterator[tuple[str, str, int]]:
    """Yield the fits that are still to be made, the contenders in turn."""
    there = {(found["contender"], found["data"], found["seed"]) for found in fits}
    for name in data:
        for seed in range(seeds):
            yield from ((one, name, seed) for one in contenders if (one, name, seed) not in there)


@click.command()
@click.option("--contender", "contenders", multiple=True, type=click.Choice(list(CONTENDERS)))
@click.option("--data", multiple=True, type=click.Choice(DATA))
@click.option("--seeds", default=SEEDS, show_default=True)
@click.option("--threads", default=2, show_default=True)
@click.option("--fresh", is_flag=True, help="Make the asked-for fits again that are there.")
def main(
    contenders: tuple[str, ...], data: tuple[str, ...], seeds: int, threads: int, fresh: bool
) -> None:
    """Make the fits that are missing, write each down, and print the table."""
    contenders, data = contenders or tuple(CONTENDERS), data or DATA
    fits = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    if fresh:
        fits = [
            old for old in fits if old["contender"] not in contenders or old["data"] not in data
        ]
    few = dict.fromkeys(THREAD_VARIABLES, str(threads))  # read as NumPy is imported
    with patch.dict(os.environ, few):
        for contender, name, seed in missing(fits, contenders, data, seeds):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                fits.append(process.submit(fit, contender, name, seed, threads).result())
            RESULTS.write_text(json.dumps(fits, indent=1) + "\n", encoding="utf-8")
            error, seconds = fits[-1]["error"], fits[-1]["seconds"]
            click.echo(
                f"{name}, seed {seed}, {contender}: {error:.4f} in {seconds:.1f} s", err=True
            )
    click.echo(table(fits))


if __name__ == "__main__":
    main()
