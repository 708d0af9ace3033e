"""One flat vector and its views."""

import pickle

import numpy as np
import pytest

from deltarule.network import (
    OPTIMISERS,
    Dense,
    Layout,
    Network,
    Parameters,
    Scale,
    apply_update,
    initialise,
)

NETWORK = Network([Dense(3, 5, "tanh"), Dense(5, 7, "relu"), Dense(7, 2)])
FLOATS = [np.float32, np.float64]


def gaps(layout):
    """True wherever no array lies."""
    free = np.ones(layout.size, bool)
    for entry in layout.entries:
        free[entry.span] = False
    return free


def test_views_have_the_documents_shapes():
    parameters = Parameters(NETWORK.layout)
    assert {k: W.shape for k, W in parameters.W.items()} == {1: (5, 3), 2: (7, 5), 3: (2, 7)}
    assert {k: b.shape for k, b in parameters.b.items()} == {1: (5, 1), 2: (7, 1), 3: (2, 1)}


def test_writing_to_a_view_writes_to_theta_and_back():
    parameters = Parameters(NETWORK.layout)
    for entry in NETWORK.layout.entries:
        view = parameters[entry.layer][entry.name]
        view[:] = np.arange(view.size).reshape(view.shape) + entry.offset
        written = np.arange(view.size) + entry.offset
        np.testing.assert_array_equal(parameters.theta[entry.span], written)
    parameters.theta[:] = 3
    assert all((parameters.W[k] == 3).all() and (parameters.b[k] == 3).all() for k, _ in NETWORK)


def test_arrays_do_not_overlap():
    parameters = Parameters(NETWORK.layout)
    for entry in NETWORK.layout.entries:
        parameters.theta[entry.span] += 1
    assert parameters.theta.max() == 1
    assert parameters.theta.sum() == sum(layer.n_out * (layer.n_in + 1) for _, layer in NETWORK)


@pytest.mark.parametrize("dtype", FLOATS)
def test_every_array_starts_at_a_cache_line(dtype):
    """Whatever memory NumPy hands out: 20 allocations, all kept alive."""
    for parameters in [Parameters(NETWORK.layout, dtype) for _ in range(20)]:
        for array in (parameters.theta, *parameters.W.values(), *parameters.b.values()):
            assert array.ctypes.data % 64 == 0
            assert array.flags.c_contiguous
            assert array.dtype == dtype


@pytest.mark.parametrize("name", OPTIMISERS)
def test_gaps_stay_zero_in_training(make_problem, name):
    problem = make_problem(alpha=0.5)
    parameters, optimiser = problem.parameters, OPTIMISERS[name]()
    moments = {moment: np.zeros_like(parameters.theta) for moment in optimiser.moments}
    free = gaps(parameters.layout)
    assert free.any()
    start = parameters.theta.copy()
    for step in range(3):
        gradient = problem.gradient()
        scalars = optimiser.scalars(np.array([0.1]), np.array([step]))[0]
        apply_update(optimiser, parameters, gradient.theta, moments, scalars)
        for array in (parameters.theta, gradient.theta, *moments.values()):
            assert not array[free].any()
    assert (parameters.theta != start)[~free].all()


def test_a_copy_has_memory_of_its_own():
    original = initialise(NETWORK, seed=0)
    copy = original.copy()
    np.testing.assert_array_equal(copy.theta, original.theta)
    before = original.theta.copy()
    copy.W[1][:] = 9
    np.testing.assert_array_equal(original.theta, before)
    assert copy.theta[NETWORK.layout.entries[0].span].min() == 9


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_pickle_brings_back_views_that_write_through(dtype):
    original = initialise(NETWORK, 0, dtype)
    restored = pickle.loads(pickle.dumps(original))
    assert restored.layout == original.layout
    assert restored.dtype == dtype
    assert restored.theta.tobytes() == original.theta.tobytes()
    assert restored.theta.ctypes.data % 64 == 0
    restored.b[2][:] = 7
    assert (restored.theta == 7).sum() == 7


def test_a_pickle_holds_theta_once():
    parameters = initialise(Network.dense([200, 100, 10]), seed=0)
    assert len(pickle.dumps(parameters)) < 1.05 * parameters.theta.nbytes


def test_layouts_of_equal_networks_are_equal():
    same = Network(NETWORK.layers).layout
    assert same == NETWORK.layout
    assert hash(same) == hash(NETWORK.layout)


@pytest.mark.parametrize(
    "other",
    [
        Network([Dense(3, 5), Dense(5, 7), Dense(7, 3)]),
        Network([Dense(3, 5), Dense(5, 2)]),
        Network([Dense(3, 5, bias_rate=0.5), Dense(5, 7), Dense(7, 2)]),
        Network([Scale(3), *NETWORK.layers]),
    ],
    ids=["a shape", "the depth", "a group", "a scale"],
)
def test_layouts_differ_by(other):
    assert other.layout != NETWORK.layout


def test_the_layout_is_as_documented():
    """Layer by layer, W before b, each at the next multiple of 16 elements."""
    places = [(e.layer, e.name, e.offset) for e in NETWORK.layout.entries]
    assert places == [
        (1, "W", 0),
        (1, "b", 16),
        (2, "W", 32),
        (2, "b", 80),
        (3, "W", 96),
        (3, "b", 112),
    ]
    assert NETWORK.layout.size == 128


def test_what_each_layer_multiplies_by():
    parameters = Parameters(Network([Scale(3), Dense(3, 5, "relu"), Scale(5), Dense(5, 2)]).layout)
    shapes = {k: array.shape for k, array in parameters.weights.items()}
    assert shapes == {1: (3, 1), 2: (5, 3), 3: (5, 1), 4: (2, 5)}
    parameters.weights[3][:] = 7
    assert (parameters[3]["s"] == 7).all()
    assert (parameters.W.keys(), parameters.b.keys()) == ({2, 4}, {2, 4})


def test_an_exact_fit_leaves_no_gap():
    assert not gaps(Layout([Dense(4, 16).shapes()])).any()
