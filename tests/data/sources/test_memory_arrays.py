"""Arrays, dense and sparse, of any type: row 39 of the contract."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
import scipy.sparse

from deltarule.data.sources import BATCH_ROWS, as_table, open_source
from deltarule.errors import DataError


def rows(data):
    return [list(row.values()) for row in as_table(data).to_pylist()]


@pytest.mark.parametrize(
    "dtype",
    ["?", "i1", "u2", "<i4", ">i4", "u8", "f2", ">f4", "f8", ">f8", np.longdouble],
)
def test_numbers_of_any_type(dtype):
    source = open_source(np.array([[0, 1], [1, 0]], dtype))
    assert source.schema.names == ["x0", "x1"]
    assert not source.is_named
    assert source.n_rows == 2
    assert rows(source) == [[0, 1], [1, 0]]


def test_half_precision_can_be_cast_on():
    table = as_table(np.array([[1.5, np.nan]], np.float16))
    assert table["x0"].cast(pa.float32()).to_pylist() == [1.5]


@pytest.mark.parametrize(
    "array",
    [
        pytest.param(np.asfortranarray([[1, 2], [3, 4]]), id="Fortran order"),
        pytest.param(np.arange(1, 9).reshape(2, 4)[:, ::-2][:, ::-1] // 2, id="a view"),
        pytest.param([[1, 2], [3, 4]], id="lists"),
        pytest.param(((1, 2), (3, 4)), id="tuples"),
        pytest.param([np.array([1, 2]), np.array([3, 4])], id="list of arrays"),
        pytest.param(np.array([[1, 2], [3, 4]], object), id="objects"),
    ],
)
def test_however_it_lies_in_memory(array):
    expected = [[1, 2], [3, 4]] if not isinstance(array, np.ndarray) else array.tolist()
    assert rows(array) == expected


def test_arrays_that_cannot_be_written_and_that_are_mapped(tmp_path):
    array = np.array([[1, 2], [3, 4]])
    array.flags.writeable = False
    assert rows(array) == [[1, 2], [3, 4]]
    np.save(tmp_path / "array.npy", array)
    mapped = np.load(tmp_path / "array.npy", mmap_mode="r")
    assert rows(mapped) == [[1, 2], [3, 4]]
    del mapped


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([["x", "y"]]), [["x", "y"]]),
        (np.array([[b"x", "é".encode()]]), [["x", "é"]]),
        (np.array([[1, "x"], [2, None]], object), [[1, "x"], [2, None]]),
        ([[1, "x"], [2, "y"]], [[1, "x"], [2, "y"]]),
        ([[1, None], [2, 2.5]], [[1, None], [2, 2.5]]),
        (
            np.array([["2024-01-31", "NaT"]], "M8[D]"),
            [[dt.date(2024, 1, 31), None]],
        ),
        (np.array([["2024-01-31T10"]], "M8[h]"), [[dt.datetime(2024, 1, 31, 10)]]),
        (np.array([["2024-01"]], "M8[M]"), [[dt.datetime(2024, 1, 1)]]),
        (np.ma.array([[1, 2]], mask=[[False, True]]), [[1, None]]),
    ],
    ids=["text", "bytes", "objects", "mixed rows", "gaps", "days", "hours", "months", "masked"],
)
def test_what_is_no_number(array, expected):
    assert rows(array) == expected


def test_structured_arrays_have_named_columns():
    array = np.array([(1, "x", 2.5), (2, "y", 3.5)], [("n", ">i4"), ("word", "U1"), ("r", "f8")])
    source = open_source(array)
    assert source.is_named
    assert source.read().to_pydict() == {"n": [1, 2], "word": ["x", "y"], "r": [2.5, 3.5]}
    assert as_table(array.view(np.recarray)).to_pydict() == source.read().to_pydict()


def test_batches_are_bounded_in_rows_and_cells():
    tall = list(open_source(np.zeros((BATCH_ROWS + 1, 1))).batches())
    assert [batch.num_rows for batch in tall] == [BATCH_ROWS, 1]
    wide = list(open_source(np.zeros((10_000, 1000), np.int8)).batches())
    assert [batch.num_rows for batch in wide] == [8388, 1612]


def test_some_columns_in_another_order():
    assert open_source(np.arange(6).reshape(2, 3)).read(["x2", "x0"]).to_pydict() == {
        "x2": [2, 5],
        "x0": [0, 3],
    }


FORMATS = ["csr", "csc", "coo", "bsr", "dia", "dok", "lil"]


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("kind", ["matrix", "array"])
@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "?"])
def test_sparse_ones_of_any_format(format_, kind, dtype):
    dense = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]], dtype)
    source = open_source(getattr(scipy.sparse, f"{format_}_{kind}")(dense))
    assert set(source.schema.types) == {pa.from_numpy_dtype(np.dtype(dtype))}
    assert rows(source) == dense.tolist()
    assert source.read(["x2"]).to_pydict() == {"x2": dense[:, 2].tolist()}


def test_sparse_ones_are_densified_a_batch_at_a_time():
    source = open_source(scipy.sparse.random_array((200, 200_000), density=1e-5, rng=0))
    assert [batch.num_rows for batch in source.batches(["x7"])] == [41, 41, 41, 41, 36]


def test_empty_ones():
    assert open_source(np.empty((0, 3))).n_rows == 0
    assert as_table(np.empty((0, 3))).schema.names == ["x0", "x1", "x2"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.array([1, 2]), "Expected 2D array, got 1D array instead"),
        ([1, 2], "Expected 2D array, got 1D array instead"),
        ([], "Expected 2D array, got 1D array instead"),
        (np.array(1), "Expected 2D array, got a scalar instead"),
        (np.zeros((1, 2, 3)), "Expected 2D array, got 3D array instead"),
        ([[1, 2], [3]], "as many cells"),
        (np.array([[1j]]), "'x0' cannot be read: Complex"),
        (scipy.sparse.csr_array(np.array([[1j]])), "complex128"),
        (np.array([[0, 1], [0, "x"]], object), "'x1' mixes int and str .1 and 'x'."),
        (np.array([[object()]], object), "'x0' cannot be read"),
        (np.array([[b"\xff"]]), "'x0' cannot be read"),
        (np.array([((1, 2),)], [("pair", "i4", 2)]), "'pair' has 2 dimensions"),
    ],
)
def test_what_is_no_table_is_refused(data, words):
    with pytest.raises(DataError, match=words):
        as_table(data)
