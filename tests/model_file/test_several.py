"""Files of several networks: what comes back, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs
from safetensors.numpy import load_file

from deltarule import load_model
from deltarule.errors import ModelFileError
from deltarule.model_file import MemberSummary, SavedModel, TrainingSummary, read_model, write_model
from deltarule.network import LOSSES, Network, initialise
from deltarule.settings import defaults

NETWORK = Network.dense([2, 3, 3], "tanh")
MEMBERS = [MemberSummary(examples=48, best_epoch=k, seed=2**64 - k) for k in (2, 1, 4)]
TRAINING = TrainingSummary(
    examples=144,
    epochs=4,
    best_epoch=3,
    stopped=None,
    seed=MEMBERS[0].seed,
    loss_curve=[1.0, 0.5, 0.25, 0.125],
    validation_scores=[0.5, 0.625, 0.75, 0.5],
    members=MEMBERS,
)


def make(n=3, dtype=np.float32, **more):
    return SavedModel(
        estimator="TabularClassifier",
        network=NETWORK,
        loss=LOSSES["softmax"],
        parameters=[initialise(NETWORK, seed, dtype) for seed in range(n)],
        classes=np.array(["a", "b", "c"]),
        settings=defaults("TabularClassifier"),
        training=of_members(MEMBERS[:n]),
        **more,
    )


def of_members(members):
    return structs.replace(TRAINING, members=members)


@pytest.fixture
def written(tmp_path):
    """Write a model; return its path."""

    def write(model):
        write_model(tmp_path / "model.deltarule", model)
        return tmp_path / "model.deltarule"

    return write


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [2, 3])
def test_several_networks_come_back_whole(written, n, dtype):
    model = make(n, dtype, temperature=1.75)
    again = read_model(written(model))
    assert (again.dtype, again.temperature, again.training) == (dtype, 1.75, model.training)
    assert [m.seed for m in again.training.members] == [m.seed for m in MEMBERS[:n]]
    for found, parameters in zip(again.parameters, model.parameters, strict=True):
        assert found.theta.tobytes() == parameters.theta.tobytes()
    before = written(model).read_bytes()
    assert written(again).read_bytes() == before


def test_plain_safetensors_finds_each_networks_arrays(written):
    model = make()
    arrays = load_file(written(model))
    names = [f"{k}.{name}" for k in (1, 2) for name in "Wb"]
    assert sorted(arrays) == sorted(f"{i}{name}" for i in ("", "2/", "3/") for name in names)
    np.testing.assert_array_equal(arrays["3/2.W"], model.parameters[2].W[2])
    np.testing.assert_array_equal(arrays["1.W"], model.parameters[0].W[1])


def test_a_file_of_one_network_says_nothing_of_members(written):
    model = make(1)
    model = replace(model, training=of_members([]))
    again = read_model(written(model))
    assert (len(again.parameters), again.training.members, again.temperature) == (1, [], 1.0)


def test_arrays_of_a_network_that_is_not_told_of_are_refused(written):
    model = replace(make(), training=of_members(MEMBERS[:2]))
    with pytest.raises(ModelFileError, match=r"array '3/1\.W' is float32 3x2, where .* missing"):
        read_model(written(model))


def test_a_network_that_is_told_of_and_not_there_is_missed(written):
    model = replace(make(2), training=TRAINING)
    with pytest.raises(ModelFileError, match="tells of 3 networks of 4 arrays, and has 8 arrays"):
        read_model(written(model))


def test_more_networks_than_a_file_can_hold_are_refused_at_once(written):
    """Before anything is made for each of them."""
    model = replace(make(), training=of_members(MEMBERS * 100_000))
    with pytest.raises(ModelFileError, match="tells of 300000 networks of 4 arrays, and has 12"):
        read_model(written(model))


@pytest.mark.parametrize("value", [np.nan, np.inf, 2e38])
@pytest.mark.parametrize("i", [0, 2])
def test_every_network_has_to_be_sound(written, value, i):
    model = make()
    for W in model.parameters[i].W.values():
        W[:] = value
    with pytest.raises(ModelFileError, match=r"has NaN or infinity in it|weights are so large"):
        read_model(written(model))


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("inf"), float("nan"), 5e-324])
def test_a_temperature_is_a_positive_number_that_scores_can_be_divided_by(written, temperature):
    with pytest.raises(ModelFileError, match=r"temperature|weights are so large"):
        read_model(written(make(temperature=temperature)))


@pytest.mark.parametrize("changes", [{"n": 2}, {"n": 1, "temperature": 2.0}], ids=str)
def test_an_mlpclassifier_is_one_network(written, changes):
    model = replace(make(**changes), estimator="MLPClassifier", settings=defaults("MLPClassifier"))
    with pytest.raises(ModelFileError, match="an MLPClassifier is one network"):
        load_model(written(model))
