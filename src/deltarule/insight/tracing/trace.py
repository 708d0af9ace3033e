"""From a model, or sizes of layers, to a trace."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from deltarule.classifier import MLPClassifier
from deltarule.data import draw_seed
from deltarule.errors import SettingError
from deltarule.insight.tracing.lines import Line
from deltarule.insight.tracing.walk import walk
from deltarule.network import LOSSES, Inputs, Network, initialise
from deltarule.tabular import TabularClassifier

EXAMPLES = 4  # that are drawn for a network of given sizes


@dataclass(frozen=True)
class Trace:
    """Every line of Algorithms 1 and 2, with its numbers.

    Attributes
    ----------
    title : str
        What was traced.
    lines : list of Line
    """

    title: str
    lines: list[Line]

    def to_json(self) -> dict[str, Any]:
        """Return the trace as JSON-able data."""
        return {"title": self.title, "lines": [line.to_json() for line in self.lines]}

    def to_html(self) -> str:
        """Return the trace as one HTML file that needs nothing else."""
        from deltarule.insight.tracing.page import page

        return page(self)

    def results(self, name: str) -> list[Any]:
        """Return the arrays that lines have computed under a name, such as "∇W⁽¹⁾ J", in order."""
        found = [line.result for line in self.lines if line.result is not None]
        return [value.array for value in found if value.name == name]


def trace(
    model: MLPClassifier | TabularClassifier | Sequence[int],
    X: Any = None,
    y: Any = None,
    *,
    network: int = 0,
    activation: str = "tanh",
    random_state: Any = None,
) -> Trace:
    """Run a batch through Algorithm 1 and Algorithm 2, and keep every line.

    The formulas are the document's, with its numbers; the arrays are features x batch, one example
    a column. J is the sum over the batch (Eq. 3i), and nothing is dropped or updated.

    Parameters
    ----------
    model : fitted estimator, or sequence of int
        Of sizes - features, units of each hidden layer, classes - a network is made, with weights
        and a batch of 4 examples drawn at random.
    X, y : rows and labels (n,)
        The batch, as the estimator takes it.
    network : int
        Which one, of an average of several; from 0.
    activation : str
        Of the hidden layers that are made.
    random_state : None, int or numpy.random.RandomState
        Of what is drawn.

    Returns
    -------
    Trace

    Raises
    ------
    SettingError, DataError

    Examples
    --------
    >>> told = trace([2, 3, 2], random_state=0)
    >>> [line.number for line in told.lines if line.algorithm == 2]
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    >>> told.results("J")[0].shape
    ()
    """
    if isinstance(model, MLPClassifier):
        inputs, title = model.inputs_of(X, y), f"{type(model).__name__} on {len(y)} examples"
    elif isinstance(model, TabularClassifier):
        inputs, title = model.inputs_of(X, y, network), f"TabularClassifier on {len(y)} examples"
        if model.n_models_ > 1:
            title += f", network {network + 1} of {model.n_models_}"
    else:
        inputs = drawn(model, activation, draw_seed(random_state))
        title = f"A network of {'-'.join(map(str, inputs.network.sizes))}, drawn at random"
    return Trace(title, list(walk(inputs)))


def drawn(sizes: Sequence[int], activation: str, seed: int) -> Inputs:
    """Return a plain network of some sizes, with weights and a batch drawn at random."""
    try:
        network = Network.dense([int(size) for size in sizes], activation)
    except ValueError as error:
        raise SettingError(str(error)) from error
    rng = np.random.Generator(np.random.Philox(seed))
    X = rng.standard_normal((network.n_features, EXAMPLES))
    y = rng.integers(network.n_outputs, size=EXAMPLES)
    return Inputs(network, initialise(network, seed), LOSSES["softmax"], X, y)
