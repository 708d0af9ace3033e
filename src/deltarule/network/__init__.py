"""The founding document, executable: Algorithm 1, Algorithm 2 and all they stand on.

Read in this order: :mod:`~deltarule.network.algorithms` (the two algorithms),
:mod:`~deltarule.network.layers` (their inner lines), :mod:`~deltarule.network.losses`
(Eq. 13-14), :mod:`~deltarule.network.activations` (Eq. 15-16).

Notation
--------
The document's symbols are the code's symbols. In this package a matrix is *features x batch*:
one example a column. A C-ordered ``(n_samples, n_features)`` array is, byte for byte, the
transpose of that, so ``X.T`` is the document's X and nothing is copied.

=========  ============  =================  ============================================
document   code          shape              meaning
=========  ============  =================  ============================================
X, h(0)    ``X, h[0]``   (f, b)             a batch: f features, b examples
Y          ``y``         (b,) or (l, b)     class indices 0..l-1, or a 0/1 indicator
W(k)       ``W[k]``      (n_k, n_{k-1})     weights of layer k = 1..depth
b(k)       ``b[k]``      (n_k, 1)           biases of layer k
alpha(k)   ``alpha``     (n_k, 1)           mix of layer k, where that is parametric
s(k)       ``s``         (n_k, 1)           factors of layer k, where that is a Scale
a(k)       ``a``         (n_k, b)           pre-activation of layer k
h(k)       ``h[k]``      (n_k, b)           output of layer k
Y-hat      ``scores``    (l, b)             raw scores of the l classes (logits)
J_k        ``losses``    (b,)               loss of each example
J          ``J``         scalar             the *sum* over the batch (Eq. 3i)
g          ``g``         (n_k, b)           the gradient of J, flowing back
theta      ``theta``     (p,)               all W, b and the like in one flat vector
=========  ============  =================  ============================================

The document writes l both for the number of layers (Algorithms 1 and 2) and for the number of
classes (Eq. 13). Here the number of layers is ``depth``.

This package imports NumPy only, hides nothing, does no input or output and takes its randomness
as an argument. It is written to be read; it is also the oracle of every engine.
"""

from deltarule.network.activations import ACTIVATIONS, Activation
from deltarule.network.algorithms import Forward, backward, forward
from deltarule.network.architecture import Network
from deltarule.network.gradient_check import DirectionalCheck, check_gradient
from deltarule.network.initialisers import INITIALISERS, initialise
from deltarule.network.inputs import Inputs
from deltarule.network.layers import Dense, Embedding, Layer, Periodic, Scale
from deltarule.network.losses import LOSSES, Loss, Sigmoid, Softmax
from deltarule.network.measure import (
    Measurement,
    first_overflow,
    flatness,
    measure,
    step_squares,
    typical_sizes,
)
from deltarule.network.objective import Objective
from deltarule.network.optimisers import OPTIMISERS, SGD, Adam, Optimiser, apply_update
from deltarule.network.parameters import Layout, Parameters

__all__ = [
    "ACTIVATIONS",
    "INITIALISERS",
    "LOSSES",
    "OPTIMISERS",
    "SGD",
    "Activation",
    "Adam",
    "Dense",
    "DirectionalCheck",
    "Embedding",
    "Forward",
    "Inputs",
    "Layer",
    "Layout",
    "Loss",
    "Measurement",
    "Network",
    "Objective",
    "Optimiser",
    "Parameters",
    "Periodic",
    "Scale",
    "Sigmoid",
    "Softmax",
    "apply_update",
    "backward",
    "check_gradient",
    "first_overflow",
    "flatness",
    "forward",
    "initialise",
    "measure",
    "step_squares",
    "typical_sizes",
]
