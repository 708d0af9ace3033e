"""The reference engine: the maths of ``network/``, as it stands, behind the contract."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from deltarule.engines.base import Engine, Examples, RunResult, Steps
from deltarule.engines.blas import single_threaded_blas
from deltarule.engines.frozen import Frozen
from deltarule.errors import DataError
from deltarule.network import Dense, Network, Parameters, apply_update, forward, step_squares
from deltarule.network.arrays import Floats, Integers
from deltarule.network.dropout import masks
from deltarule.network.optimisers import Moments, StepScalars

CHUNK = 8192  # rows that go through the network at once; bounds the memory of large batches

SPARSE = (
    "A layer of kind {kind} reads dense rows, and X is sparse: pass X.toarray(), or begin the "
    "network with a Dense layer."
)


class ReferenceEngine(Engine):
    """NumPy, readable, on one thread. The oracle of the other engines, and the fallback."""

    name: ClassVar[str] = "reference"

    def run(
        self, parameters: Parameters, moments: Moments, examples: Examples, steps: Steps
    ) -> RunResult:
        losses = np.zeros(len(steps))
        squares = np.zeros((self.objective.network.depth, 3)) if steps.measured else None
        gradient = Parameters(parameters.layout, parameters.dtype)
        with single_threaded_blas(), np.errstate(over="ignore", invalid="ignore"):
            for i in range(len(steps)):
                if steps.scale[i] == 0:
                    continue
                losses[i] = self.loss_and_gradient(
                    parameters,
                    examples,
                    steps.batch(i),
                    steps.first + i,
                    gradient,
                    dropout=steps.dropout_factor(i),
                )
                if not np.isfinite(losses[i]):
                    return RunResult(losses[:i], diverged=float(losses[i]))
                gradient.theta *= float(steps.scale[i])
                is_measured = squares is not None and i + 1 == len(steps)
                before = parameters.copy() if is_measured else parameters
                self.update(parameters, gradient.theta, moments, steps.scalars[i])
                if is_measured:
                    squares = step_squares(before, parameters, gradient)
        return RunResult(losses, squares=squares)

    def loss_and_gradient(
        self,
        parameters: Parameters,
        examples: Examples,
        rows: Integers,
        step: int,
        gradient: Parameters,
        *,
        dropout: float = 1.0,
        slices: Integers | None = None,
    ) -> float:
        """Add up the chunks of a batch: J is a sum over examples, so its gradient is one too."""
        require_readable(self.objective.network, examples.X)
        if slices is not None and len(slices) > 2:
            return add_halves(self, parameters, examples, rows, step, gradient, dropout, slices)
        first = 0 if slices is None else int(slices[0])
        J = 0.0
        total = np.zeros_like(gradient.theta)
        with single_threaded_blas(), np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(rows), CHUNK):
                chunk = rows[start : start + CHUNK]
                X, y, weights = gather(examples, chunk, parameters.dtype)
                dropped = masks(
                    self.objective.network,
                    self.seed,
                    step,
                    len(chunk),
                    first + start,
                    parameters.dtype,
                    dropout,
                )
                J += self.objective.examples_loss(parameters, X, y, gradient, weights, dropped)
                total += gradient.theta
            gradient.theta[:] = total
            return J + self.objective.add_penalty(parameters, gradient)

    def update(
        self,
        parameters: Parameters,
        gradient: Floats,
        moments: Moments,
        scalars: StepScalars,
        scale: float = 1.0,
    ) -> None:
        if self.optimiser is None:
            raise TypeError("This engine was made without an optimiser: it can only predict.")
        if scale != 1:
            gradient = gradient * gradient.dtype.type(scale)
        apply_update(self.optimiser, parameters, gradient, moments, scalars)

    def predict(self, parameters: Parameters, X: Any) -> Floats:
        network = self.objective.network
        require_readable(network, X)
        scores = np.empty((X.shape[0], network.n_outputs), parameters.dtype)
        with single_threaded_blas(), np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(scores), CHUNK):
                rows = slice(start, start + CHUNK)
                chunk = X[rows].astype(parameters.dtype, copy=False).T
                scores[rows] = forward(network, parameters, chunk).scores.T
        return scores

    def freeze(
        self, networks: Sequence[Parameters], temperature: float = 1.0, *, live: bool = False
    ) -> Frozen:
        return ReferenceFrozen(self.objective, networks, temperature, live=live)


class ReferenceFrozen(Frozen):
    """Algorithm 1, and the loss's own probabilities, in NumPy."""

    def fill(self, X: Any, out: Floats) -> bool:
        engine, loss = ReferenceEngine(self._objective), self._objective.loss
        X = X.tocsr() if issparse(X) else X
        temperature, all_finite = out.dtype.type(self._temperature), True
        out[:] = 0
        for parameters in self._networks:
            z = engine.predict(parameters, X).T
            all_finite = all_finite and bool(np.isfinite(z).all())
            with np.errstate(invalid="ignore", over="ignore"):
                if loss.name == "softmax":
                    out += loss.probabilities(z / temperature).T
                elif self._is_pair:
                    out += np.vstack([loss.probabilities(-z), loss.probabilities(z)]).T
                else:
                    out += loss.probabilities(z).T
        out /= len(self._networks)
        return all_finite

    def score(self, X: Any, out: Floats) -> bool:
        X = X.tocsr() if issparse(X) else X
        out[:] = ReferenceEngine(self._objective).predict(self._networks[0], X)
        return bool(np.isfinite(out).all())


def add_halves(
    engine: Engine,
    parameters: Parameters,
    examples: Examples,
    rows: Integers,
    step: int,
    gradient: Parameters,
    dropout: float,
    slices: Integers,
) -> float:
    """Return the loss of two halves of the slices, added; and their gradients."""
    middle = len(slices) // 2
    other, n_first = Parameters(gradient.layout, gradient.dtype), slices[middle] - slices[0]
    halves = (
        (rows[:n_first], gradient, slices[: middle + 1]),
        (rows[n_first:], other, slices[middle:]),
    )
    J = [
        engine.loss_and_gradient(
            parameters, examples, some, step, into, dropout=dropout, slices=of_half
        )
        for some, into, of_half in halves
    ]
    gradient.theta += other.theta
    return J[0] + J[1]


def require_readable(network: Network, X: Any) -> None:
    """Refuse sparse rows where layer 1 has no product with them.

    Raises
    ------
    DataError
    """
    first = network.layers[0]
    if issparse(X) and not isinstance(first, Dense):
        raise DataError(SPARSE.format(kind=type(first).__name__))


def gather(
    examples: Examples, rows: Integers, dtype: np.dtype[Any]
) -> tuple[Any, NDArray[Any], Floats | None]:
    """Return X (f, b), y and the weights of some rows as ``network/`` wants them.

    Sparse rows stay sparse: the products of layer one are the only ones that meet them.
    """
    X = examples.X[rows].astype(dtype, copy=False).T
    weights = None if examples.weights is None else examples.weights[rows].astype(dtype, copy=False)
    return X, examples.y[rows].T, weights
