"""Row 5: shapes that do not chain, a bias of the wrong length. The layer is named.

The model: layer 1 is 2 -> 3, layer 2 is 3 -> 3.
"""

import pytest

DOES_NOT_CHAIN = "Layer 2 reads 4 units but layer 1 has 3"


def test_layers_that_do_not_chain_are_refused(layered, forge, refused):
    forgery = forge(layered)
    forgery.document["layers"][1]["n_in"] = 4
    assert DOES_NOT_CHAIN in refused(forgery.to_bytes())


def test_layers_that_do_not_chain_are_refused_though_the_arrays_fit_them(layered, forge, refused):
    """Layer 2 as a consistent 4 -> 3, with its twelve weights in the file."""
    forgery = forge(layered)
    forgery.document["layers"][1]["n_in"] = 4
    start, end = forgery.arrays["2.W"]["data_offsets"]
    forgery.arrays["2.W"].update(shape=[3, 4], data_offsets=[start, end + 24])
    forgery.arrays["2.b"]["data_offsets"] = [end + 24, end + 48]
    forgery.body += b"\x00" * 24
    assert DOES_NOT_CHAIN in refused(forgery.to_bytes())


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("shape", [[2, 1], [4, 1], [1, 1], [1, 3], [3], [3, 1, 1], []])
def test_a_bias_of_another_shape_is_refused(k, shape, layered, forge, refused):
    forgery = forge(layered)
    forgery.arrays[f"{k}.b"]["shape"] = shape
    message = refused(forgery.to_bytes())
    assert f"array '{k}.b'" in message
    assert f"layer {k} has float64 3x1" in message


@pytest.mark.parametrize("length", [2, 4])
def test_a_bias_of_another_length_is_refused_though_its_bytes_are_there(
    length, layered, forge, refused
):
    """Without its guard this bias would be broadcast, or read beyond its end."""
    forgery = forge(layered)
    start = forgery.arrays["2.b"]["data_offsets"][0]
    forgery.arrays["2.b"].update(shape=[length, 1], data_offsets=[start, start + 8 * length])
    forgery.body = forgery.body[:start] + b"\x00" * 8 * length
    assert f"array '2.b' is float64 {length}x1, where layer 2 has float64 3x1" in refused(
        forgery.to_bytes()
    )


def test_a_single_bias_is_not_spread_over_the_units(layered, forge, refused):
    forgery = forge(layered)
    start = forgery.arrays["2.b"]["data_offsets"][0]
    forgery.arrays["2.b"].update(shape=[1, 1], data_offsets=[start, start + 8])
    forgery.body = forgery.body[: start + 8]
    assert "array '2.b' is float64 1x1, where layer 2 has float64 3x1" in refused(
        forgery.to_bytes()
    )


def test_a_transposed_weight_matrix_is_refused(layered, forge, refused):
    forgery = forge(layered)
    forgery.arrays["1.W"]["shape"] = [2, 3]
    assert "array '1.W' is float64 2x3, where layer 1 has float64 3x2" in refused(
        forgery.to_bytes()
    )


@pytest.mark.parametrize("sizes", [[-3, -2], [0, 2], [3.0, 2], ["3", 2], [True, 2], 3, None, {}])
def test_a_shape_that_is_none_is_refused(sizes, layered, forge, refused):
    forgery = forge(layered)
    forgery.arrays["1.W"]["shape"] = sizes
    assert "'1.W'" in refused(forgery.to_bytes())


@pytest.mark.parametrize("dtype", ["F32", "F16", "I64", "f64", "", None, 64, [], {}, ["F64"]])
def test_another_dtype_is_refused(dtype, layered, forge, refused):
    forgery = forge(layered)
    forgery.arrays["1.W"]["dtype"] = dtype
    assert "array '1.W'" in refused(forgery.to_bytes())


def test_a_missing_array_is_refused(layered, forge, refused):
    forgery = forge(layered)
    del forgery.arrays["2.b"]
    assert "array '2.b' is missing, where layer 2 has float64 3x1" in refused(forgery.to_bytes())


def test_an_array_that_no_layer_needs_is_refused(layered, forge, refused):
    forgery = forge(layered)
    forgery.arrays["3.W"] = {
        "dtype": "F64",
        "shape": [1],
        "data_offsets": [len(forgery.body), len(forgery.body) + 8],
    }
    forgery.body += b"\x00" * 8
    assert "array '3.W'" in refused(forgery.to_bytes())


@pytest.mark.parametrize("declaration", [None, [], 3, {}, {"dtype": "F64", "shape": [3, 2]}])
def test_a_declaration_that_is_none_is_refused(declaration, layered, forge, refused):
    forgery = forge(layered)
    forgery.arrays["1.W"] = declaration
    assert "the declaration of array '1.W' is malformed" in refused(forgery.to_bytes())


def test_an_encoder_of_another_width_than_layer_1_is_refused(tabular, forge, refused):
    forgery = forge(tabular)
    forgery.document["encoder"]["columns"][1]["categories"].append("yellow")
    message = refused(forgery.to_bytes())
    assert "its encoder makes 7 numbers of a row, but layer 1 reads 6" in message


def test_feature_names_of_another_number_than_layer_1_reads_are_refused(layered, forge, refused):
    forgery = forge(layered)
    forgery.document["features"] = ["length"]
    assert "it names 1 features, but layer 1 reads 2" in refused(forgery.to_bytes())
