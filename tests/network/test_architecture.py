"""What a network may look like, and what is said when it does not."""

import pytest

from deltarule.network import Dense, Embedding, Network, Periodic, Scale

REFUSED = {
    "no layer": ([], "at least one layer"),
    "no input": ([Dense(0, 3)], "Layer 1 must have inputs and outputs"),
    "no output": ([Dense(3, 0)], "Layer 1 must have inputs and outputs"),
    "a negative number of units": (
        [Dense(3, 4), Dense(4, -1)],
        "Layer 2 must have inputs and outputs",
    ),
    "an unknown activation": (
        [Dense(3, 4, "tanhh"), Dense(4, 2)],
        r"Layer 1: activation 'tanhh' is not one of .*tanh",
    ),
    "a dropout of 1": (
        [Dense(3, 4, "relu"), Dense(4, 5, "relu", 1.0), Dense(5, 2)],
        r"Layer 2: dropout must be in \[0, 1\), got 1.0",
    ),
    "a negative dropout": (
        [Dense(3, 4, "relu", -0.1), Dense(4, 2)],
        r"Layer 1: dropout must be in \[0, 1\), got -0.1",
    ),
    "a dropout that is not a number": (
        [Dense(3, 4, "relu", float("nan")), Dense(4, 2)],
        r"Layer 1: dropout must be in \[0, 1\), got nan",
    ),
    "layers that do not fit": (
        [Dense(3, 4, "relu"), Dense(5, 2)],
        "Layer 2 reads 5 units but layer 1 has 4",
    ),
    "a last layer that bends its scores": (
        [Dense(3, 4, "relu"), Dense(4, 2, "tanh")],
        "Layer 2, the last, must have activation 'identity', no dropout and no mix",
    ),
    "a last layer that drops its scores": (
        [Dense(3, 2, dropout=0.5)],
        "Layer 1, the last, must have activation 'identity', no dropout and no mix",
    ),
    "a last layer that mixes its scores": (
        [Dense(3, 2, is_parametric=True)],
        "Layer 1, the last, must have activation 'identity', no dropout and no mix",
    ),
    "a last layer that scales its scores": (
        [Dense(3, 2), Scale(2)],
        r"Layer 2, the last, must be Dense, got Scale\(n=2, rate=1.0\)",
    ),
    "a scale alone": ([Scale(3)], "Layer 1, the last, must be Dense"),
    "a scale of nothing": ([Scale(0), Dense(0, 2)], "Layer 1 must have inputs and outputs"),
    "a scale that does not fit the layer before": (
        [Dense(3, 4, "relu"), Scale(5), Dense(5, 2)],
        "Layer 2 reads 5 units but layer 1 has 4",
    ),
    "a scale that does not fit the layer after": (
        [Scale(3), Dense(4, 2)],
        "Layer 2 reads 4 units but layer 1 has 3",
    ),
    "waves at the end": ([Periodic(3, (0,))], "Layer 1, the last, must be Dense"),
    "waves of no column": ([Periodic(3, ()), Dense(3, 2)], "Layer 1: columns must name at least"),
    "waves of a column that is not there": (
        [Dense(3, 2), Periodic(2, (0, 2)), Dense(8, 2)],
        r"Layer 2: columns must ascend within 0..1, got \(0, 2\)",
    ),
    "waves of a column before the first": (
        [Periodic(3, (-1, 0)), Dense(9, 2)],
        r"Layer 1: columns must ascend within 0..2, got \(-1, 0\)",
    ),
    "waves of a column twice": (
        [Periodic(3, (1, 1)), Dense(9, 2)],
        r"Layer 1: columns must ascend within 0..2, got \(1, 1\)",
    ),
    "waves without a frequency": (
        [Periodic(3, (1,), n_frequencies=0), Dense(6, 2)],
        "Layer 1: n_frequencies must be at least 1, got 0",
    ),
    "waves without an output": (
        [Periodic(3, (1,), n_outputs=0), Dense(3, 2)],
        "Layer 1: n_outputs must be at least 1, got 0",
    ),
    "an embedding that does not read X": (
        [Scale(3), Embedding(3, (0,), (4,)), Dense(10, 2)],
        "Layer 2 is an Embedding, which must be layer 1",
    ),
    "an embedding of columns that descend": (
        [Embedding(3, (2, 0), (4, 4)), Dense(17, 2)],
        r"Layer 1: columns must ascend within 0..2, got \(2, 0\)",
    ),
    "an embedding with a table too few": (
        [Embedding(3, (0, 1), (4,)), Dense(17, 2)],
        r"Layer 1: sizes must be at least 1, one for each of 2 columns, got \(4,\)",
    ),
    "an embedding with an empty table": (
        [Embedding(3, (0, 1), (4, 0)), Dense(17, 2)],
        r"Layer 1: sizes must be at least 1, one for each of 2 columns, got \(4, 0\)",
    ),
    "an embedding of no numbers": (
        [Embedding(3, (0,), (4,), width=0), Dense(2, 2)],
        "Layer 1: width must be at least 1, got 0",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_network_refuses(case):
    layers, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        Network(layers)


def test_depth_features_and_outputs():
    network = Network([Dense(3, 4, "relu"), Dense(4, 6, "tanh"), Dense(6, 2)])
    assert (network.depth, network.n_features, network.n_outputs) == (3, 3, 2)
    assert [k for k, _ in network] == [1, 2, 3]


def test_number_of_parameters_leaves_out_the_gaps():
    network = Network([Dense(3, 4, "relu"), Dense(4, 2)])
    assert network.n_parameters == (3 * 4 + 4) + (4 * 2 + 2) < network.layout.size


def test_a_scale_counts_as_a_layer_and_has_a_parameter_a_feature():
    network = Network([Scale(3), Dense(3, 4, "relu"), Scale(4), Scale(4), Dense(4, 2)])
    assert (network.depth, network.n_features, network.n_outputs) == (5, 3, 2)
    assert network.sizes == [3, 3, 4, 4, 4, 2]
    assert network.n_parameters == 3 + (3 * 4 + 4) + 4 + 4 + (4 * 2 + 2)


def test_embedded_columns_make_way_and_waves_come_on_top():
    network = Network([Embedding(5, (1, 3), (4, 6), 8), Periodic(19, (0, 2), 16, 3), Dense(25, 2)])
    assert network.sizes == [5, 3 + 2 * 8, 19 + 2 * 3, 2]
    assert network.n_parameters == 10 * 8 + 2 * (16 + 16 + 3 * 16 + 3) + (25 * 2 + 2)


def test_dense_with_one_activation_and_dropout_for_all_hidden_layers():
    assert Network.dense([3, 4, 5, 2], "relu", 0.5) == Network(
        [Dense(3, 4, "relu", 0.5), Dense(4, 5, "relu", 0.5), Dense(5, 2)]
    )


def test_dense_with_an_activation_and_dropout_for_each_hidden_layer():
    assert Network.dense([3, 4, 5, 2], ["relu", "silu"], (0.0, 0.25)) == Network(
        [Dense(3, 4, "relu"), Dense(4, 5, "silu", 0.25), Dense(5, 2)]
    )


def test_dense_without_hidden_layers_is_one_layer_of_scores():
    assert Network.dense([3, 2], "relu", 0.5) == Network([Dense(3, 2)])


@pytest.mark.parametrize("activation", [["relu"], ["relu", "relu", "relu"]])
def test_dense_refuses_a_wrong_number_of_activations(activation):
    with pytest.raises(ValueError):  # noqa: PT011 - zip's own message
        Network.dense([3, 4, 5, 2], activation)


@pytest.mark.parametrize("dropout", [[0.5], [0.5, 0.5, 0.5]])
def test_dense_refuses_a_wrong_number_of_dropout_rates(dropout):
    with pytest.raises(ValueError):  # noqa: PT011 - zip's own message
        Network.dense([3, 4, 5, 2], "relu", dropout)


def test_equal_layers_make_equal_networks():
    assert Network.dense([3, 4, 2], "relu") == Network.dense([3, 4, 2], "relu")
    assert hash(Network.dense([3, 4, 2], "relu")) == hash(Network.dense([3, 4, 2], "relu"))
    assert Network.dense([3, 4, 2], "relu") != Network.dense([3, 4, 2], "tanh")
