"""Which rows are learnt from and which are tested on: the same for every contender."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from benchmarks.accuracy.sources import Table

Part = Literal["test", "train"]
PARTS: tuple[Part, ...] = get_args(Part)
TEST_SHARE = 0.3
HELD_OUT_SHARE = 0.25  # of the training rows


@dataclass(frozen=True)
class Split:
    """Rows to learn from and rows to be tested on, with their class indices."""

    X: pd.DataFrame
    y: np.ndarray
    X_test: pd.DataFrame
    y_test: np.ndarray


def split(table: Table, seed: int, part: Part) -> Split:
    """Divide a table.

    Parameters
    ----------
    table : Table
        Its published test rows are the test rows; where it has none, 30 % are drawn, stratified.
    seed : int
        What draws rows. Where nothing is drawn it changes the contenders' fits alone.
    part : {"test", "train"}
        "train" leaves the test rows alone, to choose defaults on: a quarter of the training rows,
        drawn by the seed and stratified, is held out to be tested on.
    """
    if table.n_train is None:
        train, test = _drawn(np.arange(len(table.y)), table.y, TEST_SHARE, seed)
    else:
        train, test = np.split(np.arange(len(table.y)), [table.n_train])
    if part == "train":
        train, test = _drawn(train, table.y, HELD_OUT_SHARE, seed)
    return Split(*_taken(table, train), *_taken(table, test))


def _drawn(rows: np.ndarray, y: np.ndarray, share: float, seed: int) -> list[np.ndarray]:
    return train_test_split(rows, test_size=share, stratify=y[rows], random_state=seed)


def _taken(table: Table, rows: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    return table.X.iloc[rows].reset_index(drop=True), table.y[rows]
