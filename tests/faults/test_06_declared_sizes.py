"""Row 6: a small file that declares 10^12 x 10^12 numbers. Memory stays flat."""

import itertools
import tracemalloc

import pytest

# 0.8 GB, 80 GB, 8 * 10^24 bytes, and the largest number of units that there may be.
SIDES = [10**4, 10**5, 10**12, 2**40]


def declare(forge, data, side, *, claim_bytes):
    """Return the smallest model with a hidden layer of side x side: every declaration fits.

    ``claim_bytes``: whether the offsets, too, say that so many bytes are there.
    """
    forgery = forge(data)
    (last,) = forgery.document["layers"]
    forgery.document["layers"] = [{**last, "n_in": side, "n_out": side}, {**last, "n_in": side}]
    shapes = {"1.W": [side, side], "1.b": [side, 1], "2.W": [1, side], "2.b": [1, 1]}
    ends = [0, *itertools.accumulate(8 * rows * columns for rows, columns in shapes.values())]
    for (name, shape), offsets in zip(shapes.items(), itertools.pairwise(ends), strict=True):
        offsets = list(offsets) if claim_bytes else [0, len(forgery.body)]
        forgery.arrays[name] = {"dtype": "F64", "shape": shape, "data_offsets": offsets}
    return forgery.to_bytes()


@pytest.fixture(params=[True, False], ids=["claimed", "unclaimed"])
def huge(request, smallest, forge):
    return [declare(forge, smallest, side, claim_bytes=request.param) for side in SIDES]


def test_a_declared_size_is_refused_before_it_is_allocated(huge, refused):
    for data in huge:
        tracemalloc.start()
        try:
            message = refused(data)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 2**20
        assert "its arrays cannot be read" in message  # so nothing else was wrong with it


def test_it_is_refused_where_there_is_no_such_memory(huge, refused_in_little_memory):
    assert refused_in_little_memory(*huge) < 4096  # kB


def test_sizes_without_number_of_classes_to_match_are_refused(smallest, forge, refused):
    """Nothing is made of that size on the way to the message."""
    forgery = forge(smallest)
    forgery.document["layers"][0].update(n_in=10**12, n_out=10**12)
    message = refused(forgery.to_bytes())
    assert "its 2 classes do not fit the 1000000000000 outputs of its last layer" in message


@pytest.mark.parametrize("units", [2**40 + 1, 2**63, 2**64, 2**70, 10**400, 0, -1, 1.5, True, "1"])
def test_units_outside_their_range_are_refused(units, smallest, forge, refused):
    forgery = forge(smallest)
    forgery.document["layers"][0]["n_in"] = units
    assert "$.layers[0].n_in" in refused(forgery.to_bytes())


def test_the_command_line_says_so_in_one_line(huge, tmp_path, command_refuses):
    path = tmp_path / "huge.deltarule"
    path.write_bytes(huge[2])
    assert "its arrays cannot be read" in command_refuses("inspect", path, "--json")
