"""Small tables, and the real ones where DELTARULE_DATA says that they are."""

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest

from deltarule.data import TEXT, read_csv


@pytest.fixture
def table():
    """Eighty rows: one number and one word that tell the class, a number that tells nothing."""
    rng = np.random.default_rng(0)
    y = np.arange(80) % 2
    return {
        "size": rng.normal(size=80) + 2 * y,
        "noise": rng.normal(size=80),
        "colour": np.where(rng.random(80) < 0.8, np.array(["red", "blue"])[y], None),
    }


@pytest.fixture
def labels():
    return np.array(["small", "big"])[np.arange(80) % 2]


@pytest.fixture(scope="session")
def real_data():
    """Return a reader of one file of a real data set: a table without the target, and labels."""
    folder = os.environ.get("DELTARULE_DATA")
    if not folder:
        pytest.skip("the environment variable DELTARULE_DATA does not name a folder")

    def load(name, part="table"):
        meta = json.loads((Path(folder) / name / "meta.json").read_text())
        kinds = dict.fromkeys(meta["categorical_columns"], TEXT)
        with gzip.open(Path(folder) / name / f"{part}.csv.gz") as file:
            table = read_csv(file, kinds=kinds)
        labels = table[meta["target_column"]].to_numpy()
        return table.drop_columns([meta["target_column"], *meta["drop_columns"]]), labels

    return load
