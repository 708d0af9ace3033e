"""Activation functions f and their derivatives f' (line 9 of Algorithm 1, line 7 of Algorithm 2).

Each is one entry of :data:`ACTIVATIONS`. The derivative is a function of f's output ``h`` where
that is cheaper and exact (``reads="h"``: the pre-activation need not be kept), otherwise of its
input ``a``. Every function propagates NaN, forward and (but for the constant slope of identity)
back, so that a divergence is seen where it happens and never smoothed over.

To add one: add an entry. The gradient tests, the engines' tests and the PyTorch comparison pick
it up by themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from deltarule.network.arrays import Floats


@dataclass(frozen=True)
class Activation:
    """An element-wise function and its derivative.

    Parameters
    ----------
    name : str
    equation : str
        f(a) as one would write it on paper.
    value : callable
        ``value(a)`` is f(a), same shape and dtype.
    derivative : callable
        ``derivative(a)`` or ``derivative(h)`` is f'(a), as ``reads`` says.
    reads : "a" or "h"
        What ``derivative`` takes: the input of f, or its output.
    """

    name: str
    equation: str
    value: Callable[[Floats], Floats]
    derivative: Callable[[Floats], Floats]
    reads: str

    def slope(self, a: Floats, h: Floats) -> Floats:
        """Return f'(a), given both ``a`` and ``h = f(a)``."""
        return self.derivative(h if self.reads == "h" else a)


def logistic(a: Floats) -> Floats:
    """1 / (1 + e^-a), exact to the last digits at both ends: only e^-|a| <= 1 is formed."""
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, e) / (1 + e)


def softplus(a: Floats) -> Floats:
    """log(1 + e^a) without overflow."""
    return np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a)))


LEAK = 0.01  # slope of leaky_relu below zero: Maas et al. 2013; PyTorch's default

# Klambauer et al. 2017, "Self-Normalizing Neural Networks", Eq. 14.
SELU_LAMBDA = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772

# Hendrycks & Gimpel 2016, "Gaussian Error Linear Units", section 2: the tanh form. It stays within
# 5e-4 of a * Phi(a); JAX's default, PyTorch's gelu(approximate="tanh").
GELU_SCALE = 0.7978845608028654  # sqrt(2 / pi)
GELU_CUBIC = 0.044715


def _elu(a: Floats) -> Floats:
    return np.where(a > 0, a, np.expm1(np.minimum(a, 0)))


def _elu_derivative(h: Floats) -> Floats:
    return np.where(h > 0, 1, h + 1)


def _selu(a: Floats) -> Floats:
    return SELU_LAMBDA * np.where(a > 0, a, SELU_ALPHA * np.expm1(np.minimum(a, 0)))


def _selu_derivative(h: Floats) -> Floats:
    return np.where(h > 0, SELU_LAMBDA, h + SELU_LAMBDA * SELU_ALPHA)


def _gelu_tanh(a: Floats) -> Floats:
    return np.tanh(GELU_SCALE * (a + GELU_CUBIC * a**3))


def _gelu(a: Floats) -> Floats:
    return 0.5 * a * (1 + _gelu_tanh(a))


def _gelu_derivative(a: Floats) -> Floats:
    t = _gelu_tanh(a)
    return 0.5 * (1 + t) + 0.5 * a * (1 - t * t) * GELU_SCALE * (1 + 3 * GELU_CUBIC * a * a)


def _silu_derivative(a: Floats) -> Floats:
    s = logistic(a)
    return s * (1 + a * (1 - s))


def _mish_derivative(a: Floats) -> Floats:
    t = np.tanh(softplus(a))
    return t + a * (1 - t * t) * logistic(a)


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("identity", "a", lambda a: a, np.ones_like, "a"),
        # Eq. 15 and Eq. 16; the document asks for numpy.tanh by name.
        Activation("tanh", "tanh(a)", np.tanh, lambda h: 1 - h * h, "h"),
        Activation("logistic", "1 / (1 + exp(-a))", logistic, lambda h: h * (1 - h), "h"),
        # h is 0 or positive, so its sign is the derivative, with f'(0) = 0, and NaN stays NaN.
        Activation("relu", "max(0, a)", lambda a: np.maximum(a, 0), np.sign, "h"),
        Activation(
            "leaky_relu",
            "a if a > 0 else 0.01 a",
            lambda a: np.where(a > 0, a, LEAK * a),
            lambda h: np.maximum(np.sign(h), LEAK),  # 1 or LEAK, and NaN stays NaN
            "h",
        ),
        # Clevert et al. 2016, with alpha = 1.
        Activation("elu", "a if a > 0 else exp(a) - 1", _elu, _elu_derivative, "h"),
        Activation(
            "selu",
            "1.0507 a if a > 0 else 1.0507 * 1.6733 (exp(a) - 1)",
            _selu,
            _selu_derivative,
            "h",
        ),
        Activation(
            "gelu",
            "a/2 (1 + tanh(sqrt(2/pi) (a + 0.044715 a^3)))",
            _gelu,
            _gelu_derivative,
            "a",
        ),
        Activation("silu", "a / (1 + exp(-a))", lambda a: a * logistic(a), _silu_derivative, "a"),
        # Misra 2020.
        Activation(
            "mish",
            "a tanh(log(1 + exp(a)))",
            lambda a: a * np.tanh(softplus(a)),
            _mish_derivative,
            "a",
        ),
        # f'(a) = 1 / (1 + e^-a) = 1 - e^-h.
        Activation("softplus", "log(1 + exp(a))", softplus, lambda h: -np.expm1(-h), "h"),
    )
}
