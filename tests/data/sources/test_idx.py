"""IDX, the format of MNIST."""

import gzip
import struct

import numpy as np
import pyarrow as pa
import pytest

from deltarule.data.sources import open_source

CODES = {"u1": 8, "i1": 9, ">i2": 11, ">i4": 12, ">f4": 13, ">f8": 14}
IMAGES = np.arange(24, dtype="u1").reshape(2, 3, 4)
LABELS = np.array([7, 3], "u1")


def idx(array, dtype="u1"):
    head = struct.pack(f">HBB{array.ndim}I", 0, CODES[dtype], array.ndim, *array.shape)
    return head + array.astype(dtype).tobytes()


@pytest.mark.parametrize("compress", [lambda content: content, gzip.compress])
@pytest.mark.parametrize("label_suffix", ["", ".gz"])
def test_images_have_their_labels_where_these_lie_beside_them(write, compress, label_suffix):
    labels = idx(LABELS)
    write(gzip.compress(labels) if label_suffix else labels, f"t-labels-idx1-ubyte{label_suffix}")
    source = open_source(write(compress(idx(IMAGES)), "t-images-idx3-ubyte"))
    fields = [(f"pixel{i + 1}", pa.uint8()) for i in range(12)]
    assert source.schema == pa.schema([*fields, ("label", pa.int64())])
    assert source.n_rows == 2
    table = source.read()
    assert np.array_equal(np.column_stack([*table.columns])[:, :-1], IMAGES.reshape(2, 12))
    assert table["label"].to_pylist() == [7, 3]
    assert source.read(["label", "pixel2"]).to_pydict() == {"label": [7, 3], "pixel2": [1, 13]}


def test_a_folder_of_both_is_the_images_with_their_labels(write):
    write(idx(LABELS), "mnist/t-labels-idx1-ubyte")
    folder = write(idx(IMAGES), "mnist/t-images-idx3-ubyte").parent
    assert open_source(folder).schema.names[-1] == "label"


def test_images_alone_and_labels_alone(read):
    assert list(read(idx(IMAGES), "images"))[-1] == "pixel12"
    assert read(idx(LABELS), "labels") == {"label": [7, 3]}


@pytest.mark.parametrize("dtype", CODES)
def test_every_type_of_values(read, dtype):
    assert read(idx(IMAGES, dtype))["pixel2"] == [1, 13]


def test_an_image_is_told_by_its_number(write):
    path = write(idx(IMAGES))
    assert open_source(path).origin(1) == f"{path}, item 2"


@pytest.mark.parametrize(
    ("size", "words"),
    [(8, "ends early"), (16 + 12, "of 40 bytes 12 are missing"), (-1, "of 40 bytes 1 are missing")],
)
@pytest.mark.parametrize("compress", [lambda content: content, gzip.compress])
def test_a_file_that_ends_early_is_refused(refuse, size, words, compress):
    assert words in refuse(compress(idx(IMAGES)[:size]))


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ((2**32 - 1, 1, 1), "ends early"),
        ((2, 2**10, 2**10), "ends early"),
        ((0, 2**32 - 1, 2**32 - 1), "no more than 1048576"),
    ],
)
def test_declared_sizes_are_not_believed(refuse, sizes, words):
    """Nothing is allocated for a file that is shorter than it says."""
    assert words in refuse(struct.pack(">HBB3I", 0, 8, 3, *sizes) + b"\1")


def test_labels_of_other_images_are_refused(write, refuse):
    write(idx(LABELS[:1]), "t-labels-idx1-ubyte")
    assert "has 2 rows" in refuse(idx(IMAGES), "t-images-idx3-ubyte")


def test_what_is_none_is_refused(refuse):
    assert "no IDX file" in refuse(b"a,b\n1,2\n", format="idx")
