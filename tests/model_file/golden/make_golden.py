"""Write a golden file of each estimator, with inputs and predictions, in the format of today.

From the root of the repository, once for each format ever released (never again for an old one:
what counts is what the version of that time has written)::

    python tests/model_file/golden/make_golden.py

All were written by deltarule 0.1.0.dev0, on its way to the first release.
"""

import json
import shutil
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import numpy as np

from deltarule import MLPClassifier, TabularClassifier, load_model
from deltarule.callbacks import Callback
from deltarule.model_file.document import FORMAT
from deltarule.training import Leave

loop = import_module("deltarule.training.loop")

HERE = Path(__file__).parent
ROWS = 60


def write(name, model, train, inputs):
    """``inputs``: a list of rows, or a dict of columns."""
    model.save(HERE / f"{name}-{FORMAT}.deltarule", **train)
    describe(name, model, inputs)


def describe(name, model, inputs, **more):
    expected = {
        **more,
        "inputs": inputs,
        "classes": model.classes_.tolist(),
        "predict": model.predict(inputs).tolist(),
        "predict_proba": model.predict_proba(inputs).tolist(),
        "settings": {k: v for k, v in model.get_params().items() if k != "checkpoint"},
    }
    text = json.dumps(expected, indent=1, ensure_ascii=False)
    (HERE / f"{name}-{FORMAT}.json").write_text(text + "\n", encoding="utf-8")


def make_mlp(rng):
    """Float64, two hidden layers, three labels of text, early stopping."""
    X = rng.normal(size=(ROWS, 4))
    y = np.array(["naïve", "🦊", 'a "quoted"\nlabel'])[(X[:, 0] > 0) + (X[:, 1] > 0.5) * 1]
    model = MLPClassifier(
        (6, 5), "tanh", solver="sgd", learning_rate_init=0.2, batch_size=10, max_iter=300,
        early_stopping=True, n_iter_no_change=60, random_state=0,
    )  # fmt: skip
    write("mlp", model.fit(X, y), {}, X[:8].round(3).tolist())


def make_tabular(rng):
    """Every kind of column, with and without gaps, a column left out, int labels."""
    size = rng.normal(10, 3, ROWS)
    colour = np.array(["red", "blue", "grün 🦊"], dtype=object)[rng.integers(0, 3, ROWS)]
    table = {
        "size": [None if i % 7 == 0 else x for i, x in enumerate(size.round(3).tolist())],
        "colour": [None if i % 5 == 0 else text for i, text in enumerate(colour)],
        "shape \n": ["round", "square"] * (ROWS // 2),
        "unit": ["cm"] * ROWS,
        "ripe": [None if i % 11 == 0 else i % 3 == 0 for i in range(ROWS)],
        "day": [f"2024-{i % 12 + 1:02}-{i * 5 % 28 + 1:02}" for i in range(ROWS)],
    }
    y = np.where(size > 10, 2, 1) * np.where(np.arange(ROWS) % 2, 10, -10)
    table["place"] = [f"place {i % 9}" for i in range(ROWS)]
    model = TabularClassifier(
        columns={"day": "datetime"}, n_models=2, hidden_layer_sizes=(6, 5), max_iter=16,
        random_state=0,
    ).fit(table, y)  # fmt: skip
    inputs = {name: column[:8] for name, column in table.items()}
    inputs["colour"][1] = "never seen"
    write("tabular", model, {"target": "kind"}, inputs)


class LeaveAtStep17(Callback):
    def on_burst(self, state):
        if state.step == 17:
            raise Leave


def make_checkpoint(rng):
    """In the middle of the fourth of eight epochs: the best weights, the last and the epoch's."""
    X = rng.normal(size=(ROWS, 3))
    y = np.where(X[:, 0] > X[:, 1], "yes", "no")
    with TemporaryDirectory() as folder, mock.patch.object(loop, "BURST", 0):
        model = MLPClassifier(
            (4,), dropout=0.1, learning_rate_init=0.05, batch_size=10, max_iter=8,
            early_stopping=True, random_state=0,
            checkpoint=folder,
        )  # fmt: skip
        with suppress(Leave):
            model.set_callbacks(LeaveAtStep17()).fit(X, y)
        shutil.copy(
            sorted(Path(folder).glob("checkpoint-*"))[-1], HERE / f"checkpoint-{FORMAT}.deltarule"
        )
        whole = model.set_params(resume=True).set_callbacks().fit(X, y)
    found = load_model(HERE / f"checkpoint-{FORMAT}.deltarule")
    data = {"X": X.tolist(), "y": y.tolist(), "loss_curve": whole.loss_curve_}
    describe("checkpoint", found, X[:8].tolist(), **data)


if __name__ == "__main__":
    make_mlp(np.random.default_rng(1))
    make_checkpoint(np.random.default_rng(3))
    make_tabular(np.random.default_rng(2))
