"""Row 5: shapes that do not chain, a bias of the wrong length. The layer is named.

The model: layer 1 is 2 -> 3, layer 2 is 3 -> 3; in ``scaled`` both read through a Scale.
"""

import pytest

from deltarule import load_model

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
    assert "its encoder makes 8 numbers of a row, but layer 1 reads 7" in message


def test_feature_names_of_another_number_than_layer_1_reads_are_refused(layered, forge, refused):
    forgery = forge(layered)
    forgery.document["features"] = ["length"]
    assert "it names 1 features, but layer 1 reads 2" in refused(forgery.to_bytes())


@pytest.fixture
def scaled(layered, forge):
    forgery = forge(layered)
    forgery.insert_scale()
    return forgery


def test_layers_with_scales_are_loaded_as_they_are(scaled, tmp_path):
    """What is refused below is refused for what is changed there."""
    (tmp_path / "scaled").write_bytes(scaled.to_bytes())
    assert load_model(tmp_path / "scaled").predict([[0.0, 1.0]])[0] in (10, 20, 30)


@pytest.mark.parametrize(
    ("place", "n", "reason"),
    [
        (0, 3, "Layer 2 reads 2 units but layer 1 has 3"),
        (2, 4, "Layer 3 reads 4 units but layer 2 has 3"),
    ],
)
def test_a_scale_that_does_not_chain_is_refused(place, n, reason, scaled, refused):
    scaled.document["layers"][place]["n"] = n
    assert reason in refused(scaled.to_bytes())


def test_a_scale_as_the_last_layer_is_refused(scaled, refused):
    scaled.document["layers"].append({"kind": "scale", "n": 3, "rate": 1.0})
    assert "Layer 5, the last, must be Dense" in refused(scaled.to_bytes())


@pytest.mark.parametrize("shape", [[2, 1], [4, 1], [1, 1], [1, 3], [3], [3, 1, 1], []])
def test_factors_of_another_shape_are_refused(shape, scaled, refused):
    scaled.arrays["3.s"]["shape"] = shape
    message = refused(scaled.to_bytes())
    assert "array '3.s'" in message
    assert "layer 3 has float64 3x1" in message


def test_missing_factors_are_refused(scaled, refused):
    del scaled.arrays["1.s"]
    assert "array '1.s' is missing, where layer 1 has float64 2x1" in refused(scaled.to_bytes())


@pytest.mark.parametrize("n", [0, -1, 2**40 + 1, 2.5, "2", True, None])
def test_a_scale_of_no_number_of_units_is_refused(n, scaled, refused):
    scaled.document["layers"][0]["n"] = n
    assert "$.layers[0].n" in refused(scaled.to_bytes())


@pytest.mark.parametrize("rate", [-1.0, "6", None, True])
def test_a_scale_of_no_rate_is_refused(rate, scaled, refused):
    scaled.document["layers"][0]["rate"] = rate
    assert "$.layers[0].rate" in refused(scaled.to_bytes())


@pytest.mark.parametrize("member", ["n_in", "activation", "dropout", "weight_rate", "m"])
def test_a_scale_with_a_member_of_another_kind_is_refused(member, scaled, refused):
    scaled.document["layers"][0][member] = 1
    assert member in refused(scaled.to_bytes())


@pytest.mark.parametrize("kind", ["Scale", "dense", "periodic", "", None, 1])
def test_a_scale_of_another_kind_is_refused(kind, scaled, refused):
    scaled.document["layers"][0]["kind"] = kind
    assert "$.layers[0]" in refused(scaled.to_bytes())
