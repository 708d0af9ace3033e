"""Networks that change no more: the probabilities of each engine, and what they hang on."""

import pickle
import threading

import numpy as np
import pytest
from scipy.sparse import coo_matrix, csc_matrix, csr_matrix

from deltarule.engines import ENGINES, ReferenceEngine
from deltarule.errors import DataError, SettingError
from deltarule.network import LOSSES, Network, Objective, Parameters
from tests.engines.test_every_kind import of_every_kind

RNG = np.random.default_rng(0)
BOUND = {"float32": 2e-6, "float64": 1e-14}
N = 300
CASES = {"many": ("softmax", 4, 1), "several": ("softmax", 4, 3)}
CASES |= {"a pair": ("sigmoid", 1, 1), "any": ("sigmoid", 3, 1), "any of two": ("sigmoid", 3, 2)}


def drawn(network, dtype, count=1):
    networks = [Parameters(network.layout, np.dtype(dtype)) for _ in range(count)]
    for parameters in networks:
        parameters.theta[:] = RNG.normal(0, 0.3, len(parameters.theta))
    return networks


def dense(l, sizes=(20, 30, 17)):
    return Network.dense([*sizes, l], "selu", 0.2)


@pytest.mark.parametrize("dtype", BOUND)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("engine", ENGINES)
def test_probabilities_are_those_of_the_loss(engine, case, dtype):
    """Of scores by the temperature, the mean over all networks."""
    loss, l, count = CASES[case]
    objective = Objective(dense(l), LOSSES[loss])
    networks, X = drawn(objective.network, dtype, count), RNG.normal(size=(N, 20)).astype(dtype)
    temperature = 1.7 if loss == "softmax" else 1.0
    frozen = engine(objective).freeze(networks, temperature)
    scores = [ReferenceEngine(objective).predict(p, X).T / temperature for p in networks]
    expected = np.mean([LOSSES[loss].probabilities(z).T for z in scores], axis=0)
    if l == 1:
        expected = np.hstack([1 - expected, expected])
    p = frozen(X)
    assert p.dtype == dtype
    assert (frozen.n_features, frozen.n_classes) == (20, expected.shape[1])
    np.testing.assert_allclose(p, expected, rtol=0, atol=BOUND[dtype])


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("engine", ENGINES)
def test_scores_are_the_engines_of_the_first_network(engine, case, live):
    """To the bit, and before the temperature."""
    loss, l, count = CASES[case]
    objective = Objective(dense(l), LOSSES[loss])
    networks, X = drawn(objective.network, "float32", count), RNG.normal(size=(N, 20))
    X = X.astype(np.float32)
    frozen = engine(objective).freeze(networks, 1.7 if loss == "softmax" else 1.0, live=live)
    scores = np.full((N, l), np.nan, np.float32)
    assert frozen.score(X, scores)
    assert np.array_equal(scores, engine(objective).predict(networks[0], X))
    X[7, 3] = np.inf
    assert not frozen.score(X, scores)
    assert not np.isfinite(scores[7]).any()
    assert np.isfinite(np.delete(scores, 7, axis=0)).all()


@pytest.mark.parametrize("dtype", BOUND)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_kind_of_layer(engine, dtype):
    network = of_every_kind("selu", 5, 4)
    objective, networks = Objective(network, LOSSES["softmax"]), drawn(network, dtype, 2)
    X = RNG.normal(size=(N, network.n_features)).astype(dtype)
    X[:, [0, 5, 11]] = RNG.integers(-1, [4, 2, 710], (N, 3))
    expected = ReferenceEngine(objective).freeze(networks)(X)
    p = engine(objective).freeze(networks)(X)
    np.testing.assert_allclose(p, expected, rtol=0, atol=5 * BOUND[dtype])


@pytest.mark.parametrize("n_threads", [None, 1, 3])
@pytest.mark.parametrize("case", CASES)
def test_a_row_has_the_same_bits_alone_and_among_others(case, n_threads):
    loss, l, count = CASES[case]
    objective = Objective(dense(l, (200, 300, 100)), LOSSES[loss])
    engine = ENGINES[0](objective, n_threads=n_threads)
    if engine.name == "reference":
        pytest.skip("its products are the BLAS's")
    frozen = engine.freeze(drawn(objective.network, "float32", count))
    X = RNG.normal(size=(1000, 200)).astype(np.float32)
    whole = frozen(X)
    for rows in (slice(0, 1), slice(130, 137), slice(999, 1000), slice(5, 900)):
        assert np.array_equal(frozen(X[rows]), whole[rows])
    assert frozen(X[:0]).shape == (0, whole.shape[1])


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_of_any_form(engine):
    objective = Objective(dense(4), LOSSES["softmax"])
    frozen = engine(objective).freeze(drawn(objective.network, "float64"))
    X = RNG.integers(0, 3, (N, 20))
    expected = frozen(X.astype(np.float64))
    wide = np.zeros((N, 40))
    wide[:, ::2] = X
    packed = np.zeros(N, [("a", "u1"), ("b", "f8", 20)])
    packed["b"] = X
    for rows in (
        *(X.astype(dtype) for dtype in ("uint8", "float16", "float32", "int64", ">f8")),
        *(np.asfortranarray(X, np.float64), wide[:, ::2], packed["b"]),
        *(kind(X * 1.0) for kind in (csr_matrix, csc_matrix, coo_matrix)),
        X[::-1].astype(np.float64)[::-1],
    ):
        np.testing.assert_allclose(frozen(rows), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_it_stays_as_it_is(engine):
    objective = Objective(dense(4), LOSSES["softmax"])
    networks, X = drawn(objective.network, "float32"), RNG.normal(size=(N, 20))
    frozen = engine(objective).freeze(networks)
    before = frozen(X)
    networks[0].theta[:] = 0
    assert np.array_equal(frozen(X), before)
    assert np.array_equal(pickle.loads(pickle.dumps(frozen))(X), before)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_written_into(engine):
    objective = Objective(dense(4), LOSSES["softmax"])
    frozen = engine(objective).freeze(drawn(objective.network, "float32"))
    X = RNG.normal(size=(N, 20)).astype(np.float32)
    out = np.full((N, 4), np.nan, np.float32)
    assert frozen(X, out) is out
    assert np.array_equal(out, frozen(X))
    read_only = out.copy()
    read_only.flags.writeable = False
    for wrong in (
        *(np.empty((N, 3), np.float32), np.empty((N, 4)), np.empty((N, 4), np.float32, "F")),
        *(np.empty((N, 8), np.float32)[:, ::2], np.empty((N + 1, 4), np.float32), read_only),
    ):
        with pytest.raises(SettingError, match=r"out must be an array \(300, 4\) of float32"):
            frozen(X, wrong)
    for wrong in (X[:, 1:], X[0], X[None], X.astype(complex), X.astype(str), X[:0, 1:]):
        with pytest.raises(DataError, match=r"X must be an array \(n, 20\) of real numbers"):
            frozen(wrong)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_live_one_has_what_is_written(engine):
    objective = Objective(dense(4), LOSSES["softmax"])
    networks, X = drawn(objective.network, "float32"), RNG.normal(size=(N, 20)).astype(np.float32)
    live = engine(objective).freeze(networks, live=True)
    for _ in range(2):
        assert np.array_equal(live(X), engine(objective).freeze(networks)(X))
        networks[0].theta *= np.float32(0.5)


def test_a_temperature_is_positive():
    objective = Objective(dense(4), LOSSES["softmax"])
    with pytest.raises(SettingError, match="temperature must be positive, got 0"):
        ENGINES[0](objective).freeze(drawn(objective.network, "float32"), 0)


@pytest.mark.parametrize("engine", ENGINES)
def test_nan_gives_nan_and_scores_that_overflow_are_told(engine):
    objective = Objective(dense(4), LOSSES["softmax"])
    frozen = engine(objective).freeze(drawn(objective.network, "float32"))
    X, out = np.zeros((3, 20), np.float32), np.empty((3, 4), np.float32)
    assert frozen.fill(X, out)
    X[1, 2] = np.nan
    assert not frozen.fill(X, out)
    assert np.isnan(out).any(axis=1).tolist() == [False, True, False]
    X[1] = np.finfo(np.float32).max
    assert not frozen.fill(X, out)


def test_64_threads_on_one():
    objective = Objective(dense(10, (100, 128, 64)), LOSSES["softmax"])
    frozen = ENGINES[0](objective).freeze(drawn(objective.network, "float32", 2), 1.3)
    X = RNG.normal(size=(700, 100)).astype(np.float32)
    expected, wrong, ready = frozen(X), [], threading.Barrier(64)

    def predict(seed):
        rng = np.random.default_rng(seed)
        ready.wait()
        for _ in range(30):
            first = int(rng.integers(700))
            rows = slice(first, first + int(rng.choice([1, 7, 300])))
            if not np.array_equal(frozen(X[rows]), expected[rows]):
                wrong.append(rows)

    threads = [threading.Thread(target=predict, args=(seed,)) for seed in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
