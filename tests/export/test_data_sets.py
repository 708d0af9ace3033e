"""On real tables and images: the same labels, and probabilities to 1e-5."""

import gzip
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from deltarule import MLPClassifier, TabularClassifier

TABLES = {
    "adult": ("train", "test"),
    "covertype_kaggle": ("table", None),
    "german_credit": ("table", None),
    "letter": ("train", "test"),
    "titanic": ("table", None),
    "wine_quality_white": ("table", None),
}
IMAGES = ["mnist", "fashion_mnist"]
MOST = 5000  # rows to train on, and to compare on


@pytest.mark.filterwarnings("ignore:.* that training never saw", "ignore:.* is left out")
@pytest.mark.parametrize("preset", ["td", "td-s"])
@pytest.mark.parametrize("name", TABLES)
def test_tables(name, preset, real_data, compare):
    parts = [part for part in TABLES[name] if part is not None]
    (table, y), (other, _) = (real_data(name, part) for part in (parts[0], parts[-1]))
    model = TabularClassifier(preset=preset, max_iter=3, random_state=0)
    model.fit(table[:MOST], y[:MOST])
    rows = other[-MOST:]
    compare(model, rows)
    compare(model, damaged(rows))


def damaged(table):
    """Every column once missing, once strange: text never seen, or a number far out."""
    rng, columns = np.random.default_rng(0), {}
    for name in table.column_names:
        column = table[name].combine_chunks()
        is_text = pa.types.is_string(column.type)
        cells = np.array(column.to_pylist(), object)
        cells[rng.random(len(cells)) < 0.1] = "never seen" if is_text else -(10**6)
        cells[rng.random(len(cells)) < 0.1] = None
        columns[name] = pa.array(cells.tolist(), pa.string() if is_text else pa.float64())
    return pa.table(columns)


@pytest.mark.parametrize("name", IMAGES)
def test_images(name, compare):
    folder = os.environ.get("DELTARULE_DATA")
    if not folder:
        pytest.skip("the environment variable DELTARULE_DATA does not name a folder")
    X, y = (read_idx(Path(folder) / name / f"t10k-{what}-ubyte.gz") for what in FILES)
    X = X.reshape(len(y), -1) / np.float32(255)
    settings = {"tol": 1e9, "n_iter_no_change": 2, "random_state": 0}
    model = MLPClassifier((64, 32), **settings).fit(X[:MOST], y[:MOST])
    compare(model, X)


FILES = ("images-idx3", "labels-idx1")


def read_idx(path):
    with gzip.open(path) as file:
        content = file.read()
    return np.frombuffer(content, np.uint8, offset=4 + 4 * content[3])
