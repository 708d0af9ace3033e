"""Presets and their parts: what network and plan come of them."""

import numpy as np
import pytest

from deltarule import TabularClassifier
from deltarule.data import Encoder, as_table
from deltarule.network import Dense, Embedding, Periodic, Scale
from deltarule.settings import defaults
from deltarule.tabular.recipe import (
    BATCH_SIZES,
    PRESETS,
    build_network,
    build_plan,
    encoded_for,
    recipe_of,
)

TABLE = as_table(
    {
        "colour": ["red", "blue", "green", "red"] * 30,
        "town": [f"town {i % 20}" for i in range(120)],
        "size": [i * 37 % 113 + 0.5 for i in range(120)],
        "weight": [None if i % 7 == 0 else i * 53 % 109 + 0.25 for i in range(120)],
        "day": np.datetime64("2024-01-01") + 3 * np.arange(120),
    }
)


def recipe(**settings):
    return recipe_of({**defaults("TabularClassifier"), **settings})


def network(**settings):
    wanted = recipe(**settings)
    learned = Encoder.learn(TABLE.to_batches(), TABLE.schema).encoder
    return build_network(wanted, encoded_for(wanted, learned), 3)


def kinds(network):
    return [layer.kind for layer in network.layers]


def test_td_has_every_part():
    found = network(preset="td")
    assert kinds(found) == ["embedding", "periodic", "scale", *["dense"] * 4]
    embedding, periodic, scale, *hidden, last = found.layers
    assert (embedding.sizes, embedding.width) == ((21,), 8)
    assert len(periodic.columns) == 3, "size, weight, and the days that have passed"
    assert (periodic.n_frequencies, periodic.n_outputs, periodic.rate) == (16, 3, 0.1)
    assert scale.rate == 6
    assert [(layer.n_out, layer.activation, layer.dropout) for layer in hidden] == [
        (256, "selu", 0.15)
    ] * 3
    assert all(layer.is_parametric and layer.mix_rate == 0.1 for layer in hidden)
    assert all(layer.weight_rate == layer.n_in**-0.5 for layer in [*hidden, last])
    assert not last.is_parametric


def test_the_periodic_layer_reads_the_amounts():
    """The embedded column is gone by then, so what came after it has moved."""
    learned = Encoder.learn(TABLE.to_batches(), TABLE.schema).encoder.embedding(8, values=True)
    embedding, periodic, *_ = network(preset="td").layers
    inputs = np.arange(learned.n_features)
    passed = np.delete(inputs, embedding.columns)
    assert [int(passed[column]) for column in periodic.columns] == learned.scaled()


@pytest.mark.parametrize(
    ("off", "gone"),
    [
        ({"category_embedding": False}, "embedding"),
        ({"numeric_embedding": False}, "periodic"),
        ({"scaling_layer": False}, "scale"),
    ],
)
def test_each_layer_can_be_switched_off(off, gone):
    everything = kinds(network(preset="td"))
    assert kinds(network(preset="td", **off)) == [kind for kind in everything if kind != gone]
    assert gone not in kinds(network(**off))


def test_units_need_not_learn_how_much_they_bend():
    hidden = network(preset="td", parametric_activation=False).layers[3:-1]
    assert not any(layer.is_parametric for layer in hidden)


def test_td_s_is_scale_and_dense():
    found = network(preset="td-s")
    assert kinds(found) == ["scale", *["dense"] * 4]
    assert {layer.dropout for layer in found.layers} == {0.0}
    assert recipe(preset="td-s").initialiser == "neural_tangent"


def test_many_amounts_are_not_embedded():
    rng = np.random.default_rng(0)
    for n, expected in ((128, True), (129, False)):
        table = as_table({f"x{i}": rng.normal(size=30) for i in range(n)})
        encoder = Encoder.learn(table.to_batches(), table.schema).encoder
        assert ("periodic" in kinds(build_network(PRESETS["td"], encoder, 2))) is expected


def test_settings_go_before_the_preset():
    found = recipe(hidden_layer_sizes=20, dropout=0.5, weight_decay=0, batch_size=7, n_models=2)
    assert (found.hidden_layer_sizes, found.dropout, found.weight_decay) == ((20,), 0.5, 0)
    assert (found.batch_size_for(1000), found.n_models) == (7, 2)
    assert recipe(hidden_layer_sizes=()).hidden_layer_sizes == ()


def test_batches_grow_with_the_rows():
    sizes = [PRESETS["td"].batch_size_for(n) for n in (5, 1_024, 1_025, 8_193, 30_001, 10**6)]
    assert sizes == [5, 64, 128, 256, 512, 1_024]
    assert list(BATCH_SIZES.values()) == [64, 128, 256, 512, 1_024]
    assert PRESETS["td-s"].batch_size_for(10**6) == 256


@pytest.mark.parametrize(
    ("settings", "smoothing"),
    [
        ({}, 0.05),
        ({"preset": "td"}, 0.1),
        ({"metric": "log_loss"}, 0),
        ({"metric": "roc_auc", "label_smoothing": 0.2}, 0.2),
        ({"label_smoothing": 0}, 0),
    ],
)
def test_label_smoothing_is_for_the_error(settings, smoothing):
    assert recipe(**settings).label_smoothing == smoothing


def test_the_plan_lets_dropout_and_decay_fade():
    plan = build_plan(recipe(preset="td"), 500)
    p = np.array([0.0, 0.49, 0.75, 1.0])
    assert np.allclose(plan.dropout_shape(p), [1, 1, 0.5, 0])
    assert np.allclose(plan.decay_shape(p), [1, 1, 0.5, 0])
    assert (plan.optimiser.beta_2, plan.optimiser.weight_decay) == (0.95, 0.02)
    assert (plan.epochs, plan.initialiser) == (256, "data_driven")


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_trains(preset):
    y = np.arange(120) % 3
    model = TabularClassifier(preset=preset, max_iter=1, n_models=1, random_state=0)
    assert model.fit(TABLE, y).predict_proba(TABLE).shape == (120, 3)


def test_layers_are_of_these_kinds():
    assert {type(layer) for layer in network().layers} == {Embedding, Periodic, Scale, Dense}
