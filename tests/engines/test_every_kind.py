"""The native engine with layers of every kind: the reference's numbers, and the same bits."""

from hashlib import sha256

import numpy as np
import pytest

from deltarule.engines import ENGINES, Examples, ReferenceEngine, Steps
from deltarule.network import (
    ACTIVATIONS,
    LOSSES,
    OPTIMISERS,
    Dense,
    Embedding,
    Network,
    Objective,
    Parameters,
    Periodic,
    Scale,
    initialise,
)

native = pytest.importorskip("deltarule.engines.native", reason="the native engine is not built")
NativeEngine = native.NativeEngine

BOUND = {np.float64: 1e-12, np.float32: 2e-5}  # of weights and losses after an epoch


def of_every_kind(activation, m, width):
    """A network of 12 features, of which three are categories, one of many."""
    return Network(
        [
            Embedding(12, (0, 5, 11), (3, 1, 700), width, rate=0.5),
            Periodic(9 + 3 * width, tuple(range(9)), m, 3, rate=0.1),
            Scale(36 + 3 * width, rate=6.0),
            Dense(36 + 3 * width, 64, activation, 0.25, 0.5, 0.1, is_parametric=True, mix_rate=0.1),
            Periodic(64, (0, 63), m, 2),
            Dense(68, 40, activation, 0.25, is_parametric=True),
            Dense(40, 3),
        ]
    )


def draw_parameters(network, dtype):
    """Initial parameters, where factors and mixes are of their own, one of them zero."""
    parameters = initialise(network, 1, dtype)
    for k, layer in network:
        for name in {"s", "alpha"} & parameters[k].keys():
            parameters[k][name][:, 0] = np.linspace(-0.5, 1.5, layer.n_out)
            parameters[k][name][layer.n_out // 2] = 0
    return parameters


def problem_of_every_kind(dtype, activation="selu", m=5, width=4, n_rows=300, rule="adamw"):
    rng, network = np.random.default_rng(0), of_every_kind(activation, m, width)
    X = rng.normal(size=(n_rows, 12))
    X[:, [0, 5, 11]] = rng.integers(-1, [4, 2, 710], (n_rows, 3))
    X[3, 0], X[4, 11], X[5, 11] = np.nan, 1e30, 2.5
    examples = Examples(X.astype(dtype), rng.integers(0, 3, n_rows), rng.uniform(0.1, 2, n_rows))
    objective = Objective(network, LOSSES["softmax"], 0.3, 0.1)
    return objective, OPTIMISERS[rule](), examples, draw_parameters(network, dtype)


def run(engine, parameters, examples, batch, rate=0.01):
    """Train for one epoch in a shuffled order; return the losses."""
    n = len(examples)
    bounds = np.append(np.arange(0, n, batch), n)
    count = len(bounds) - 1
    scalars = engine.optimiser.scalars(np.full(count, rate), np.arange(count))
    moments = {name: np.zeros_like(parameters.theta) for name in engine.optimiser.moments}
    rows = np.random.default_rng(2).permutation(n)
    steps = Steps(rows, bounds, 0, np.full(count, 1 / batch), scalars)
    return engine.run(parameters, moments, examples, steps).losses


@pytest.mark.parametrize("dtype", BOUND)
@pytest.mark.parametrize("rule", OPTIMISERS)
@pytest.mark.parametrize("batch", [300, 70], ids=["one step", "an epoch"])
@pytest.mark.parametrize("isa", ["baseline", "x86-64-v3", "x86-64-v4"])
def test_every_kind_of_layer_agrees_with_the_reference(isa, batch, rule, dtype):
    objective, optimiser, examples, parameters = problem_of_every_kind(dtype, rule=rule)
    expected, rate = parameters.copy(), 1e-3
    engine = NativeEngine(objective, optimiser, seed=3, isa=isa)
    try:
        losses = run(engine, parameters, examples, batch, rate)
    except ValueError as error:
        pytest.skip(str(error))
    reference = ReferenceEngine(objective, optimiser, seed=3)
    np.testing.assert_allclose(
        losses, run(reference, expected, examples, batch, rate), rtol=BOUND[dtype]
    )
    np.testing.assert_allclose(parameters.theta, expected.theta, rtol=0, atol=BOUND[dtype])
    np.testing.assert_allclose(
        engine.predict(parameters, examples.X),
        reference.predict(expected, examples.X),
        rtol=0,
        atol=20 * BOUND[dtype],
    )


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("m", "width"), [(1, 1), (16, 8), (37, 3)])
def test_layers_of_any_width_agree_with_the_reference(m, width, activation):
    """Frequencies beside, on and beyond what the kernels hold at once; any activation in a mix."""
    objective, _, examples, parameters = problem_of_every_kind(np.float64, activation, m, width)
    results = []
    for engine_class in ENGINES:
        gradient = Parameters(parameters.layout)
        engine = engine_class(objective, seed=3)
        J = engine.loss_and_gradient(parameters, examples, np.arange(300), 0, gradient)
        results.append((J, gradient.theta))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-13)
    scale = np.abs(results[1][1]).max()
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=0, atol=1e-13 * scale)


@pytest.mark.parametrize("x", [0.0, 1e3, -1e5, 3e9, 1e17, -1e300])
def test_waves_of_large_numbers_are_those_of_the_reference_or_those_of_nothing(x):
    """As long as float64 knows the angle; beyond, bounded and the same each time."""
    network = Network([Periodic(1, (0,), 4, 2), Dense(3, 2)])
    objective, parameters = Objective(network, LOSSES["softmax"]), initialise(network, 0)
    parameters.W[2][:, 0] = 0  # x itself is not passed on
    X = np.full((3, 1), x)
    scores = NativeEngine(objective).predict(parameters, X)
    assert scores.tobytes() == NativeEngine(objective).predict(parameters, X).tobytes()
    if abs(x) <= 3e9:
        expected = ReferenceEngine(objective).predict(parameters, X)
        np.testing.assert_allclose(scores, expected, atol=1e-14 * max(1, abs(x)))
    assert np.abs(scores).max() < 3


@pytest.mark.parametrize("dtype", BOUND)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_waves_of_what_is_not_finite_are_nan(value, dtype):
    network = Network([Periodic(1, (0,), 4, 2), Dense(3, 2)])
    objective, parameters = Objective(network, LOSSES["softmax"]), initialise(network, 0, dtype)
    parameters.W[2][:, 0] = 0
    scores = NativeEngine(objective).predict(parameters, np.full((3, 1), value, dtype))
    assert np.isnan(scores).all()


@pytest.mark.parametrize("dtype", BOUND)
@pytest.mark.parametrize("rule", ["nesterov", "adamw"])
@pytest.mark.parametrize("isa", ["", "baseline"])
def test_any_number_of_threads_gives_the_same_bits_with_every_kind_of_layer(isa, rule, dtype):
    hashes = set()
    for threads in (1, 2, 3, 8):
        objective, optimiser, examples, parameters = problem_of_every_kind(
            dtype, m=16, n_rows=12_000, rule=rule
        )
        engine = NativeEngine(objective, optimiser, seed=3, n_threads=threads, isa=isa)
        losses = run(engine, parameters, examples, 600)
        gradient = Parameters(parameters.layout, dtype)
        J = engine.loss_and_gradient(parameters, examples, np.arange(12_000), 0, gradient)
        scores = engine.predict(parameters, examples.X)
        parts = (parameters.theta, losses, np.float64(J), gradient.theta, scores)
        hashes.add(sha256(b"".join(part.tobytes() for part in parts)).hexdigest())
        assert len(engine.blocks_by_thread) == threads  # the problem is worth them
    assert len(hashes) == 1


def test_a_batch_beyond_the_buffers_agrees_with_the_reference_in_every_kind_of_layer():
    n = 2 * native.CHUNK + 100
    objective, optimiser, examples, parameters = problem_of_every_kind(np.float64, n_rows=n)
    expected = parameters.copy()
    losses = run(NativeEngine(objective, optimiser, seed=3), parameters, examples, n)
    expected_losses = run(ReferenceEngine(objective, optimiser, seed=3), expected, examples, n)
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-12)
    np.testing.assert_allclose(parameters.theta, expected.theta, rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", BOUND)
@pytest.mark.parametrize("begins_with_scale", [False, True])
def test_slices_have_the_bits_of_calls_of_their_own(begins_with_scale, dtype):
    """Whatever layers leave for the weights phase is found where a slice's rows lie."""
    objective, _, examples, parameters = problem_of_every_kind(dtype, m=16, n_rows=2_000)
    if begins_with_scale:
        n = examples.X.shape[1]
        network = Network([Scale(n), Dense(n, 40, "tanh", 0.2), Dense(40, 3)])
        objective = Objective(network, objective.loss, 0.1)
        parameters = initialise(network, 0, dtype)
    rows, bounds = np.arange(2_000)[::-1], np.array([100, 601, 601, 1_300, 2_100])

    def sums(first, last, n_threads=1):
        engine = NativeEngine(objective, seed=3, n_threads=n_threads)
        gradient = Parameters(parameters.layout, dtype)
        some = rows[bounds[first] - 100 : bounds[last] - 100]
        slices = bounds[first : last + 1]
        J = engine.loss_and_gradient(parameters, examples, some, 5, gradient, slices=slices)
        return np.float64(J), gradient.theta

    each = [sums(i, i + 1) for i in range(4)]
    for whole in (sums(0, 4), sums(0, 4, n_threads=3)):
        for total, (a, b, c, d) in zip(whole, zip(*each, strict=True), strict=True):
            assert total.tobytes() == ((a + b) + (c + d)).tobytes()
