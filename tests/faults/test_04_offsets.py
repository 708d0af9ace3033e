"""Row 4: overlapping, out-of-range and negative offsets, holes, trailing bytes.

The arrays of the model, in the order of the file: 1.W (3, 2), 1.b (3, 1), 2.W (3, 3), 2.b (3, 1),
all float64.
"""

import pytest

from deltarule import load_model

GAP = b"\x00" * 8


def shift(forgery, name, by):
    start, end = forgery.arrays[name]["data_offsets"]
    forgery.arrays[name]["data_offsets"] = [start + by, end + by]


def overlap(forgery):
    shift(forgery, "1.b", -8)


def same_place(forgery):
    forgery.arrays["2.b"]["data_offsets"] = forgery.arrays["1.b"]["data_offsets"]


def beyond_the_end(forgery):
    shift(forgery, "2.b", 8)


def far_beyond_the_end(forgery):
    shift(forgery, "2.b", 2**62)


def beyond_64_bits(forgery):
    shift(forgery, "2.b", 2**64)


def negative(forgery):
    shift(forgery, "1.W", -8)


def backwards(forgery):
    forgery.arrays["1.W"]["data_offsets"].reverse()


def too_short_for_its_shape(forgery):
    forgery.arrays["2.b"]["data_offsets"][1] -= 8
    forgery.body = forgery.body[:-8]


def hole_before_the_first(forgery):
    for name in forgery.arrays:
        shift(forgery, name, 8)
    forgery.body = GAP + forgery.body


def hole_in_the_middle(forgery):
    start = forgery.arrays["2.W"]["data_offsets"][0]
    shift(forgery, "2.W", 8)
    shift(forgery, "2.b", 8)
    forgery.body = forgery.body[:start] + GAP + forgery.body[start:]


def trailing_bytes(forgery):
    forgery.body += GAP


def one_trailing_byte(forgery):
    forgery.body += b"\x00"


def missing_bytes(forgery):
    forgery.body = forgery.body[:-8]


LIES = [
    overlap,
    same_place,
    beyond_the_end,
    far_beyond_the_end,
    beyond_64_bits,
    negative,
    backwards,
    too_short_for_its_shape,
    hole_before_the_first,
    hole_in_the_middle,
    trailing_bytes,
    one_trailing_byte,
    missing_bytes,
]


def test_the_forger_can_make_a_model_that_loads(layered, forge, tmp_path):
    """Without this, every refusal below might be one of the forger's own mistakes."""
    path = tmp_path / "honest.deltarule"
    path.write_bytes(forge(layered).to_bytes())
    assert load_model(path).classes_.tolist() == [10, 20, 30]


@pytest.mark.parametrize("lie", LIES)
def test_offsets_that_do_not_tile_the_file_are_refused(lie, layered, forge, refused):
    forgery = forge(layered)
    lie(forgery)
    assert "its arrays cannot be read" in refused(forgery.to_bytes())


@pytest.mark.parametrize("offsets", [[], [0], [0, 24, 48], [0.0, 48.0], ["0", "48"], None, {}])
def test_offsets_that_are_not_two_integers_are_refused(offsets, layered, forge, refused):
    forgery = forge(layered)
    forgery.arrays["1.W"]["data_offsets"] = offsets
    assert "its arrays cannot be read" in refused(forgery.to_bytes())
