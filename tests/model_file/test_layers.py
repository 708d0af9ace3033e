"""Networks with layers of every kind, to a file and back, and what is refused of them."""

import numpy as np
import pytest
from safetensors.numpy import load_file

from deltarule import MLPClassifier, load_model
from deltarule.errors import ModelFileError
from deltarule.model_file import SavedModel, TrainingSummary, read_model, write_model
from deltarule.network import LOSSES, Dense, Network, Scale, initialise

NETWORK = Network(
    [
        Scale(3, rate=6.0),
        Dense(3, 4, "selu", weight_rate=0.5, bias_rate=0.1),
        Scale(4),
        Dense(4, 2),
    ]
)
SETTINGS = MLPClassifier().get_params()
SUMMARY = TrainingSummary(9, 1, 0, None, 0, [0.5], [None], [0.5], [0.1], [1.0], [[0.1]] * 4)


def saved(network, dtype=np.float64):
    parameters = initialise(network, 1, dtype)
    for k, layer in network:
        if isinstance(layer, Scale):
            parameters[k]["s"][:, 0] = np.linspace(-1, 1, layer.n)
    classes = np.array(["no", "yes"])
    return SavedModel(
        "MLPClassifier", network, LOSSES["softmax"], [parameters], classes, SETTINGS, SUMMARY
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_scale_comes_back_whole(dtype, tmp_path):
    """Layers with their rates, and every bit; also through the estimator."""
    model = saved(NETWORK, dtype)
    write_model(tmp_path / "first", model)
    again = read_model(tmp_path / "first")
    assert again.network == NETWORK
    assert again.network.layout == NETWORK.layout
    assert again.parameters[0].theta.tobytes() == model.parameters[0].theta.tobytes()
    load_model(tmp_path / "first").save(tmp_path / "second")
    again = read_model(tmp_path / "second")
    assert again.network == NETWORK
    assert again.parameters[0].theta.tobytes() == model.parameters[0].theta.tobytes()


def test_plain_safetensors_has_its_factors(tmp_path):
    write_model(tmp_path / "model", saved(NETWORK))
    arrays = load_file(tmp_path / "model")
    assert sorted(arrays) == ["1.s", "2.W", "2.b", "3.s", "4.W", "4.b"]
    np.testing.assert_array_equal(arrays["3.s"], np.linspace(-1, 1, 4)[:, None])


def test_an_estimator_with_a_scale_predicts(tmp_path):
    write_model(tmp_path / "model", saved(NETWORK))
    assert load_model(tmp_path / "model").predict_proba(np.eye(3)).shape == (3, 2)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_factors_that_are_not_finite_are_refused(value, tmp_path):
    model = saved(NETWORK)
    model.parameters[0][3]["s"][1] = value
    write_model(tmp_path / "model", model)
    with pytest.raises(ModelFileError, match="array s of layer 3 has NaN or infinity in it"):
        read_model(tmp_path / "model")


def test_factors_that_overflow_are_refused(tmp_path):
    model = saved(NETWORK)
    model.parameters[0][1]["s"][:], model.parameters[0][3]["s"][:] = 1e200, 1e200
    write_model(tmp_path / "model", model)
    with pytest.raises(ModelFileError, match="weights are so large that inputs of 1000 overflow"):
        read_model(tmp_path / "model")
