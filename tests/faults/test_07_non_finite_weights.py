"""Row 7: NaN or Inf weights in a file, and weights so large that they make some."""

import struct

import numpy as np
import pytest

from deltarule import load_model

# Bits of float64 and of float32: quiet and signalling NaN of both signs, both infinities.
FLOAT64 = [0x7FF8 << 48, 0xFFF8 << 48, (0x7FF0 << 48) + 1, 0x7FF0 << 48, 0xFFF0 << 48]
FLOAT32 = [0x7FC0 << 16, 0xFFC0 << 16, (0x7F80 << 16) + 1, 0x7F80 << 16, 0xFF80 << 16]
ARRAYS = ["1.W", "1.b", "2.W", "2.b"]
TABULAR_ARRAYS = ["1.s", "2.W", "2.b", "5.W", "5.b"]  # a layer that scales, then dense ones


def overwrite(forgery, name, number, *, last=False):
    """Put the bytes of a number in place of an array's first or last one."""
    start, end = forgery.arrays[name]["data_offsets"]
    at = end - len(number) if last else start
    forgery.body = forgery.body[:at] + number + forgery.body[at + len(number) :]


@pytest.mark.parametrize("bits", FLOAT64, ids=hex)
@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("last", [False, True], ids=["first", "last"])
def test_a_float64_that_is_not_finite_is_refused(bits, name, last, layered, forge, refused):
    forgery = forge(layered)
    overwrite(forgery, name, struct.pack("<Q", bits), last=last)
    k, which = name.split(".")
    assert f"array {which} of layer {k} has NaN or infinity" in refused(forgery.to_bytes())


@pytest.mark.parametrize("bits", FLOAT32, ids=hex)
@pytest.mark.parametrize("name", TABULAR_ARRAYS)
def test_a_float32_that_is_not_finite_is_refused(bits, name, tabular, forge, refused):
    forgery = forge(tabular)
    overwrite(forgery, name, struct.pack("<I", bits))
    k, which = name.split(".")
    assert f"array {which} of layer {k} has NaN or infinity" in refused(forgery.to_bytes())


@pytest.mark.parametrize("huge", [1e306, -1e306, np.finfo(np.float64).max])
def test_weights_that_overflow_on_plain_inputs_are_refused(huge, layered, forge, refused):
    forgery = forge(layered)
    overwrite(forgery, "2.W", np.full(9, huge).tobytes())
    overwrite(forgery, "1.b", np.full(3, 1e10).tobytes())
    assert "its weights are so large that inputs of 1000 overflow" in refused(forgery.to_bytes())


def test_weights_that_overflow_in_a_hidden_layer_are_refused(layered, forge, refused):
    """Units that are infinite for any input but 0, and cancel in no score."""
    forgery = forge(layered)
    overwrite(forgery, "1.W", np.full(6, 1e308).tobytes())
    overwrite(forgery, "2.W", np.full(9, 1.0).tobytes())
    assert "its weights are so large" in refused(forgery.to_bytes())


def test_scores_that_no_probability_can_be_made_of_are_refused(smallest, forge, refused):
    """Finite scores, but their difference is not."""
    forgery = forge(smallest)
    forgery.document.update(loss="softmax")
    forgery.document["layers"][0].update(n_out=2)
    forgery.arrays["1.W"].update(shape=[2, 1], data_offsets=[0, 16])
    forgery.arrays["1.b"].update(shape=[2, 1], data_offsets=[16, 32])
    forgery.body = np.array([0.0, 0.0, 1.7e308, -1.7e308]).tobytes()
    assert "its weights are so large" in refused(forgery.to_bytes())


def test_the_smallest_and_plainly_large_weights_are_welcome(layered, forge, tmp_path):
    forgery = forge(layered)
    overwrite(forgery, "1.W", np.array([5e-324, -5e-324, 1e30, -1e30, 0.0, -0.0]).tobytes())
    path = tmp_path / "large.deltarule"
    path.write_bytes(forgery.to_bytes())
    p = load_model(path).predict_proba([[1.0, 1.0], [0.0, -1.0]])
    np.testing.assert_allclose(p.sum(axis=1), 1)
