"""Fault 41: Parquet files that do not agree, or are damaged, are named before any training."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

N, GROUP = 400, 100
LABEL = np.arange(N) % 2
TABLE = pa.table(
    {
        "x": np.random.default_rng(0).normal(LABEL),
        "w": np.array(list("uvw"))[(LABEL + (np.arange(N) % 5 == 0)) % 3],
        "label": np.array(["no", "yes"])[LABEL],
    }
)


def write(path, table=TABLE, **options):
    path.parent.mkdir(exist_ok=True)
    options = {"row_group_size": GROUP, "compression": "none", "use_dictionary": False} | options
    pq.write_table(table, path, **options)
    return path


@pytest.fixture
def whole(tmp_path, train):
    """``whole.parquet`` and a model of it."""
    write(tmp_path / "whole.parquet")
    train("whole.parquet")
    return "whole.parquet"


def damage(path, group, column, at=0.5, n_bytes=1):
    """Flip bits in the pages of one column of one row group."""
    chunk = pq.ParquetFile(path).metadata.row_group(group).column(column)
    start = chunk.data_page_offset
    data = bytearray(path.read_bytes())
    place = start + int(at * chunk.total_compressed_size)
    for i in range(place, min(place + n_bytes, start + chunk.total_compressed_size)):
        data[i] ^= 0xFF
    path.write_bytes(data)


def every_command(name):
    return (
        ("train", name),
        ("train", "whole.parquet", "--valid", name),
        ("train", "whole.parquet", "--test", name),
        ("predict", "model.deltarule", name),
        ("evaluate", "model.deltarule", name),
    )


@pytest.mark.parametrize("group", [0, 2, 3])
def test_a_flipped_byte_in_a_page_is_found_by_its_checksum(tmp_path, whole, table_refused, group):
    path = write(tmp_path / "bad.parquet", write_page_checksum=True)
    damage(path, group, 0)
    for command in every_command("bad.parquet"):
        message = table_refused(*command)
        assert message.startswith(f"bad.parquet, row group {group + 1}, is damaged")
        assert "write it anew" in message


@pytest.mark.parametrize("compression", ["snappy", "zstd", "gzip", "lz4", "none"])
@pytest.mark.parametrize("checksum", [True, False])
def test_a_damaged_page_header_is_found_without_one(
    tmp_path, whole, table_refused, compression, checksum
):
    path = write(tmp_path / "bad.parquet", compression=compression, write_page_checksum=checksum)
    damage(path, 1, 0, at=0, n_bytes=20)
    message = table_refused("train", "bad.parquet")
    assert message.startswith("bad.parquet, row group 2, is damaged or ends early")


def test_a_flipped_byte_in_a_page_is_found_by_its_compression(tmp_path, whole, table_refused):
    """Of gzip, which sums up what it holds; snappy, zstd and lz4 do not."""
    path = write(tmp_path / "bad.parquet", compression="gzip")
    damage(path, 2, 0)
    for command in every_command("bad.parquet"):
        message = table_refused(*command)
        assert message.startswith("bad.parquet, row group 3, is damaged or ends early")


def test_bytes_that_are_no_text_are_found_without_one(tmp_path, whole, table_refused):
    path = write(tmp_path / "bad.parquet")
    data = path.read_bytes()
    start = pq.ParquetFile(path).metadata.row_group(1).column(1).data_page_offset
    place = data.index(b"\x01\0\0\0u\x01\0\0\0", start) + 4
    path.write_bytes(data[:place] + b"\xff" + data[place + 1 :])
    for command in every_command("bad.parquet"):
        message = table_refused(*command)
        assert message.startswith("bad.parquet, row group 2, is damaged")


@pytest.mark.parametrize("share", [0, 0.3, 0.9])
def test_a_file_that_ends_early(tmp_path, whole, table_refused, share):
    data = (tmp_path / whole).read_bytes()
    (tmp_path / "cut.parquet").write_bytes(data[: max(4, int(share * len(data)))])
    for command in every_command("cut.parquet"):
        assert table_refused(*command).startswith("cut.parquet is damaged or ends early")


DIFFERENT = {
    "a type": (
        TABLE.set_column(0, "x", pa.array(["a"] * N)),
        "Column 'x' is double in parts/a.parquet and string in parts/b.parquet",
    ),
    "the target's type": (
        TABLE.set_column(2, "label", pa.array(range(N))),
        "Column 'label' is string in parts/a.parquet and int64 in parts/b.parquet",
    ),
    "a date": (
        TABLE.set_column(0, "x", pa.array([0] * N, pa.date32())),
        "Column 'x' is double in parts/a.parquet and date32[day] in parts/b.parquet",
    ),
    "a list": (
        TABLE.set_column(0, "x", pa.array([[1.0]] * N)),
        "Column 'x' is double in parts/a.parquet and list<element: double> in parts/b.parquet",
    ),
    "one less": (TABLE.drop_columns(["w"]), "parts/b.parquet lacks the column 'w'"),
    "one more": (TABLE.append_column("k", TABLE["x"]), "parts/b.parquet has another column 'k'"),
    "another name": (
        TABLE.rename_columns(["X", "w", "label"]),
        "parts/b.parquet lacks the column 'x'",
    ),
    "no target": (TABLE.drop_columns(["label"]), "parts/b.parquet lacks the column 'label'"),
    "one twice": (
        TABLE.rename_columns(["w", "w", "label"]),
        "parts/b.parquet has more than one column named 'w'",
    ),
}


@pytest.mark.parametrize("difference", DIFFERENT)
def test_files_that_do_not_agree_are_named(tmp_path, whole, table_refused, difference):
    other, words = DIFFERENT[difference]
    write(tmp_path / "parts" / "a.parquet")
    write(tmp_path / "parts" / "b.parquet", other)
    for data in ("parts", "parts/*.parquet"):
        message = table_refused("train", data)
        assert words in message
        assert "Files of one table" in message or "Rename them" in message
    if difference != "the target's type":  # which predictions do not need
        assert "parts/b.parquet" in table_refused("predict", "model.deltarule", "parts")


def test_files_that_agree_by_value_are_one_table(tmp_path, whole, train, predict):
    """Other orders, sizes of numbers, dictionaries, compressions, row groups."""
    parts = tmp_path / "parts"
    write(parts / "a.parquet", TABLE[:150])
    turned = TABLE[150:300].select(["label", "w", "x"])
    write(parts / "b.parquet", turned, use_dictionary=True, compression="zstd", row_group_size=7)
    coded = TABLE[300:].set_column(1, "w", TABLE["w"][300:].dictionary_encode())
    write(parts / "c.parquet", coded)
    p, warned = predict("parts")
    assert (p == predict(whole)[0]).all()
    assert not warned
    expected, _ = train(whole)
    found, _ = train("parts")
    assert found["evaluation"] == expected["evaluation"]


def test_a_damaged_group_in_the_last_of_several_files(tmp_path, whole, table_refused):
    for name in "abc":
        path = write(tmp_path / "parts" / f"{name}.parquet", write_page_checksum=True)
    damage(path, 3, 2)
    message = table_refused("train", "parts")
    assert message.startswith("parts/c.parquet, row group 4, is damaged")


def test_a_cell_that_cannot_be_computed_with_is_named_by_group_and_row(
    tmp_path, whole, table_refused
):
    cells = TABLE["x"].to_numpy().copy()
    cells[250] = np.inf
    write(tmp_path / "far.parquet", TABLE.set_column(0, "x", pa.array(cells)))
    for command in (("train", "far.parquet"), ("predict", "model.deltarule", "far.parquet")):
        message = table_refused(*command)
        assert message.startswith("far.parquet, row group 3, row ")
        assert "Column 'x', row 251: inf is too large" in message
