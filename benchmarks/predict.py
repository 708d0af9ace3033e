"""Predicting against the others: one row, ten thousand, and one in whatever form it comes.

::

    python -m benchmarks.predict

Everyone predicts by the same float32 network, in one process, one contender after the other in an
order that is drawn anew in each round; each calls for a tenth of a second or more. Printed are the
medians over rounds of *their time / ours in the same round*: how many times longer they take. Those
that may use threads run with one and with all. Before each turn there is a pause, as the threads of
a BLAS or OpenMP go on spinning after their last call.
"""

import os
import random
import time
import warnings
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.sparse import csr_matrix
from sklearn.neural_network import MLPClassifier as ScikitMLP

from benchmarks.turns import PAUSE
from benchmarks.workloads import WORKLOADS
from deltarule import MLPClassifier
from deltarule.export import convert

CHOSEN = ("tiny", "digits", "mnist", "wide")
ROWS = (1, 10_000)
TURN = 0.1  # seconds
OURS = ("predictor()", "predict_proba")
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
Predict = Callable[[], object]

# What one row is handed over as, to which method.
FORMS: dict[str, tuple[str, Callable[[np.ndarray], Any]]] = {
    "predict": ("predict", lambda rows: rows),
    "predict_log_proba": ("predict_log_proba", lambda rows: rows),
    "float64": ("predict_proba", lambda rows: rows.astype(np.float64)),
    "float16": ("predict_proba", lambda rows: rows.astype(np.float16)),
    "integers": ("predict_proba", lambda rows: rows.astype(np.int64)),
    "every other column": ("predict_proba", lambda rows: np.repeat(rows, 2, axis=1)[:, ::2]),
    "a list": ("predict_proba", lambda rows: rows.tolist()),
    "sparse": ("predict_proba", lambda rows: csr_matrix(rows)),
}


@click.command()
@click.option("--workload", "workloads", multiple=True, type=click.Choice(CHOSEN), default=CHOSEN)
@click.option("--rounds", default=15, show_default=True)
def main(workloads: tuple[str, ...], rounds: int) -> None:
    """Time predictions, and print how many times longer the others take."""
    console = Console()
    for n_rows in ROWS:
        title = f"{n_rows:,} row{'s' if n_rows > 1 else ''}, float32: others' time / ours"
        rows: list[dict[str, str]] = []
        for workload in workloads:
            rows += against_all(workload, n_rows, rounds)
        console.print(tabulated(title, rows))
    ratios = [in_other_forms(workload, rounds) for workload in workloads]
    console.print(tabulated("1 row in other forms: scikit-learn's time / ours", ratios))


def against_all(workload: str, n_rows: int, rounds: int) -> Iterable[dict[str, str]]:
    """Yield our two ways to predict so many rows: the time of each, and the others' by it."""
    ours, theirs, X = prepare(workload)
    rows = np.ascontiguousarray(np.resize(X, (n_rows, X.shape[1])))
    predictor = ours.predictor()
    contenders: dict[str, Predict] = {
        OURS[0]: lambda: predictor(rows),
        OURS[1]: lambda: ours.predict_proba(rows),
        "scikit-learn": lambda: theirs.predict_proba(rows),
        **pytorch(ours, rows),
        **onnxruntime(ours, rows),
    }
    if n_rows > 1:
        contenders["bare products"] = products(WORKLOADS[workload].layers, rows)
    seconds = take_turns(contenders, rounds)
    for name in OURS:
        others = {
            other: f"{np.median(taken / seconds[name]):.2f}"
            for other, taken in seconds.items()
            if other not in OURS
        }
        yield {"network": workload, "": name, "µs": microseconds(seconds[name])} | others


def in_other_forms(workload: str, rounds: int) -> dict[str, str]:
    """Return how many times longer scikit-learn takes for a row in each form."""
    ours, theirs, X = prepare(workload)
    found = {"network": workload}
    for form, (method, convert_rows) in FORMS.items():
        row = convert_rows(X[:1])
        contenders: dict[str, Predict] = {
            "ours": lambda row=row, method=method: getattr(ours, method)(row),
            "theirs": lambda row=row, method=method: getattr(theirs, method)(row),
        }
        seconds = take_turns(contenders, rounds)
        found[form] = f"{np.median(seconds['theirs'] / seconds['ours']):.2f}"
    return found


def prepare(workload: str) -> tuple[MLPClassifier, ScikitMLP, np.ndarray]:
    """Return our model and scikit-learn's of the same weights, and rows."""
    chosen = WORKLOADS[workload]
    X, y = chosen.data("float32")
    hidden = chosen.layers[1:-1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = {"hidden_layer_sizes": hidden, "activation": "tanh", "max_iter": 1}
        ours = MLPClassifier(random_state=0, dtype="float32", **settings).fit(X, y)
        theirs = ScikitMLP(random_state=0, **settings).fit(X, y)
    arrays = list(ours.to_state_dict().values())  # of each layer, its weights and its biases
    theirs.coefs_ = [W.T.copy() for W in arrays[::2]]
    theirs.intercepts_ = arrays[1::2]
    return ours, theirs, X


def pytorch(model: MLPClassifier, rows: np.ndarray) -> dict[str, Predict]:
    """Return PyTorch, eager, in inference mode: with one thread, and with all."""
    import torch
    from torch import nn

    arrays = model.to_state_dict()
    layers: list[nn.Module] = []
    for W in list(arrays.values())[::2]:
        layers += [nn.Linear(W.shape[1], W.shape[0]), nn.Tanh()]
    network = nn.Sequential(*layers[:-1], nn.Softmax(dim=1))
    network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})

    def predict(threads: int) -> Predict:
        def call() -> object:
            with torch.inference_mode():
                return network(torch.from_numpy(rows)).numpy()

        def prepared() -> object:
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)
            return call()

        return prepared

    return {f"PyTorch {threads}": predict(threads) for threads in sorted({1, CORES})}


def onnxruntime(model: MLPClassifier, rows: np.ndarray) -> dict[str, Predict]:
    """Return onnxruntime on our own export: with one thread, and with all."""
    from onnxruntime import InferenceSession, SessionOptions

    content = convert(model).SerializeToString()

    def predict(threads: int) -> Predict:
        options = SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "1")
        session = InferenceSession(content, options, providers=["CPUExecutionProvider"])
        return lambda: session.run(["probabilities"], {"X": rows})

    return {f"onnxruntime {threads}": predict(threads) for threads in sorted({1, CORES})}


def products(layers: tuple[int, ...], rows: np.ndarray) -> Predict:
    """Return the matrix products alone, through NumPy on all cores, into arrays that are there."""
    rng = np.random.default_rng(0)
    W = [rng.random((m, n), np.float32) for n, m in pairwise(layers)]
    h = [rows, *(np.empty((len(rows), m), np.float32) for m in layers[1:])]

    def call() -> object:
        for k, w in enumerate(W):
            np.matmul(h[k], w.T, out=h[k + 1])
        return h[-1]

    return call


def take_turns(contenders: dict[str, Predict], rounds: int) -> dict[str, np.ndarray]:
    """Return the seconds of a call in each round."""
    counts = {name: calls_a_turn(predict) for name, predict in contenders.items()}
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    order = list(contenders)
    for _ in range(rounds):
        random.shuffle(order)
        for name in order:
            time.sleep(PAUSE)
            predict, count = contenders[name], counts[name]
            predict()
            started = time.perf_counter()
            for _ in range(count):
                predict()
            seconds[name].append((time.perf_counter() - started) / count)
    return {name: np.array(each) for name, each in seconds.items()}


def calls_a_turn(predict: Predict) -> int:
    """Return how many calls take a turn's time."""
    predict()
    started = time.perf_counter()
    predict()
    return max(1, int(TURN / max(time.perf_counter() - started, 1e-7)))


def microseconds(seconds: np.ndarray) -> str:
    """Return the median, to be read."""
    return f"{1e6 * np.median(seconds):,.1f}"


def tabulated(title: str, rows: list[dict[str, str]]) -> Table:
    """Return rows as a table, headed by their names."""
    table = Table(title=title)
    for name in rows[0]:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*row.values())
    return table


if __name__ == "__main__":
    main()
