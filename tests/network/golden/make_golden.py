"""Write torch.json: losses, gradients and optimiser trajectories as PyTorch has them.

PyTorch is not a dependency of the tests; they read the file. To make it again, in an environment
that has ``torch==2.13.0`` and ``numpy``, from the root of the repository::

    python tests/network/golden/make_golden.py

Everything is float64 on the CPU, in PyTorch's orientation: one example a row.
"""

import json
from pathlib import Path

import numpy as np

SIZES = (4, 5, 6, 3)
EXAMPLES = 7
STEPS = 6


def activation_functions():
    """deltarule's names for PyTorch's functions."""
    import torch
    from torch.nn import functional

    return {
        "identity": lambda a: a,
        "tanh": torch.tanh,
        "logistic": torch.sigmoid,
        "relu": torch.relu,
        "leaky_relu": functional.leaky_relu,
        "elu": functional.elu,
        "selu": functional.selu,
        "gelu": lambda a: functional.gelu(a, approximate="tanh"),
        "silu": functional.silu,
        "mish": functional.mish,
        "softplus": functional.softplus,
    }


def optimiser_classes():
    """deltarule's names, and the constants written out, for PyTorch's optimisers."""
    from torch.optim import SGD, Adam, AdamW

    return {
        "sgd": lambda p: SGD(p, lr=0.1),
        "momentum": lambda p: SGD(p, lr=0.1, momentum=0.9),
        "nesterov": lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True),
        "adam": lambda p: Adam(p, lr=0.1, betas=(0.9, 0.999), eps=1e-8),
        "adamw": lambda p: AdamW(p, lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01),
    }


def as_lists(tensors):
    """Nested lists: JSON keeps every digit of a float64."""
    return [tensor.detach().tolist() for tensor in tensors]


def data(rng):
    """Rows, labels, a 0/1 indicator, sample weights and class weights."""
    return {
        "X": rng.normal(size=(EXAMPLES, SIZES[0])).tolist(),
        "scores": rng.normal(0, 4, (EXAMPLES, SIZES[-1])).tolist(),
        "y": rng.integers(0, SIZES[-1], EXAMPLES).tolist(),
        "indicator": rng.integers(0, 2, (EXAMPLES, SIZES[-1])).tolist(),
        "weights": rng.uniform(0, 2, EXAMPLES).tolist(),
        "class_weights": rng.uniform(0.5, 2, SIZES[-1]).tolist(),
    }


def parameters(rng):
    """W and b of each layer, scaled so that activations bend but do not saturate."""
    shapes = list(zip(SIZES[1:], SIZES[:-1], strict=True))
    return {
        "W": [rng.normal(0, 0.8, shape).tolist() for shape in shapes],
        "b": [rng.normal(0, 0.5, n_out).tolist() for n_out, _ in shapes],
    }


def losses(data):
    """Value and gradient, summed over the batch, of each way to call a loss."""
    import torch
    from torch.nn import functional

    y, weights = torch.tensor(data["y"]), torch.tensor(data["weights"], dtype=torch.float64)
    indicator = torch.tensor(data["indicator"], dtype=torch.float64)
    classes = torch.tensor(data["class_weights"], dtype=torch.float64)

    def smoothed_weighted(scores):
        each = functional.cross_entropy(scores, y, reduction="none", label_smoothing=0.1)
        return (weights * each).sum()

    def weighted_bce(scores):
        each = functional.binary_cross_entropy_with_logits(scores, indicator, reduction="none")
        return (weights[:, None] * each).sum()

    ways = {
        "softmax": lambda s: functional.cross_entropy(s, y, reduction="sum"),
        "softmax smoothed": lambda s: functional.cross_entropy(
            s, y, reduction="sum", label_smoothing=0.1
        ),
        "softmax class-weighted": lambda s: functional.cross_entropy(
            s, y, classes, reduction="sum"
        ),
        "softmax smoothed and weighted": smoothed_weighted,
        "sigmoid": lambda s: functional.binary_cross_entropy_with_logits(
            s, indicator, reduction="sum"
        ),
        "sigmoid smoothed": lambda s: functional.binary_cross_entropy_with_logits(
            s, 0.9 * indicator + 0.05, reduction="sum"
        ),
        "sigmoid weighted": weighted_bce,
    }
    answers = {}
    for name, way in ways.items():
        scores = torch.tensor(data["scores"], dtype=torch.float64, requires_grad=True)
        J = way(scores)
        J.backward()
        answers[name] = {"J": J.item(), "g": scores.grad.tolist()}
    return answers


def tensors(start):
    """Leaves to differentiate by."""
    import torch

    def leaves(arrays):
        return [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in arrays]

    return leaves(start["W"]), leaves(start["b"])


def cross_entropy_of(function, W, b, X, y):
    """The summed loss of the network."""
    from torch.nn import functional

    h = X
    for k in range(len(W)):
        a = functional.linear(h, W[k], b[k])
        h = function(a) if k < len(W) - 1 else a
    return functional.cross_entropy(h, y, reduction="sum")


def gradients(data, start):
    """The summed loss and its gradients, for each activation."""
    import torch

    answers = {}
    for name, function in activation_functions().items():
        W, b = tensors(start)
        X = torch.tensor(data["X"], dtype=torch.float64, requires_grad=True)
        J = cross_entropy_of(function, W, b, X, torch.tensor(data["y"]))
        J.backward()
        answers[name] = {
            "J": J.item(),
            "W": as_lists(w.grad for w in W),
            "b": as_lists(v.grad for v in b),
            "X": X.grad.tolist(),
        }
    return answers


def trajectories(data, start):
    """W and b after some steps on the mean loss of a tanh network. Only W decays."""
    import torch

    X, y = torch.tensor(data["X"], dtype=torch.float64), torch.tensor(data["y"])
    answers = {}
    for name, make in optimiser_classes().items():
        W, b = tensors(start)
        optimiser = make([{"params": W}, {"params": b, "weight_decay": 0.0}])
        for _ in range(STEPS):
            optimiser.zero_grad()
            (cross_entropy_of(torch.tanh, W, b, X, y) / EXAMPLES).backward()
            optimiser.step()
        answers[name] = {"W": as_lists(W), "b": as_lists(b)}
    return answers


def main():
    """Write torch.json beside this file."""
    import torch

    rng = np.random.default_rng(20180414)
    inputs, start = data(rng), parameters(rng)
    golden = {
        "torch": torch.__version__.split("+")[0],
        "rate": 0.1,
        "steps": STEPS,
        "data": inputs,
        "parameters": start,
        "losses": losses(inputs),
        "gradients": gradients(inputs, start),
        "trajectories": trajectories(inputs, start),
    }
    Path(__file__).with_name("torch.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
