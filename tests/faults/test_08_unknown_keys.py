"""Row 8, continued: unknown, missing and misplaced keys at every level of a model file."""

import json

import pytest

PLACES = {
    "document": lambda document: document,
    "scale layer": lambda document: document["layers"][0],
    "dense layer": lambda document: document["layers"][-1],
    "labels": lambda document: document["classes"],
    "training": lambda document: document["training"],
    "settings": lambda document: document["settings"],
    "encoder": lambda document: document["encoder"],
    "numeric column": lambda document: document["encoder"]["columns"][0],
    "categorical column": lambda document: document["encoder"]["columns"][1],
}


@pytest.mark.parametrize("place", PLACES)
def test_an_unknown_key_is_refused_at_every_level(place, tabular, forge, refused):
    forgery = forge(tabular)
    members = PLACES[place](forgery.document)
    members["surprise"] = None
    assert "surprise" in refused(forgery.to_bytes())


MAY_LACK = {
    "dense layer": {"is_parametric", "mix_rate"},
    "training": {"validation_losses", "rates", "gradient_norms", "update_ratios", "members"},
    "settings": {
        *("metric", "preset", "columns", "class_weight", "threshold", "strict"),
        *("schedule_epochs", "time_limit", "memory_limit", "n_threads", "n_models", "calibrate"),
        *("dropout", "weight_decay", "label_smoothing", "scaling_layer", "numeric_embedding"),
        *("category_embedding", "parametric_activation", "initialiser", "n_refit", "window"),
        "shards",
    },
    "document": {
        *("threshold", "is_named", "left_out", "schedule_epochs", "temperature", "checkpoint"),
    },
}  # older formats have none of these


@pytest.mark.parametrize("place", PLACES)
def test_every_key_is_needed_at_every_level(place, tabular, forge, refused):
    for key in PLACES[place](forge(tabular).document).keys() - MAY_LACK.get(place, set()):
        forgery = forge(tabular)
        del PLACES[place](forgery.document)[key]
        assert key in refused(forgery.to_bytes())


@pytest.mark.parametrize("place", PLACES)
def test_no_member_may_be_an_object_of_another_kind(place, tabular, forge, refused):
    for key in PLACES[place](forge(tabular).document):
        forgery = forge(tabular)
        PLACES[place](forgery.document)[key] = {"surprise": None}
        refused(forgery.to_bytes())


def test_a_setting_of_the_other_estimator_is_refused(tabular, forge, refused):
    forgery = forge(tabular)
    forgery.document["settings"]["solver"] = "adam"
    assert "the setting 'solver' of TabularClassifier is unknown" in refused(forgery.to_bytes())


@pytest.mark.parametrize(("name", "value"), [("checkpoint", "/tmp"), ("resume", True)])
def test_where_a_run_was_written_to_is_no_part_of_its_model(name, value, layered, forge, refused):
    """A file from elsewhere must not say where the next fit writes."""
    forgery = forge(layered)
    assert name not in forgery.document["settings"]
    forgery.document["settings"][name] = value
    assert f"the setting '{name}' of MLPClassifier is unknown" in refused(forgery.to_bytes())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("alpha", -1),
        ("alpha", "0.1"),
        ("alpha", True),
        ("solver", "muon"),
        ("class_weight", {"pairs": [[[], 1]]}),
        ("n_threads", 10**30),
        ("class_weight", {"pairs": [["a", -1]]}),
        ("solver", {}),
        ("hidden_layer_sizes", {}),
        ("hidden_layer_sizes", [0]),
        ("hidden_layer_sizes", [[3]]),
        ("momentum", 1.5),
        ("random_state", -1),
        ("random_state", []),
        ("max_iter", 0),
        ("n_iter_no_change", 0.5),
        ("shuffle", 1),
    ],
)
def test_a_setting_outside_its_range_is_refused(name, value, layered, forge, refused):
    """The ranges are those of fit: what cannot be trained with cannot have been."""
    forgery = forge(layered)
    forgery.document["settings"][name] = value
    assert name in refused(forgery.to_bytes())


def test_an_array_model_with_an_encoder_is_refused(layered, forge, refused):
    """It would be ignored, and what is ignored may say anything."""
    forgery = forge(layered)
    forgery.document["encoder"] = {"surprise": 1}
    forgery.document["features"] = ["a", "b", "c"]
    refused(forgery.to_bytes())


@pytest.mark.parametrize("changed", [{"encoder": None, "features": None}, {"features": None}])
def test_a_table_model_without_encoder_or_columns_is_refused(changed, tabular, forge, refused):
    forgery = forge(tabular)
    forgery.document.update(changed)
    assert "needs an encoder, column names and softmax loss" in refused(forgery.to_bytes())


def test_a_table_model_with_sigmoid_loss_is_refused(tabular, forge, refused):
    """Three outputs of their own would make rows that do not sum to 1."""
    forgery = forge(tabular)
    forgery.document["loss"] = "sigmoid"
    assert "needs an encoder, column names and softmax loss" in refused(forgery.to_bytes())


def test_an_array_model_is_no_table_model(layered, forge, refused):
    forgery = forge(layered)
    forgery.document["estimator"] = "TabularClassifier"
    names = ("max_iter", "random_state", "hidden_layer_sizes", "batch_size", "learning_rate_init")
    settings = dict.fromkeys(names)
    forgery.document["settings"] = settings
    assert "needs an encoder, column names and softmax loss" in refused(forgery.to_bytes())


@pytest.mark.parametrize(
    "features",
    [["size", "colour"], ["size", "weight", "x"], ["size", "colour", "weight", "size"]],
)
def test_a_table_model_knows_the_columns_that_its_encoder_reads(features, tabular, forge, refused):
    forgery = forge(tabular)
    forgery.document["features"] = features
    refused(forgery.to_bytes())


def test_a_column_or_a_category_twice_is_refused(tabular, forge, refused):
    forgery = forge(tabular)
    forgery.document["encoder"]["columns"][2]["name"] = "size"
    assert "the encoder has a column twice" in refused(forgery.to_bytes())
    forgery = forge(tabular)
    forgery.document["encoder"]["columns"][1]["categories"] = ["red", "red", "blue"]
    refused(forgery.to_bytes())


@pytest.mark.parametrize("scale", [0, -1.0, 10**400, "1", None])
def test_a_scale_that_cannot_divide_is_refused(scale, tabular, forge, refused):
    forgery = forge(tabular)
    forgery.document["encoder"]["columns"][0]["scale"] = scale
    assert "scale" in refused(forgery.to_bytes())


@pytest.mark.parametrize("metadata", [None, [], "text", {}, {"format": "pt"}, {"deltarule": None}])
def test_metadata_of_another_program_is_refused(metadata, layered, forge, refused):
    forgery = forge(layered)
    header = {"__metadata__": metadata, **forgery.arrays}
    message = refused(forgery.to_bytes(header=json.dumps(header)))
    assert "its metadata is not" in message


def test_metadata_beside_ours_is_refused(layered, forge, refused):
    """Nothing checks it, so nothing may be hidden in it."""
    forgery = forge(layered)
    metadata = {"deltarule": json.dumps(forgery.document), "surprise": "x" * 1000}
    header = {"__metadata__": metadata, **forgery.arrays}
    assert "its metadata is not" in refused(forgery.to_bytes(header=json.dumps(header)))


@pytest.mark.parametrize("document", ["", "null", "[]", "{}", "{", "1", '"text"', "{}{}"])
def test_metadata_that_is_no_document_is_refused(document, layered, forge, refused):
    refused(forge(layered).to_bytes(document=document))
