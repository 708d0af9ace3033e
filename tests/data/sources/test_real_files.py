"""Real data sets as their authors published them."""

import gzip
import json
import os
from pathlib import Path

import pyarrow as pa
import pytest

from deltarule.data.sources import ReadOptions, open_source


@pytest.fixture(scope="module")
def folder():
    """Return the folder of real data sets."""
    name = os.environ.get("DELTARULE_DATA")
    if not name:
        pytest.skip("the environment variable DELTARULE_DATA does not name a folder")
    return Path(name)


@pytest.mark.parametrize(
    ("name", "shape", "types"),
    [
        ("adult/original/adult.data", (32561, 15), "nsnsnsssssnnnss"),
        ("adult/original/adult.test", (16281, 15), "nsnsnsssssnnnss"),
        ("covertype_kaggle/original/train.csv.zip", (15120, 56), "n" * 56),
        ("wine_quality_white/original/winequality-white.csv", (4898, 12), "n" * 12),
        ("titanic/original/train.csv", (891, 12), "nnnssnnnsnss"),
        ("german_credit/original/german.data", (1000, 21), "snssnssnssnsnssnsnssn"),
        ("letter/original/letter-recognition.data", (20000, 17), "s" + "n" * 16),
        ("mnist/t10k-images-idx3-ubyte.gz", (10000, 785), "n" * 785),
    ],
)
def test_is_read_as_it_was_published(folder, name, shape, types):
    source = open_source(folder / name)
    table = source.read()
    assert table.shape == shape
    assert source.n_rows == shape[0]
    assert "".join("s" if t == pa.string() else "n" for t in table.schema.types) == types
    assert not any("object" in str(t) for t in table.schema.types)


def test_spaces_after_commas_are_gone_and_a_question_mark_can_be_missing(folder):
    path = folder / "adult/original/adult.data"
    table = open_source(path).read()
    assert table.slice(0, 1).to_pylist()[0]["column2"] == "State-gov"
    assert table["column2"].null_count == 0
    assert open_source(path, ReadOptions(missing=("?",))).read()["column2"].null_count == 1836


def test_titanic_has_names_with_quotes_and_gaps_in_age_and_cabin(folder):
    table = open_source(folder / "titanic/original/train.csv").read()
    assert table["Name"][0].as_py() == "Braund, Mr. Owen Harris"
    assert (table["Age"].null_count, table["Cabin"].null_count) == (177, 687)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_images_are_what_they_are(folder, name):
    content = gzip.decompress((folder / name / "t10k-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / name / "t10k-labels-idx1-ubyte.gz").read_bytes())
    table = open_source(folder / name / "t10k-images-idx3-ubyte.gz").read()
    last = [table[f"pixel{i + 1}"][-1].as_py() for i in range(784)]
    assert bytes(last) == content[-784:]
    assert bytes(table["label"].to_pylist()) == labels[8:]


@pytest.mark.parametrize("name", ["adult", "titanic", "german_credit", "covertype_kaggle"])
def test_the_prepared_files_have_the_rows_that_are_told(folder, name):
    meta = json.loads((folder / name / "meta.json").read_text())
    path = next((folder / name).glob("t*.csv.gz"))
    source = open_source(path)
    assert meta["target_column"] in source.schema.names
    assert source.n_rows == source.read().num_rows
