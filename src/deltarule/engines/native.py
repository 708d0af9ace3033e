"""The native engine: ``src/native`` behind the contract.

What is written here is conversion and nothing else: arrays in the few forms that the C++ reads, by
reference wherever they have one of them.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cython_blas
from scipy.sparse import issparse

from deltarule.engines import _native
from deltarule.engines.base import Engine, Examples, RunResult, Steps
from deltarule.engines.blas import single_threaded_blas
from deltarule.engines.frozen import Frozen
from deltarule.engines.reference import add_halves, require_readable
from deltarule.engines.threads import available_threads
from deltarule.network import (
    SGD,
    Adam,
    Dense,
    Embedding,
    Layer,
    Network,
    Objective,
    Optimiser,
    Parameters,
    Periodic,
)
from deltarule.network.arrays import Floats, Integers
from deltarule.network.optimisers import Moments, StepScalars

ENGINES = {"float32": (_native.Engine32, "sgemm"), "float64": (_native.Engine64, "dgemm")}
PREDICTORS = {"float32": (_native.Predictor32, "sgemm"), "float64": (_native.Predictor64, "dgemm")}
CHUNK: int = _native.CHUNK
BLOCK: int = _native.BLOCK  # rows, of which more than one thread can have some
READABLE = {np.dtype(name) for name in ("float32", "float64", "float16", "uint8")}
READABLE_SPARSE = {np.dtype("float32"), np.dtype("float64")}
GATHERED_ROWS = 16_384  # of an X in another form, converted at a time


class NativeEngine(Engine):
    """C++: two phases over fixed blocks, the same bits for any number of threads."""

    name: ClassVar[str] = "native"

    def __init__(
        self,
        objective: Objective,
        optimiser: Optimiser | None = None,
        *,
        seed: int = 0,
        n_threads: int | None = None,
        isa: str = "",
        profiled: bool = False,
    ) -> None:
        super().__init__(objective, optimiser, seed=seed, n_threads=n_threads)
        self._isa, self._profiled = isa, profiled
        self._cores: dict[np.dtype[Any], Any] = {}

    @classmethod
    def instruction_set(cls) -> str:
        return _native.instruction_set()

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_cores": {}}  # made again where it is needed

    def run(
        self, parameters: Parameters, moments: Moments, examples: Examples, steps: Steps
    ) -> RunResult:
        require_readable(self.objective.network, examples.X)
        if is_readable(examples.X):
            return self._run(parameters, moments, examples, steps)
        return self._run_gathered(parameters, moments, examples, steps)

    def _run(
        self, parameters: Parameters, moments: Moments, examples: Examples, steps: Steps
    ) -> RunResult:
        losses = np.zeros(len(steps))
        depth = self.objective.network.depth
        squares = np.zeros((depth, 3)) if steps.measured else None
        scalars = steps.scalars
        core = self._core(parameters)
        with quiet_blas(core):
            done, diverged = core.run(
                parameters.theta,
                list(moments.values()),
                _rows_of(examples.X),
                self._targets(examples.y),
                _doubles(examples.weights),
                _indices(steps.rows),
                _indices(steps.bounds),
                steps.first,
                _doubles(steps.scale),
                _doubles(scalars.rate),
                _doubles(scalars.epsilon),
                _doubles(scalars.decay),
                _doubles(steps.dropout),
                losses,
                None if squares is None else squares.ravel(),
                self.n_threads,
            )
        return RunResult(losses[:done], diverged, squares)

    def _run_gathered(
        self, parameters: Parameters, moments: Moments, examples: Examples, steps: Steps
    ) -> RunResult:
        """Train on an X that the C++ cannot read, a bounded number of rows at a time."""
        losses: list[Floats] = []
        squares, first = None, 0
        while first < len(steps):
            reach = steps.bounds[first] + GATHERED_ROWS
            last = max(first + 1, int(np.searchsorted(steps.bounds, reach, "right")) - 1)
            rows = steps.rows[steps.bounds[first] : steps.bounds[last]]
            part = Steps(
                np.arange(len(rows)),
                steps.bounds[first : last + 1] - steps.bounds[first],
                steps.first + first,
                steps.scale[first:last],
                steps.scalars[first:last],
                steps.measured and last == len(steps),
                None if steps.dropout is None else steps.dropout[first:last],
            )
            result = self._run(parameters, moments, take(examples, rows, parameters.dtype), part)
            losses.append(result.losses)
            squares = result.squares
            if result.diverged is not None:
                return RunResult(np.concatenate(losses), result.diverged)
            first = last
        return RunResult(np.concatenate(losses) if losses else np.zeros(0), squares=squares)

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
        require_readable(self.objective.network, examples.X)
        bounds = np.array([0, len(rows)]) if slices is None else slices
        if len(bounds) > 2 and len(rows) > CHUNK:
            return add_halves(self, parameters, examples, rows, step, gradient, dropout, bounds)
        if not is_readable(examples.X):
            examples, rows = take(examples, rows, parameters.dtype), np.arange(len(rows))
        core = self._core(parameters)
        with quiet_blas(core):
            return core.loss_and_gradient(
                parameters.theta,
                _rows_of(examples.X),
                self._targets(examples.y),
                _doubles(examples.weights),
                _indices(rows),
                _indices(bounds),
                step,
                float(dropout),
                gradient.theta,
                self.n_threads,
            )

    def update(
        self,
        parameters: Parameters,
        gradient: Floats,
        moments: Moments,
        scalars: StepScalars,
        scale: float = 1.0,
    ) -> None:
        self._core(parameters).update(
            parameters.theta,
            gradient,
            list(moments.values()),
            float(scale),
            float(scalars.rate),
            float(scalars.epsilon),
            float(scalars.decay),
            self.n_threads,
        )

    def predict(self, parameters: Parameters, X: Any) -> Floats:
        require_readable(self.objective.network, X)
        n = X.shape[0]
        scores = np.empty((n, self.objective.network.n_outputs), parameters.dtype)
        core = self._core(parameters)
        with quiet_blas(core):
            if is_readable(X):
                core.predict(parameters.theta, _rows_of(X), scores, self.n_threads)
                return scores
            for start in range(0, n, GATHERED_ROWS):
                part = slice(start, start + GATHERED_ROWS)
                rows = _rows_of(X[part].astype(parameters.dtype))
                core.predict(parameters.theta, rows, scores[part], self.n_threads)
        return scores

    def freeze(
        self, networks: Sequence[Parameters], temperature: float = 1.0, *, live: bool = False
    ) -> Frozen:
        return NativeFrozen(
            self.objective, networks, temperature, self._n_threads, live, isa=self._isa
        )

    @property
    def blocks_by_thread(self) -> list[int]:
        """Blocks of work that each thread did in the last call: for tests and profiles."""
        return next(iter(self._cores.values())).blocks_by_thread if self._cores else []

    @property
    def phase_seconds(self) -> dict[str, float]:
        """Seconds in each phase of training so far, summed over threads, if ``profiled``."""
        return next(iter(self._cores.values())).phase_seconds if self._cores else {}

    def _core(self, parameters: Parameters) -> Any:
        """Return the C++ engine for the parameters' dtype."""
        dtype = parameters.dtype
        if dtype not in self._cores:
            core, gemm = ENGINES[dtype.name]
            self._cores[dtype] = core(
                layers=_layers(self.objective.network),
                theta_size=parameters.layout.size,
                loss=self.objective.loss.name,
                alpha=float(self.objective.alpha),
                label_smoothing=float(self.objective.label_smoothing),
                seed=self.seed,
                gemm=cython_blas.__pyx_capi__[gemm],
                isa=self._isa,
                profiled=self._profiled,
                **_rule(self.optimiser),
            )
        return self._cores[dtype]

    def _targets(self, y: NDArray[Any]) -> NDArray[Any]:
        if self.objective.loss.name == "softmax":
            return _indices(y)
        return np.ascontiguousarray(y).astype(np.uint8, copy=False)


class NativeFrozen(Frozen):
    """The C++ predictor: W packed once, where it changes no more.

    What it works with stays for the next call: one row in ``dtype`` allocates nothing.
    """

    def __init__(self, *about: Any, isa: str = "") -> None:
        super().__init__(*about)
        self._isa = isa
        self._build()

    def _build(self) -> None:
        core, gemm = PREDICTORS[self.dtype.name]
        objective = self._objective
        self._core = core(
            layers=_layers(objective.network),
            theta_size=objective.network.layout.size,
            loss=objective.loss.name,
            thetas=[parameters.theta for parameters in self._networks],
            temperature=self._temperature,
            packs=not self._is_live,
            gemm=cython_blas.__pyx_capi__[gemm],
            isa=self._isa,
        )
        self._uses_blas = self._core.uses_blas

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_core"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._build()

    def fill(self, X: Any, out: Floats) -> bool:
        return self._work_off(self._core.predict, X, out)

    def score(self, X: Any, out: Floats) -> bool:
        return self._work_off(self._core.score, X, out)

    def _work_off(self, compute: Callable[..., bool], X: Any, out: Floats) -> bool:
        threads = 1 if X.shape[0] <= BLOCK else self._n_threads or available_threads()
        is_ready = type(X) is np.ndarray and X.dtype == self.dtype and X.flags.c_contiguous
        if is_ready and not self._uses_blas:
            return compute(X, out, threads)
        X = X.tocsr() if issparse(X) else X
        require_readable(self._objective.network, X)
        with quiet_blas(self._core):
            if is_readable(X):
                return compute(_rows_of(X), out, threads)
            all_finite = True
            for start in range(0, X.shape[0], GATHERED_ROWS):
                part = slice(start, start + GATHERED_ROWS)
                all_finite &= compute(_rows_of(X[part].astype(self.dtype)), out[part], threads)
        return all_finite


def quiet_blas(core: Any) -> AbstractContextManager[None]:
    """Hold the BLAS to one thread where the core leaves its products to it."""
    return single_threaded_blas() if core.uses_blas else nullcontext()


def is_readable(X: Any) -> bool:
    """Whether the C++ can read the rows of an array or a CSR matrix where they lie."""
    if issparse(X):
        return X.dtype in READABLE_SPARSE
    return X.dtype in READABLE and all(s % X.dtype.itemsize == 0 for s in X.strides)


def _rows_of(X: Any) -> Any:
    """Return X as bindings.cpp reads it: an array, or the parts of a CSR matrix."""
    return (X.data, X.indices, _indices(X.indptr), X.shape[1]) if issparse(X) else X


def take(examples: Examples, rows: Integers, dtype: np.dtype[Any]) -> Examples:
    """Return some examples, converted to ``dtype``."""
    weights = None if examples.weights is None else examples.weights[rows]
    return Examples(examples.X[rows].astype(dtype), examples.y[rows], weights)


def _doubles(values: Any) -> NDArray[np.float64] | None:
    return None if values is None else np.ascontiguousarray(values, dtype=np.float64)


def _indices(values: NDArray[Any]) -> NDArray[np.int64]:
    return np.ascontiguousarray(values, dtype=np.int64)


def _layers(network: Network) -> list[tuple[Any, ...]]:
    """Return each layer as bindings.cpp reads it: what it is, and where its arrays lie."""
    arrays: dict[int, list[tuple[int, float, bool, float]]] = {k: [] for k, _ in network}
    for entry in network.layout.entries:
        group = entry.group
        arrays[entry.layer].append(
            (entry.offset, float(group.rate_factor), group.decays, float(group.decay_factor))
        )
    return [
        (
            layer.kind,
            layer.n_in,
            layer.n_out,
            layer.activation,
            float(layer.dropout),
            isinstance(layer, Dense) and layer.is_parametric,
            *_columns(layer),
            arrays[k],
        )
        for k, layer in network
    ]


def _columns(layer: Layer) -> tuple[list[int], list[int], int, int]:
    """Return the columns that a layer reads one by one, and its sizes, n_frequencies and width."""
    match layer:
        case Periodic():
            return list(layer.columns), [], layer.n_frequencies, layer.n_outputs
        case Embedding():
            return list(layer.columns), list(layer.sizes), 0, layer.width
        case _:
            return [], [], 0, 0


def _rule(optimiser: Optimiser | None) -> dict[str, Any]:
    """Return the update rule as bindings.cpp reads it."""
    constants = {
        "rule": "none",
        "momentum": 0.0,
        "nesterov": False,
        "beta_1": 0.0,
        "beta_2": 0.0,
    }
    if isinstance(optimiser, SGD):
        chosen = {"rule": "sgd", "momentum": optimiser.momentum, "nesterov": optimiser.nesterov}
    elif isinstance(optimiser, Adam):
        chosen = {"rule": "adam", "beta_1": optimiser.beta_1, "beta_2": optimiser.beta_2}
    else:
        chosen = {}
    return constants | chosen
