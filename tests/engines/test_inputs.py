"""An engine takes X as it is: any dtype, any memory order, never written to."""

import numpy as np
import pytest

BYTES = np.random.default_rng(1).integers(0, 256, (200, 6)).astype(np.uint8)


def read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


SAME_NUMBERS = {
    "uint8": BYTES,
    "int64": BYTES.astype(np.int64),
    "float16": BYTES.astype(np.float16),
    "float32": BYTES.astype(np.float32),
    "big-endian": BYTES.astype(">f8"),
    "big-endian int16": BYTES.astype(">i2"),
    "Fortran order": np.asfortranarray(BYTES.astype(float)),
    "strided": np.repeat(np.repeat(BYTES.astype(float), 2, axis=0), 3, axis=1)[::2, ::3],
    "reversed": BYTES.astype(float)[::-1, ::-1].copy()[::-1, ::-1],
    "read-only": read_only(BYTES.astype(float)),
}


@pytest.mark.parametrize("kind", SAME_NUMBERS)
def test_any_dtype_and_memory_order_of_x_gives_the_same(make_setting, kind):
    """As a float64 copy gives, training and predicting, and X is left alone."""
    X = SAME_NUMBERS[kind]
    plain, other = make_setting(X=BYTES.astype(np.float64)), make_setting(X=X)
    expected, trained = plain.parameters(), other.parameters()
    plain.run(expected, plain.steps(4))
    other.run(trained, other.steps(4))
    np.testing.assert_allclose(trained.theta, expected.theta, rtol=1e-12)
    predicted = other.engine().predict(expected, X)
    np.testing.assert_allclose(
        predicted, plain.engine().predict(expected, plain.examples.X), rtol=1e-12
    )
    np.testing.assert_array_equal(X, BYTES)


def test_float32_parameters_compute_in_float32(make_setting):
    """X of float64 is rounded, batch by batch: the same bits as with X of float32."""
    wide = make_setting(dtype=np.float32, X=np.random.default_rng(2).normal(size=(200, 6)))
    narrow = make_setting(dtype=np.float32, X=wide.examples.X.astype(np.float32))
    trained, expected = wide.parameters(), narrow.parameters()
    wide.run(trained, wide.steps(4))
    narrow.run(expected, narrow.steps(4))
    assert trained.theta.tobytes() == expected.theta.tobytes()
    scores = wide.engine().predict(trained, wide.examples.X)
    assert scores.dtype == np.float32
    assert scores.tobytes() == narrow.engine().predict(trained, narrow.examples.X).tobytes()
