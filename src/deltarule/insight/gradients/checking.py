"""Whether a gradient is right: ours on a model, or someone else's."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from deltarule.classifier import MLPClassifier
from deltarule.data import draw_seed
from deltarule.errors import SettingError
from deltarule.insight.gradients.diagnosis import Finding, diagnose, wrong_shapes
from deltarule.insight.gradients.probes import Function, ask, probe
from deltarule.network import Dense, Inputs, Objective, Parameters, check_gradient, forward
from deltarule.network.gradient_check import SMALLEST
from deltarule.network.parameters import Entry
from deltarule.tabular import TabularClassifier

STEPS = (1e-5, 1e-7)  # the smaller one where a kink of f lies in between
MOST_ENTRIES = 12  # of an array that are checked one by one, besides the directions
TOLERANCE = 1e-5  # relative to an array's gradient: differences at this step leave 1e-9 to 1e-7
ROUNDINGS = 8  # of each example's loss, in units of the last place of its scores


@dataclass(frozen=True)
class ArrayCheck:
    """One array's gradient against differences of J.

    Attributes
    ----------
    layer : int
    name : str
    shape : tuple of int
    norm : float
        Of the gradient.
    along : float
        The error of the derivative along a random direction, relative to ``norm``; of two steps
        the smaller error.
    worst : float
        The greatest error of single entries, likewise; of some, drawn at random.
    noise : float
        What rounding of J alone makes of either, likewise. Where a network is sure of all
        examples, it is more than the gradient: nothing is seen of a mistake then.
    is_right : bool
        Whether both errors are below 1e-5, or below what rounding makes.
    """

    layer: int
    name: str
    shape: tuple[int, ...]
    norm: float
    along: float
    worst: float
    noise: float
    is_right: bool

    @property
    def is_too_small(self) -> bool:
        """Whether rounding makes more of J's differences than the gradient."""
        return self.noise > 1


@dataclass(frozen=True)
class GradientCheck:
    """What a check of gradients has found.

    Attributes
    ----------
    title : str
        What was checked.
    arrays : list of ArrayCheck
        The last layer first, in the order of Algorithm 2.
    findings : list of Finding
        Mistakes, of someone else's gradient.
    """

    title: str
    arrays: list[ArrayCheck]
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings and all(array.is_right for array in self.arrays)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-able data."""
        return asdict(self) | {"is_right": self.is_right}


def check_gradients(
    model: MLPClassifier | TabularClassifier | Sequence[int] = (4, 5, 4, 3),
    X: Any = None,
    y: Any = None,
    *,
    gradient: Function | None = None,
    activation: str = "tanh",
    network: int = 0,
    random_state: Any = None,
) -> GradientCheck:
    """Compare gradients with differences of J, array by array; find out what is wrong with them.

    For each array (J(theta + e d) - J(theta - e d)) / 2e is compared with the gradient's part along
    d: for a random direction d through all of the array, and for single entries of it. In float64,
    with e = 1e-5, or 1e-7 where f has a kink in between; J is the sum over the batch, without
    penalty or smoothing.

    Parameters
    ----------
    model : fitted estimator, or sequence of int
        Of sizes - features, units of each hidden layer, classes - a network and a batch are drawn.
    X, y : rows and labels (n,)
        The batch, for an estimator.
    gradient : callable, optional
        Someone else's: ``gradient(W, b, X, y)`` returns the gradients of all W and of all b. W and
        b are dicts by layer, from 1, of arrays (n_k, n_k-1) and (n_k, 1), X is (f, b), one example
        a column, y (b,) has the classes from 0. What it returns are two such dicts, or two lists
        from the first layer on. Tried on networks of the given sizes, and on others, if it is
        wrong, to find the mistake: see :data:`deltarule.insight.gradients.slips.SLIPS`.
    activation : str
        Of the hidden layers, where the network is drawn.
    network : int
        Which one, of an average of several.
    random_state : None, int or numpy.random.RandomState

    Returns
    -------
    GradientCheck

    Raises
    ------
    SettingError, DataError
        Also if ``gradient`` does not return what it should. What it raises passes through.

    Examples
    --------
    >>> check_gradients([2, 3, 2], random_state=0).is_right
    True
    >>> def forgets_the_batch(W, b, X, y):
    ...     e = np.exp(W[1] @ X + b[1])
    ...     g = e / e.sum(axis=0) - (np.arange(len(e))[:, np.newaxis] == y)
    ...     return [g @ X.T / X.shape[1]], [g.mean(axis=1)]
    >>> [found.name for found in check_gradients([2, 2], gradient=forgets_the_batch).findings]
    ['mean instead of sum', 'softmax without subtracting the maximum']
    """
    seed = draw_seed(random_state)
    inputs, title = _inputs(model, X, y, network, activation, seed)
    rng = np.random.Generator(np.random.Philox(seed))
    if gradient is None:
        objective = Objective(inputs.network, inputs.loss)
        ours = Parameters(inputs.parameters.layout, np.float64)
        objective.examples_loss(inputs.parameters, inputs.X, inputs.y, ours)
        return GradientCheck(title, list(_check(inputs, ours, rng)))
    _require_plain(inputs)
    told = ask(gradient, inputs)
    theirs = Parameters(inputs.parameters.layout, np.float64)
    arrays = []
    if told.shapes_fit:
        for k, _ in inputs.network:
            theirs.W[k][:], theirs.b[k][:] = told.gradients[0][k], told.gradients[1][k]
        arrays = list(_check(inputs, theirs, rng))
    findings = diagnose(gradient, inputs.network.layers[0].activation, inputs.network.depth)
    if not (findings or told.shapes_fit):
        findings = [wrong_shapes(told, inputs)]
    return GradientCheck(title, arrays, findings)


def _inputs(
    model: MLPClassifier | TabularClassifier | Sequence[int],
    X: Any,
    y: Any,
    network: int,
    activation: str,
    seed: int,
) -> tuple[Inputs, str]:
    """Return the batch to check on, in float64, and what it is called."""
    if isinstance(model, MLPClassifier):
        inputs = model.inputs_of(X, y)
    elif isinstance(model, TabularClassifier):
        inputs = model.inputs_of(X, y, network)
    else:
        try:
            inputs = probe([int(size) for size in model], activation, seed)
        except ValueError as error:
            raise SettingError(str(error)) from error
        return inputs, f"a network of {'-'.join(map(str, inputs.network.sizes))}, drawn at random"
    precise = Parameters(inputs.parameters.layout, np.float64)
    precise.theta[:] = inputs.parameters.theta
    title = f"{type(model).__name__} on {inputs.X.shape[1]} examples"
    return replace(inputs, parameters=precise, X=inputs.X.astype(np.float64)), title


def _require_plain(inputs: Inputs) -> None:
    layers = inputs.network.layers
    is_plain = all(isinstance(layer, Dense) and not layer.is_parametric for layer in layers)
    activations = {layer.activation for layer in layers[:-1]}
    if not is_plain or len(activations) > 1 or inputs.loss.name != "softmax":
        raise SettingError(
            "A gradient of your own is checked on a plain network, W h + b and f, of one "
            "activation and with softmax: give the sizes of its layers instead of this model."
        )


def _check(inputs: Inputs, gradient: Parameters, rng: np.random.Generator) -> Iterator[ArrayCheck]:
    """Check each array by a direction and by entries, the last layer first."""
    objective = Objective(inputs.network, inputs.loss)
    scratch = Parameters(gradient.layout, np.float64)

    def J(parameters: Parameters) -> float:
        return objective.examples_loss(parameters, inputs.X, inputs.y, scratch)

    rounding = _rounding(inputs) / max(STEPS)
    each = [check_gradient(J, inputs.parameters, gradient, rng, step) for step in STEPS]
    checked = list(zip(gradient.layout.entries, *each, strict=True))
    for entry, *directions in sorted(checked, key=lambda one: -one[0].layer):
        along = min(direction.relative_error for direction in directions)
        worst = _worst_entry(J, inputs.parameters, gradient, entry, rng)
        noise = rounding / max(directions[0].norm, SMALLEST)
        yield ArrayCheck(
            layer=entry.layer,
            name=entry.name,
            shape=entry.shape,
            norm=directions[0].norm,
            along=along,
            worst=worst,
            noise=noise,
            is_right=all(error < TOLERANCE + noise for error in (along, worst)),  # not so of NaN
        )


def _rounding(inputs: Inputs) -> float:
    """Return how much of J is rounding: a loss is a difference of scores, however small it is."""
    scores = forward(inputs.network, inputs.parameters, inputs.X).scores
    largest = np.maximum(1, np.abs(scores).max(axis=0))
    return float(ROUNDINGS * np.finfo(np.float64).eps * largest.sum())


def _worst_entry(
    J: Callable[[Parameters], float],
    parameters: Parameters,
    gradient: Parameters,
    entry: Entry,
    rng: np.random.Generator,
) -> float:
    """Return the greatest error of single entries, relative to the array's gradient."""
    size = entry.span.stop - entry.span.start
    norm = max(float(np.linalg.norm(gradient.theta[entry.span])), SMALLEST)
    errors = []
    for place in rng.choice(size, min(size, MOST_ENTRIES), replace=False) + entry.span.start:
        slopes = [_slope(J, parameters, place, step) for step in STEPS]
        errors.append(np.abs(np.array(slopes) - gradient.theta[place]).min() / norm)
    return float(np.max(errors))


def _slope(J: Callable[[Parameters], float], parameters: Parameters, place: int, e: float) -> float:
    """Return the central difference of J by one number."""
    here, values = parameters.theta[place], []
    for moved in (here + e, here - e):
        parameters.theta[place] = moved
        values.append(J(parameters))
    parameters.theta[place] = here
    return (values[0] - values[1]) / (2 * e)
