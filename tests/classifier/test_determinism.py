"""The same seed gives the same bits; float32 stays float32."""

import numpy as np
import pytest

from deltarule import MLPClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

PLANS = {
    "adam": {},
    "sgd": {"solver": "sgd", "learning_rate_init": 0.1},
    "early stopping": {"early_stopping": True},
}


def bits(model):
    """Return everything that training decides, to be compared exactly."""
    arrays = [*model.coefs_, *model.intercepts_, np.array(model.loss_curve_)]
    return b"".join(array.tobytes() for array in arrays)


def fit(data, random_state, **settings):
    return MLPClassifier((8,), max_iter=10, random_state=random_state, **settings).fit(*data)


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_same_seed_same_bits(iris, plan, dtype):
    data = iris[0].astype(dtype), iris[1]
    first, again = (bits(fit(data, 7, **PLANS[plan])) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("plan", PLANS)
def test_another_seed_other_bits(iris, plan):
    assert len({bits(fit(iris, seed, **PLANS[plan])) for seed in range(5)}) == 5


def test_no_seed_other_bits(iris):
    assert bits(fit(iris, None)) != bits(fit(iris, None))


def test_global_state_of_numpy_is_neither_used_nor_moved_by_a_seeded_fit(iris):
    np.random.seed(1)  # noqa: NPY002 - the legacy state is what this is about
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    seeded = bits(fit(iris, 3))
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
    np.random.seed(2)  # noqa: NPY002
    assert bits(fit(iris, 3)) == seeded


def test_a_random_state_is_advanced(iris):
    """Two fits from one generator differ; two generators with the same seed agree."""
    one, other = np.random.RandomState(5), np.random.RandomState(5)
    first, second = bits(fit(iris, one)), bits(fit(iris, one))
    assert first != second
    assert [bits(fit(iris, other)), bits(fit(iris, other))] == [first, second]


@pytest.mark.parametrize("seed", [0, np.int64(0), np.uint32(0)])
def test_a_seed_may_be_any_int(iris, seed):
    assert bits(fit(iris, seed)) == bits(fit(iris, 0))


def test_refit_starts_anew(iris):
    model = fit(iris, 3)
    first = bits(model)
    assert bits(model.fit(*iris)) == first


@pytest.mark.parametrize("layout", ["C", "F"])
def test_memory_layout_of_x_does_not_matter(iris, layout):
    X, y = iris
    assert bits(fit((np.array(X, order=layout), y), 3)) == bits(fit(iris, 3))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats_are_computed_in_their_own_precision(iris, dtype):
    X, y = iris[0].astype(dtype), iris[1]
    model = fit((X, y), 0)
    assert {array.dtype for array in (*model.coefs_, *model.intercepts_)} == {np.dtype(dtype)}
    for other in ("float32", "float64"):
        assert model.predict_proba(iris[0].astype(other)).dtype == dtype
        assert model.predict_log_proba(iris[0].astype(other)).dtype == dtype


@pytest.mark.parametrize("dtype", ["int32", "bool", "float16", ">f8"])
def test_other_numbers_are_computed_in_float64(iris, dtype):
    X = (iris[0] > 0).astype(dtype)
    model = fit((X, iris[1]), 0)
    assert model.coefs_[0].dtype == np.float64
    assert bits(model) == bits(fit((X.astype(float), iris[1]), 0))


def test_float32_agrees_with_float64(iris):
    X, y = iris
    single, double = fit((X.astype(np.float32), y), 0), fit((X, y), 0)
    assert single.predict_proba(X) == pytest.approx(double.predict_proba(X), abs=1e-4)
    assert single.loss_curve_ == pytest.approx(double.loss_curve_, rel=1e-4)
