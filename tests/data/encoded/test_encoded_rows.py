"""Rows in a file are the rows that were written, or an error; windows visit each group once."""

import io

import numpy as np
import pytest

from deltarule.data.encoded import Encoded, RowsInFile, RowsInMemory, Windows, write_rows
from deltarule.errors import DataError

N, F, G = 1250, 7, 256
RNG = np.random.default_rng(0)
INPUTS = RNG.normal(size=(N, F)).astype(np.float32)
TARGETS = RNG.integers(0, 3, N)
WEIGHTS = RNG.random(N)


def rows_of(weights=WEIGHTS):
    return Encoded(INPUTS, TARGETS, weights)


def parts_of(encoded, size):
    for start in range(0, N, size):
        some = slice(start, start + size)
        yield Encoded(*(None if array is None else array[some] for array in encoded))


def written(encoded, size=170):
    file = io.BytesIO()
    write_rows(file, parts_of(encoded, size), {"what": "a test"})
    return file.getvalue()


def same(one, other):
    return all(
        a is b is None or (a.dtype == b.dtype and np.array_equal(a, b))
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("weights", [WEIGHTS, None], ids=["weighted", "plain"])
@pytest.mark.parametrize("groups", [[0, 1, 2, 3, 4], [0], [4], [1, 3], [2, 3, 4], [0, 4]])
def test_a_file_holds_what_memory_holds(groups, weights):
    in_memory = RowsInMemory(rows_of(weights))
    in_file = RowsInFile(io.BytesIO(written(rows_of(weights))), "the file")
    assert (in_file.n_rows, in_file.n_features, in_file.n_groups) == (N, F, 5)
    assert in_file.is_weighted == in_memory.is_weighted == (weights is not None)
    assert in_file.described == {"what": "a test"}
    groups = np.array(groups)
    assert same(in_file.read(groups), in_memory.read(groups))
    positions = np.concatenate([np.arange(g * G, min(N, (g + 1) * G)) for g in groups])
    assert np.array_equal(in_file.read(groups).inputs, INPUTS[positions])


@pytest.mark.parametrize("size", [1, 250, 255, G, 257, 1024, N])
def test_it_does_not_matter_where_the_parts_are_cut(size):
    assert written(rows_of(), size) == written(rows_of(), 170)


def test_the_blocks_are_all_rows_in_their_order():
    in_file = RowsInFile(io.BytesIO(written(rows_of())), "the file")
    positions, blocks = zip(*in_file.blocks(), strict=True)
    assert np.array_equal(np.concatenate(positions), np.arange(N))
    assert np.array_equal(np.concatenate([block.inputs for block in blocks]), INPUTS)


def test_any_byte_of_the_rows_that_is_another_is_noticed():
    """Every 31st byte of the third group's arrays, one at a time."""
    content = written(rows_of(None))
    start = content.index(INPUTS[512:513].tobytes())
    for place in range(start, start + G * F * 4, 31):
        broken = bytearray(content)
        broken[place] ^= 1
        rows = RowsInFile(io.BytesIO(broken), "the file")
        rows.read(np.array([0, 1, 3, 4]))
        with pytest.raises(DataError, match="the file is damaged: row group 3 is not what"):
            rows.read(np.array([1, 2]))


@pytest.mark.parametrize("length", [0, 5, 1000, -1])
def test_a_file_that_is_cut_is_not_opened(length):
    with pytest.raises(DataError, match="the file does not hold encoded rows"):
        RowsInFile(io.BytesIO(written(rows_of())[:length]), "the file")


def test_no_space_is_an_os_error():
    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(OSError, match="space"):
        write_rows(full, [rows_of()], {})


@pytest.mark.parametrize("n_rows", [1, 256, 257, 2500, 25_001])
@pytest.mark.parametrize("size", [1, 256, 800, 10**6])
def test_an_epoch_visits_each_group_once(n_rows, size):
    windows = Windows(n_rows, size, seed=3)
    for epoch in range(3):
        found = windows.of_epoch(epoch)
        assert len(found) == windows.count
        assert sorted(np.concatenate(found)) == list(range(-(-n_rows // G)))
        assert all((np.diff(groups) > 0).all() for groups in found)
        assert max(map(len, found)) <= max(1, -(-size // G))
        assert max(map(len, found)) - min(map(len, found)) <= 1


@pytest.mark.parametrize("count", [2, 7, 30])
def test_each_window_has_groups_from_everywhere(count):
    """One of every ``count`` consecutive groups: a table that is sorted is mixed, too."""
    windows = Windows(256 * 210, 256 * 210 // count, 1)
    assert windows.count == count
    for groups in windows.of_epoch(4):
        assert (groups // count).tolist() == list(range(210 // count))


def test_the_order_is_a_function_of_seed_and_epoch():
    def order(seed, epoch):
        return tuple(np.concatenate(Windows(10**6, 10**5, seed).of_epoch(epoch)).tolist())

    assert order(1, 2) == order(1, 2)
    assert len({order(seed, epoch) for seed in range(4) for epoch in range(4)}) == 16


def test_one_window_is_all_groups_as_they_stand():
    windows = Windows(N, N, 5)
    assert windows.count == 1
    assert windows.of_epoch(7)[0].tolist() == [0, 1, 2, 3, 4]
