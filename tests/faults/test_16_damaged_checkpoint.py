"""Fault 16: the newest checkpoint is damaged - fall back to the one before, and say so."""

import re

import pytest

from deltarule import Checkpoint, MLPClassifier
from deltarule.callbacks import Callback
from deltarule.errors import CheckpointError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

DAMAGES = {
    "empty": lambda data: b"",
    "cut": lambda data: data[: len(data) // 2],
    "one byte short": lambda data: data[:-1],
    "one bit": lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
    "zeros": lambda data: bytes(len(data)),
}
X = [[float(i % 7), float(i % 5)] for i in range(60)]
Y = [i % 2 for i in range(60)]


class FailInEpoch4(Callback):
    def on_fit_task_end(self, estimator, context):
        if getattr(context, "training", None) and context.training.epoch == 4:
            raise RuntimeError


def make(folder, **settings):
    every = Checkpoint(folder, seconds=None, epochs=1, keep=3)
    settings = {"max_iter": 6, "random_state": 0, "dropout": 0.2, "checkpoint": every, **settings}
    return MLPClassifier((5,), batch_size=20, **settings)


@pytest.fixture
def left(tmp_path):
    """The folder of a run that was broken off in epoch 4: checkpoints of epochs 1 to 3."""
    with pytest.raises(RuntimeError):
        make(tmp_path / "run").set_callbacks(FailInEpoch4()).fit(X, Y)
    return tmp_path / "run"


def files(folder):
    return sorted(folder.glob("checkpoint-*.deltarule"))


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("how_many", [1, 2])
def test_the_one_before_is_taken_and_that_is_said(damage, how_many, left):
    *_, good = files(left)[: 3 - how_many]
    damaged = files(left)[3 - how_many :]
    for path in damaged:
        path.write_bytes(damage(path.read_bytes()))
    with pytest.warns(UserWarning, match="checkpoint is damaged: ") as seen:
        model = make(left, resume=True).fit(X, Y)
    said = [str(w.message) for w in seen if "damaged" in str(w.message)]
    assert len(said) == how_many
    for path, text in zip(damaged, said, strict=True):
        assert str(path) in text
        assert f"goes on from {good.name}, in epoch {4 - how_many}" in text
        assert "is not a usable model file: " in text
        assert path.with_name(path.name + ".damaged").is_file()
    whole = make(left, checkpoint=None).fit(X, Y)
    assert model._parameters.theta.tobytes() == whole._parameters.theta.tobytes()
    assert model.loss_curve_ == whole.loss_curve_


def test_where_all_are_damaged_each_is_named_and_nothing_is_touched(left):
    for path in files(left):
        path.write_bytes(b"")
    before = sorted(left.iterdir())
    with pytest.raises(
        CheckpointError, match=r"None of the 3 checkpoints .* can be used"
    ) as caught:
        make(left, resume=True).fit(X, Y)
    for path in files(left):
        assert re.search(
            f"{re.escape(str(path))} is not a usable model file: it is empty", str(caught.value)
        )
    assert sorted(left.iterdir()) == before


def test_a_damaged_one_does_not_count_among_those_to_keep(left):
    """Or it would push out good ones, being the newest by its name."""
    newest = files(left)[-1]
    newest.rename(left / "checkpoint-999999999999.deltarule")
    (left / "checkpoint-999999999999.deltarule").write_bytes(b"nothing")
    with pytest.warns(UserWarning, match="damaged"):
        make(left, resume=True).fit(X, Y)
    assert [path.name[11:23].lstrip("0") for path in files(left)] == ["12", "15", "18"]
