"""Parquet and Arrow files: rows 39 and 41 of the contract."""

import datetime as dt
import io
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from deltarule.data.sources import BATCH_ROWS, ReadOptions, open_source
from deltarule.errors import DataError

TABLE = pa.table(
    {
        "a": [1, None],
        "b": ["x", None],
        "half": pa.array(np.array([1.5, 2], np.float16)),
        "flag": [True, None],
        "money": [Decimal("1.50"), None],
        "day": [dt.date(2024, 1, 31), None],
        "word": pa.array(["u", "v"]).dictionary_encode(),
        "nested": [[1, 2], None],
        "raw": [b"x", None],
        "a.b": [1, 2],
    }
)


def as_parquet(table, **options):
    file = io.BytesIO()
    pa.parquet.write_table(table, file, **options)
    return file.getvalue()


def as_arrow(table, open_writer=pa.ipc.new_file, **options):
    file = io.BytesIO()
    with open_writer(file, table.schema) as writer:
        writer.write_table(table, **options)
    return file.getvalue()


def as_feather(table):
    file = io.BytesIO()
    pa.feather.write_feather(table, file)
    return file.getvalue()


WRITERS = {
    "parquet": as_parquet,
    "file": as_arrow,
    "stream": lambda table: as_arrow(table, pa.ipc.new_stream),
    "feather": as_feather,
}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_type_comes_through_whatever_the_file_is_called(write, kind):
    source = open_source(write(WRITERS[kind](TABLE), "data.csv"))
    assert source.schema == TABLE.schema
    assert source.read().to_pydict() == source.read().to_pydict() == TABLE.to_pydict()
    assert source.read(["a.b", "a"]).to_pydict() == {"a.b": [1, 2], "a": [1, None]}


@pytest.mark.parametrize("kind", WRITERS)
def test_batches_are_bounded(write, kind):
    table = pa.table({"a": np.arange(BATCH_ROWS + 10)})
    source = open_source(write(WRITERS[kind](table)))
    batches = list(source.batches())
    assert max(batch.num_rows for batch in batches) <= BATCH_ROWS
    assert pa.Table.from_batches(batches)["a"].to_pylist() == list(range(BATCH_ROWS + 10))
    assert source.n_rows == (BATCH_ROWS + 10 if kind == "parquet" else None)


@pytest.mark.parametrize("kind", WRITERS)
def test_no_rows(write, kind):
    assert open_source(write(WRITERS[kind](TABLE[:0]))).read().num_rows == 0


@pytest.mark.parametrize("kind", WRITERS)
def test_missing_cells_and_types_of_its_own(write, kind):
    """Types are for cells of text: here they stand in the file."""
    options = ReadOptions(types={"a": pa.string()}, missing=("x", "v"))
    table = open_source(write(WRITERS[kind](TABLE)), options).read()
    assert table["a"].to_pylist() == [1, None]
    assert table["b"].to_pylist() == [None, None]
    assert table["word"].to_pylist() == ["u", None]


@pytest.mark.parametrize("write_frame", ["to_parquet", "to_feather"])
def test_the_index_that_pandas_writes_is_no_column(tmp_path, write_frame):
    frame = pd.DataFrame({"a": [1, 2]}, index=["x", "y"])
    if write_frame == "to_feather":  # refuses an index itself, where Arrow does not
        pa.feather.write_feather(pa.Table.from_pandas(frame), tmp_path / "data")
    else:
        frame.to_parquet(tmp_path / "data")
    assert open_source(tmp_path / "data").read().to_pydict() == {"a": [1, 2]}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_that_ends_early_is_refused(refuse, kind):
    content = WRITERS[kind](pa.table({"a": np.arange(10_000) ** 2 % 7919}))
    assert refuse(content[: len(content) // 2])


@pytest.mark.parametrize("size", [4, 8, 11, 100])
@pytest.mark.parametrize("kind", WRITERS)
def test_a_beginning_is_refused(refuse, kind, size):
    assert refuse(WRITERS[kind](TABLE)[:size], format="arrow" if kind != "parquet" else kind)


def test_a_damaged_row_group_is_named(write):
    table = pa.table({"a": np.random.default_rng(0).normal(size=30_000)})
    content = bytearray(
        as_parquet(table, row_group_size=10_000, compression="gzip", use_dictionary=False)
    )
    middle = len(content) // 2
    content[middle : middle + 200] = bytes(200)
    source = open_source(path := write(bytes(content)))
    assert source.n_rows == 30_000
    with pytest.raises(DataError, match=f"{path}, row group 2, is damaged"):
        list(source.batches())


def test_a_flipped_bit_is_found_where_pages_have_checksums(write):
    table = pa.table({"a": np.arange(30_000)})
    content = bytearray(
        as_parquet(
            table,
            row_group_size=10_000,
            compression="none",
            use_dictionary=False,
            write_page_checksum=True,
        )
    )
    content[len(content) // 2] ^= 1
    with pytest.raises(DataError, match="row group 2, is damaged"):
        open_source(write(bytes(content))).read()


def test_a_damaged_record_batch_is_named(write):
    table = pa.table({"a": ["text"] * 3000})
    content = bytearray(as_arrow(table, max_chunksize=1000))
    offsets = np.arange(0, 4004, 4, np.int32).tobytes()
    second = content.index(offsets, content.index(offsets) + 1)
    content[second + 400 : second + 404] = b"\xff\xff\xff\x7f"
    with pytest.raises(DataError, match="record batch 2, is damaged"):
        open_source(write(bytes(content))).read()


def test_text_that_is_no_utf8_is_refused(refuse):
    column = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(np.array([0, 1], np.int32)), pa.py_buffer(b"\xff")]
    )
    assert "row group 1, is damaged" in refuse(as_parquet(pa.table({"a": column})))


def test_the_first_feather_is_refused_by_name(refuse):
    assert "Feather's version 1" in refuse(b"FEA1" + bytes(100))


@pytest.mark.parametrize("kind", ["parquet", "file", "stream"])  # Feather has none such
def test_a_name_twice_is_refused(refuse, kind):
    table = pa.table([[1], [2]], names=["a", "a"])
    assert "more than one column named 'a'" in refuse(WRITERS[kind](table))


def test_rows_are_told_by_row_group_and_record_batch(write):
    table = pa.table({"a": range(30)})
    parquet = write(as_parquet(table, row_group_size=10), "data.parquet")
    assert open_source(parquet).origin(12) == f"{parquet}, row group 2, row 3"
    arrow = write(as_arrow(table, max_chunksize=10), "data.arrow")
    assert open_source(arrow).origin(12) == f"{arrow}, record batch 2, row 3"
