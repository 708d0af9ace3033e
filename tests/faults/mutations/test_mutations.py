"""Rows 1-12 at random: a mutated model file is refused, or it is a sound model. Nothing else.

Every other file gets a right checksum, and most have the right header length, so that they pass
the outer guards and try the inner ones.
"""

import logging
import random
import re
from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from deltarule import MLPClassifier, load_model
from deltarule.checkpoints.snapshot import restore_state
from deltarule.errors import DataError, ModelFileError
from deltarule.model_file import read_model

LOG = logging.getLogger(__name__)  # the counts: pytest --log-cli-level=INFO
FILES = 7_000  # of each of five models
SEED = 2
SHOWN = 5

# Why files whose checksum is right are refused, by what the message says of it.
GUARDS = {
    "JSON": r"\(char \d+\)|stands twice|beyond float64|nested",
    "text": r"utf-8|surrogates",
    "metadata": r"metadata is not",
    "checksum": r"checksum is not where",
    "document": r" - at `\$|unknown field|missing required field",
    "declarations": r"declaration of array|shape of array|has dtype",
    "layers": r"Layer \d|where layer \d",
    "classes": r"class label|classes do not fit",
    "offsets": r"arrays cannot be read",
    "finiteness": r"NaN or infinity",
    "overflow": r"so large",
    "settings": r"the setting|parameter of",
}
TABLE = pa.table(
    {
        "size": [0.5, -3.0, None, 40.0],
        "colour": ["red", None, "never seen", "green"],
        "weight": [1.0, 0.0, -80.0, None],
    }
)
NUMBERS = np.array([0.5, -3.0, 0.0, 40.0, -80.0, 1.0, 1e-9])


def inputs(model):
    """Return four rows of small numbers of the width, or with the columns, that a model reads."""
    if not isinstance(model, MLPClassifier):
        return TABLE
    X = np.resize(NUMBERS, (4, model.n_features_in_))
    return pd.DataFrame(X, columns=getattr(model, "feature_names_in_", None))


def find_fault_of_run(saved):
    """Return what is unsound about the training state of a checkpoint that was read, or None."""
    try:
        state = restore_state(saved, ("m", "v"))
    except ValueError:
        return None  # refused, as it should be
    if not all(np.isfinite(parameters.theta).all() for parameters in state.parameters):
        return "weights that are not finite"
    if state.position > state.n_rows or len(state.history) != len(saved.training.loss_curve):
        return "a place beyond the epoch, or another history"
    return None


def find_fault(path, model):
    """Return what is unsound about a model that was loaded, or None."""
    saved = read_model(path)
    if not all(np.isfinite(parameters.theta).all() for parameters in saved.parameters):
        return "weights that are not finite"
    if saved.snapshot is not None:
        fault = find_fault_of_run(saved)
        if fault:
            return fault
    p = model.predict_proba(inputs(model))
    if not np.isfinite(p).all() or p.min() < 0 or p.max() > 1:
        return f"probabilities {p}"
    is_multilabel = isinstance(model, MLPClassifier) and (
        model.out_activation_ == "logistic" and model.n_outputs_ == len(model.classes_)
    )
    if not is_multilabel and not np.allclose(p.sum(axis=1), 1, atol=1e-5):
        return f"rows that sum to {p.sum(axis=1)}"
    if not set(model.predict(inputs(model)).ravel().tolist()) <= {0, 1, *model.classes_.tolist()}:
        return "predictions that are no labels"
    return None


def judge(path, data):
    """Return (verdict, message): "refused", "sound", "limit" of an encoder, or "fault"."""
    path.write_bytes(data)
    model = None
    try:
        model = load_model(path)
        fault = find_fault(path, model)
        return ("fault", fault) if fault else ("sound", "")
    except ModelFileError as error:
        message = str(error)
        return ("refused", message) if message.startswith(str(path)) else ("fault", message)
    except DataError as error:
        # A mutated encoder may lack a column or scale a number beyond float32, and says so.
        is_limit = model is not None and not isinstance(model, MLPClassifier)
        return ("limit" if is_limit else "fault"), f"DataError: {error}"
    except Exception as error:
        return "fault", f"{type(error).__name__}: {error}"


@pytest.mark.filterwarnings("ignore::UserWarning")  # of unknown categories and the like
@pytest.mark.parametrize(
    "name",
    [
        *("smallest", "tabular", "checkpointed"),
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("layered", "several")),
    ],
)
def test_a_mutated_file_is_refused_or_a_sound_model(name, request, forge, mutant, tmp_path):
    original = request.getfixturevalue(name)
    rng, path = random.Random(f"{SEED} {name}"), tmp_path / "mutant.deltarule"
    verdicts, guards, faults = Counter(), Counter(), []
    for i in range(FILES):
        data = mutant(rng, original)
        if data == original:
            continue
        repaired = forge.repair(data) if i % 2 else None
        verdict, message = judge(path, repaired or data)
        if verdict == "sound" and not repaired:
            verdict, message = "fault", "a wrong checksum was not noticed"
        if verdict == "fault":
            faults.append((i, message))
        verdicts["repaired" if repaired else "stale", verdict] += 1
        if repaired and verdict == "refused":
            guards.update(guard for guard in GUARDS if re.search(GUARDS[guard], message))
    LOG.info("%s: %s; refused by %s", name, dict(verdicts), dict(guards))
    assert not faults, f"{len(faults)} of {FILES}, the first: {faults[:SHOWN]}"
    # Otherwise all this would show nothing: both outcomes, and every guard, must have been met.
    assert verdicts["repaired", "sound"] > FILES // 50
    assert verdicts["repaired", "refused"] > FILES // 4
    assert verdicts["stale", "refused"] > FILES // 3
    assert set(guards) == set(GUARDS)
