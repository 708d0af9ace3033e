"""The native engine: the reference's numbers, and the same bits for any number of threads."""

from dataclasses import replace
from hashlib import sha256
from itertools import product

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from deltarule.engines import ENGINES, Examples, ReferenceEngine, Steps
from deltarule.network import (
    ACTIVATIONS,
    LOSSES,
    OPTIMISERS,
    Network,
    Objective,
    Parameters,
    Scale,
    initialise,
)

native = pytest.importorskip("deltarule.engines.native", reason="the native engine is not built")
NativeEngine = native.NativeEngine

BOUND = {np.float64: 1e-12, np.float32: 2e-5}  # of weights and losses after an epoch


# Layers, from 1, that read through a Scale, or through two.
SCALED = {"at the start": (1,), "in the middle": (2, 3), "two and two": (1, 1, 2, 2)}


def with_scales(network, places):
    """The network with a Scale before some of its layers, named by their k: as often as named."""
    layers = []
    for k, layer in network:
        layers += [Scale(layer.n_in, rate=6.0)] * places.count(k)
        layers.append(layer)
    return Network(layers)


def draw_parameters(network, seed, dtype):
    """Initial parameters, where a Scale has factors of its own, one of them zero."""
    parameters = initialise(network, seed, dtype)
    for k, layer in network:
        if isinstance(layer, Scale):
            parameters[k]["s"][:, 0] = np.linspace(-0.5, 1.5, layer.n)
            parameters[k]["s"][layer.n // 2] = 0
    return parameters


def problem(
    activation,
    loss,
    optimiser,
    dtype,
    sizes=(5, 19, 7, 3),
    n_rows=300,
    dropout=0.25,
    scaled=(),
):
    """Everything that a run needs, with weights, L2, label smoothing and dropout on."""
    rng = np.random.default_rng(0)
    network = with_scales(Network.dense(sizes, activation, dropout), scaled)
    objective = Objective(network, LOSSES[loss], 0.3, 0.1)
    shape, top = ((n_rows,), sizes[-1]) if loss == "softmax" else ((n_rows, sizes[-1]), 2)
    examples = Examples(
        rng.normal(size=(n_rows, sizes[0])).astype(dtype),
        rng.integers(0, top, shape),
        rng.uniform(0.1, 2, n_rows),
    )
    return objective, optimiser, examples, draw_parameters(network, 1, dtype)


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


def test_it_is_the_engine_in_use_where_it_is_built():
    assert [NativeEngine, ReferenceEngine] == ENGINES


@pytest.mark.parametrize("dtype", BOUND)
@pytest.mark.parametrize("rule", OPTIMISERS)
@pytest.mark.parametrize(("activation", "loss"), list(product(ACTIVATIONS, LOSSES)))
@pytest.mark.parametrize("batch", [300, 70], ids=["one step", "an epoch"])
def test_agrees_with_the_reference(activation, loss, rule, dtype, batch):
    objective, optimiser, examples, parameters = problem(
        activation, loss, OPTIMISERS[rule](), dtype
    )
    expected = parameters.copy()
    losses = run(NativeEngine(objective, optimiser, seed=3), parameters, examples, batch)
    expected_losses = run(ReferenceEngine(objective, optimiser, seed=3), expected, examples, batch)
    np.testing.assert_allclose(losses, expected_losses, rtol=BOUND[dtype])
    np.testing.assert_allclose(parameters.theta, expected.theta, rtol=0, atol=BOUND[dtype])


@pytest.mark.parametrize("dtype", BOUND)
@pytest.mark.parametrize("rule", OPTIMISERS)
@pytest.mark.parametrize("scaled", SCALED)
@pytest.mark.parametrize("batch", [300, 70], ids=["one step", "an epoch"])
def test_scales_agree_with_the_reference(scaled, rule, dtype, batch):
    """Of 300 features and 131 units: several blocks of weights share a layer, and its Scale."""
    objective, optimiser, examples, parameters = problem(
        "selu", "softmax", OPTIMISERS[rule](), dtype, (300, 131, 40, 3), scaled=SCALED[scaled]
    )
    expected = parameters.copy()
    rate = 1e-3
    losses = run(NativeEngine(objective, optimiser, seed=3), parameters, examples, batch, rate)
    expected_losses = run(
        ReferenceEngine(objective, optimiser, seed=3), expected, examples, batch, rate
    )
    np.testing.assert_allclose(losses, expected_losses, rtol=BOUND[dtype])
    np.testing.assert_allclose(parameters.theta, expected.theta, rtol=0, atol=BOUND[dtype])


@pytest.mark.parametrize("n_outputs", [1, 2, 26])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("dtype", BOUND)
def test_label_smoothing_agrees_with_the_reference(dtype, loss, n_outputs):
    """Loss and gradient, for one class, two and many."""
    objective, optimiser, examples, parameters = problem(
        "tanh", loss, None, dtype, (5, 7, n_outputs)
    )
    results = []
    for engine_class in ENGINES:
        for label_smoothing in (0.0, 0.3):
            gradient = Parameters(parameters.layout, dtype)
            smoothed = replace(objective, alpha=0.0, label_smoothing=label_smoothing)
            engine = engine_class(smoothed, optimiser, seed=3)
            J = engine.loss_and_gradient(parameters, examples, np.arange(300), 0, gradient)
            results.append((J, gradient.theta))
    for native_result, expected in zip(results[:2], results[2:], strict=True):
        scale = max(1.0, np.abs(expected[1]).max())
        assert native_result[0] == pytest.approx(expected[0], rel=BOUND[dtype], abs=BOUND[dtype])
        np.testing.assert_allclose(native_result[1], expected[1], rtol=0, atol=BOUND[dtype] * scale)
    one_class = (loss, n_outputs) == ("softmax", 1)
    assert (results[0][0] != results[1][0]) != one_class  # where there is something to smooth


@pytest.mark.parametrize("dtype", BOUND)
def test_gaps_of_theta_stay_zero(dtype):
    objective, optimiser, examples, parameters = problem(
        "tanh", "softmax", OPTIMISERS["adamw"](), dtype, scaled=(1, 2)
    )
    run(NativeEngine(objective, optimiser), parameters, examples, 70)
    used = np.zeros(parameters.layout.size, bool)
    for entry in parameters.layout.entries:
        used[entry.span] = True
    assert not used.all()
    assert not parameters.theta[~used].any()


@pytest.mark.parametrize("dtype", BOUND)
@pytest.mark.parametrize("rule", ["nesterov", "adamw"])
@pytest.mark.parametrize("isa", ["", "baseline"])
@pytest.mark.parametrize("scaled", [(), (1, 2)], ids=["plain", "scaled"])
def test_any_number_of_threads_gives_the_same_bits(scaled, rule, dtype, isa):
    """Of weights and losses; and each thread has computed blocks.

    On a busy machine one thread may take all blocks of a run before another wakes up, so runs are
    repeated until each has had its share.
    """
    hashes = set()
    for threads in (1, 2, 3, 8):
        blocks = np.zeros(threads, int)
        for _ in range(200):
            objective, optimiser, examples, parameters = problem(
                "tanh",
                "softmax",
                OPTIMISERS[rule](),
                dtype,
                (60, 300, 200, 5),
                20_000,
                scaled=scaled,
            )
            engine = NativeEngine(objective, optimiser, seed=3, n_threads=threads, isa=isa)
            losses = run(engine, parameters, examples, 600)
            hashes.add(sha256(parameters.theta.tobytes() + losses.tobytes()).hexdigest())
            blocks += engine.blocks_by_thread
            if blocks.all():
                break
        assert blocks.all()
    assert len(hashes) == 1


@pytest.mark.parametrize("factor", [-0.1, 1.1, np.nan])
def test_a_factor_on_the_dropout_is_checked_at_the_boundary(factor):
    objective, optimiser, examples, parameters = problem(
        "tanh", "softmax", OPTIMISERS["sgd"](), np.float64
    )
    engine, gradient = NativeEngine(objective, optimiser), Parameters(parameters.layout)
    with pytest.raises(ValueError, match=r"factor on the dropout must be in \[0, 1\], got"):
        engine.loss_and_gradient(parameters, examples, np.arange(9), 0, gradient, dropout=factor)


@pytest.mark.parametrize("rule", ["nesterov", "adamw"])
@pytest.mark.parametrize("scaled", [(), (1, 2), (1, 1)], ids=["plain", "scaled", "scaled twice"])
def test_a_batch_beyond_the_buffers_agrees_with_the_reference(scaled, rule):
    """Its gradient is added up chunk by chunk, dropout masks and all."""
    n = 2 * native.CHUNK + 100
    objective, optimiser, examples, parameters = problem(
        "tanh", "sigmoid", OPTIMISERS[rule](), np.float64, n_rows=n, scaled=scaled
    )
    expected = parameters.copy()
    losses = run(NativeEngine(objective, optimiser, seed=3), parameters, examples, n)
    expected_losses = run(ReferenceEngine(objective, optimiser, seed=3), expected, examples, n)
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-12)
    np.testing.assert_allclose(parameters.theta, expected.theta, rtol=0, atol=1e-12)


@pytest.mark.parametrize("isa", ["baseline", "x86-64-v3", "x86-64-v4"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", [(5, 19, 7, 3), (300, 131, 1, 3)], ids=["narrow", "wide"])
def test_every_instruction_set_agrees(activation, isa, sizes):
    objective, optimiser, examples, parameters = problem(
        activation, "softmax", OPTIMISERS["adam"](), np.float64, sizes, scaled=(1, 3)
    )
    expected = parameters.copy()
    engine = NativeEngine(objective, optimiser, seed=3, isa=isa)
    try:
        run(engine, parameters, examples, 70)
    except ValueError as error:
        pytest.skip(str(error))
    run(ReferenceEngine(objective, optimiser, seed=3), expected, examples, 70)
    np.testing.assert_allclose(parameters.theta, expected.theta, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": [0, 300]}, "Row 300 is not one of the 300 rows"),
        ({"rows": [-1]}, "Row -1 is not one of"),
        ({"y": np.full(300, 3)}, "Class index 3 is not in 0..2"),
        ({"y": np.zeros(299, int)}, "y has 299 elements, not 300"),
        ({"weights": np.ones(7)}, "weights has 7 elements, not 300"),
        ({"X": np.zeros((300, 4))}, "A row of X has 4 elements, not 5"),
    ],
)
def test_sizes_and_indices_are_checked_at_the_boundary(change, message):
    objective, optimiser, examples, parameters = problem(
        "tanh", "softmax", OPTIMISERS["sgd"](), np.float64
    )
    rows = np.array(change.get("rows", [0, 1]))
    parts = {"X": examples.X, "y": examples.y, "weights": examples.weights}
    parts |= {name: value for name, value in change.items() if name in parts}
    engine, gradient = NativeEngine(objective, optimiser), Parameters(parameters.layout)
    with pytest.raises(ValueError, match=message):
        engine.loss_and_gradient(parameters, Examples(**parts), rows, 0, gradient)


def test_without_an_optimiser_it_only_predicts():
    objective, _, examples, parameters = problem("tanh", "softmax", None, np.float64)
    engine = NativeEngine(objective)
    assert engine.predict(parameters, examples.X).shape == (300, 3)
    with pytest.raises(TypeError, match="only predict"):
        engine.update(parameters, parameters.theta.copy(), {}, OPTIMISERS["sgd"]().scalars(1.0, 0))


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sparse_rows_give_what_dense_rows_give(engine, dtype, index):
    objective, optimiser, examples, expected = problem(
        "tanh", "softmax", OPTIMISERS["adamw"](), dtype, (40, 19, 3)
    )
    dense = np.where(np.random.default_rng(3).random((300, 40)) < 0.1, examples.X, 0)
    sparse = csr_matrix(dense)
    sparse.indices, sparse.indptr = sparse.indices.astype(index), sparse.indptr.astype(index)
    parameters = expected.copy()
    run(ReferenceEngine(objective, optimiser, seed=3), expected, replace(examples, X=dense), 70)
    trained = engine(objective, optimiser, seed=3)
    run(trained, parameters, replace(examples, X=sparse), 70)
    np.testing.assert_allclose(parameters.theta, expected.theta, rtol=0, atol=BOUND[dtype])
    scores = trained.predict(parameters, sparse)
    np.testing.assert_allclose(
        scores, trained.predict(parameters, dense), rtol=1e-4, atol=BOUND[dtype]
    )


def test_a_column_beyond_a_sparse_x_is_named():
    objective, optimiser, examples, parameters = problem(
        "tanh", "softmax", OPTIMISERS["sgd"](), np.float64
    )
    X = csr_matrix(examples.X)
    X.indices[7] = 5
    with pytest.raises(ValueError, match="Row 1 of X has an element in column 5 of 5"):
        NativeEngine(objective, optimiser).predict(parameters, X)
