"""Rows 4 to 8 for what a checkpoint has besides its model: it trusts nothing either."""

import numpy as np
import pytest

from deltarule import Checkpoint, MLPClassifier, load_model
from deltarule.errors import CheckpointError, ModelFileError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

STATE = {
    "step", "n_rows", "position", "epoch_loss", "rate", "rate_factor", "best_score", "best_loss",
    "stale_epochs", "vectors",
}  # fmt: skip


def test_it_is_a_model(checkpointed, tmp_path):
    (tmp_path / "model").write_bytes(checkpointed)
    assert load_model(tmp_path / "model").n_iter_ == 2


@pytest.mark.parametrize("key", sorted(STATE))
def test_every_member_of_its_state_is_needed(key, checkpointed, forge, refused):
    forgery = forge(checkpointed)
    assert forgery.document["checkpoint"]["state"].keys() == STATE
    del forgery.document["checkpoint"]["state"][key]
    assert key in refused(forgery.to_bytes())


@pytest.mark.parametrize("place", [("checkpoint",), ("checkpoint", "state")], ids=".".join)
def test_an_unknown_member_is_refused(place, checkpointed, forge, refused):
    forgery = forge(checkpointed)
    members = forgery.document
    for key in place:
        members = members[key]
    members["surprise"] = 1
    assert "surprise" in refused(forgery.to_bytes())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("step", -1),
        ("step", 1.5),
        ("position", True),
        ("rate", -0.1),
        ("rate_factor", "1"),
        ("best_score", "high"),
        ("vectors", ["m", "v", "m2"]),
        ("vectors", ["m"]),
        ("vectors", ["../m", "v"]),
        ("vectors", "mv"),
    ],
)
def test_a_number_outside_its_range_is_refused(key, value, checkpointed, forge, refused):
    forgery = forge(checkpointed)
    forgery.document["checkpoint"]["state"][key] = value
    refused(forgery.to_bytes())


def poisoned(forgery, name, value):
    start, _ = forgery.arrays[name]["data_offsets"]
    item = np.array([value], forgery.array(name).dtype).tobytes()
    forgery.body = forgery.body[:start] + item + forgery.body[start + len(item) :]
    return forgery.to_bytes()


@pytest.mark.parametrize("name", ["1.W", "theta/1.W"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(name, value, checkpointed, forge, refused):
    assert "has NaN or infinity in it" in refused(poisoned(forge(checkpointed), name, value))


def test_moments_may_be_infinite(checkpointed, forge, tmp_path):
    """Adam's squares overflow in runs that go on well: they must not be what ends them."""
    (tmp_path / "model").write_bytes(poisoned(forge(checkpointed), "v/1.W", np.inf))
    assert load_model(tmp_path / "model").n_iter_ == 2


@pytest.mark.parametrize("name", ["history", "squares", "m/2.W"])
def test_an_array_that_lacks_or_has_another_shape_is_named(name, checkpointed, forge, refused):
    forgery = forge(checkpointed)
    forgery.arrays[name]["shape"] = forgery.arrays[name]["shape"][::-1]
    assert f"array '{name}' is" in refused(forgery.to_bytes())
    forgery = forge(checkpointed)
    forgery.arrays["other"] = forgery.arrays.pop(name)
    assert f"array '{name}' is missing" in refused(forgery.to_bytes())


def test_a_history_of_another_length_than_the_models_is_refused(checkpointed, forge, refused):
    forgery = forge(checkpointed)
    forgery.document["training"]["loss_curve"].append(0.1)
    assert "array 'history' is float64 2x12" in refused(forgery.to_bytes())


def test_a_model_without_epochs_is_refused_where_it_is_no_checkpoint(layered, forge, refused):
    forgery = forge(layered)
    forgery.document["training"]["loss_curve"] = []
    assert "it tells of no epoch" in refused(forgery.to_bytes())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda told: told["checkpoint"]["state"].update(position=99), "stands at row 99 of 12"),
        (
            lambda told: told["checkpoint"]["state"].update(position=5, n_rows=0),
            "stands at row 5 of 0",
        ),
        (lambda told: told["training"].update(best_epoch=3), "its best epoch is 3 of 2"),
    ],
    ids=["position", "rows", "best epoch"],
)
def test_a_run_that_does_not_fit_together_is_not_taken_up(
    change, reason, checkpointed, forge, tmp_path
):
    forgery = forge(checkpointed)
    change(forgery.document)
    (tmp_path / "checkpoint-000000000002.deltarule").write_bytes(forgery.to_bytes())
    model = MLPClassifier(
        (3,), max_iter=3, batch_size=12, random_state=0, early_stopping=True,
        validation_fraction=0.25, checkpoint=Checkpoint(tmp_path, seconds=None), resume=True,
    )  # fmt: skip
    X = np.arange(32.0).reshape(16, 2)
    with pytest.raises(CheckpointError, match=reason):
        model.fit(X, [0, 1] * 8)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_it_is_refused_when_it_is_cut(kept, checkpointed, refused):
    refused(checkpointed[: int(len(checkpointed) * kept)])


def test_every_flipped_bit_is_noticed(checkpointed, tmp_path):
    rng = np.random.default_rng(0)
    for at in rng.integers(0, len(checkpointed), 300):
        data = bytearray(checkpointed)
        data[at] ^= 1 << rng.integers(8)
        (tmp_path / "flipped").write_bytes(data)
        with pytest.raises(ModelFileError):
            load_model(tmp_path / "flipped")
