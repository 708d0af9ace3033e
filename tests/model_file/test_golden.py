"""Every released format loads for ever: golden/ has a file of each, as its version wrote it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from deltarule import MLPClassifier, TabularClassifier, load_model
from deltarule.model_file.document import FORMAT

GOLDEN = Path(__file__).parent / "golden"
ESTIMATORS = {"mlp": MLPClassifier, "tabular": TabularClassifier}
SINCE = {"mlp": 1, "tabular": 3}  # before the first release tables were encoded in another way
FILES = [f"{name}-{n}" for name, first in SINCE.items() for n in range(first, FORMAT + 1)]
CHECKPOINTS = [f"checkpoint-{number}" for number in range(3, FORMAT + 1)]  # since format 3


@pytest.mark.filterwarnings("ignore:.*a category that training never saw")
@pytest.mark.parametrize("file", FILES + CHECKPOINTS)
def test_a_golden_file_predicts_what_it_did(file):
    """A new format needs its golden files: golden/make_golden.py writes them."""
    expected = json.loads((GOLDEN / f"{file}.json").read_text(encoding="utf-8"))
    model = load_model(GOLDEN / f"{file}.deltarule")
    assert type(model) is ESTIMATORS.get(file.partition("-")[0], MLPClassifier)
    assert model.classes_.tolist() == expected["classes"]
    settings = type(model)().get_params() | expected["settings"]  # what it lacks is the default
    assert json.loads(json.dumps(model.get_params())) == json.loads(json.dumps(settings))
    inputs = expected["inputs"]
    np.testing.assert_allclose(
        model.predict_proba(inputs), expected["predict_proba"], rtol=0, atol=1e-6
    )
    assert model.predict(inputs).tolist() == expected["predict"]


@pytest.mark.filterwarnings(
    "ignore:.*begun elsewhere", "ignore::sklearn.exceptions.ConvergenceWarning"
)
@pytest.mark.parametrize("file", CHECKPOINTS)
def test_a_golden_checkpoint_is_resumed_from(file, tmp_path):
    """On whatever machine, to tolerance."""
    expected = json.loads((GOLDEN / f"{file}.json").read_text(encoding="utf-8"))
    shutil.copy(GOLDEN / f"{file}.deltarule", tmp_path / "checkpoint-000000000017.deltarule")
    settings = {k: v for k, v in expected["settings"].items() if k != "resume"}
    model = MLPClassifier(**settings, checkpoint=tmp_path, resume=True)
    model.fit(np.array(expected["X"]), expected["y"])
    np.testing.assert_allclose(model.loss_curve_, expected["loss_curve"], rtol=1e-9)


@pytest.mark.parametrize("file", FILES + CHECKPOINTS)
def test_a_golden_file_is_in_the_format_that_its_name_says(file):
    data = (GOLDEN / f"{file}.deltarule").read_bytes()
    assert f'\\"format\\":{file.partition("-")[2]},'.encode() in data
    assert len(data) < 20_000
    expected = json.loads((GOLDEN / f"{file}.json").read_text(encoding="utf-8"))
    assert len(set(expected["predict"])) > 1  # a file that predicts one label shows little
