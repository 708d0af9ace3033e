"""Gradients that are right are never accused; each planted mistake is named."""

import math

import numpy as np
import pytest
from sklearn.datasets import load_iris

from deltarule import MLPClassifier, TabularClassifier
from deltarule.errors import DataError, SettingError
from deltarule.insight import check_gradients
from deltarule.insight.gradients.probes import square
from deltarule.insight.gradients.slips import SLIPS, with_slips
from deltarule.network import ACTIVATIONS

X, Y = load_iris(return_X_y=True)


def tanh_network(W, b, X):
    h = {0: X}
    for k in W:
        h[k] = W[k] @ h[k - 1] + b[k]
        if k < len(W):
            h[k] = np.tanh(h[k])
    return h


def softmax(scores, axis=0):
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def one_hot(y, n):
    return np.eye(n)[y].T


def written(**parts):
    """A student's back-propagation, written without a look at ours; parts may be replaced."""

    def gradient(W, b, X, y):
        h, last = parts.get("up", tanh_network)(W, b, X), len(W)
        g = parts.get("start", lambda s, y: softmax(s) - one_hot(y, len(s)))(h[last], y)
        dW, db = {}, {}
        for k in range(last, 0, -1):
            dW[k] = parts.get("weights", lambda g, h, k: g @ h[k - 1].T)(g, h, k)
            db[k] = parts.get("bias", lambda g: g.sum(axis=1, keepdims=True))(g)
            if k > 1:
                g = parts.get("back", lambda W, g, k: W[k].T @ g)(W, g, k)
                g = parts.get("bend", lambda g, h, k: g * (1 - h[k - 1] ** 2))(g, h, k)
        return parts.get("end", lambda dW, db, X: (dW, db))(dW, db, X)

    return gradient


def without_bias(W, b, X):
    return tanh_network(W, dict.fromkeys(b, 0), X)


def scaled(factor):
    return lambda dW, db, X: tuple(
        {k: array * factor(X) for k, array in each.items()} for each in (dW, db)
    )


def square_only(W, g, k):
    return W[k] @ g if W[k].shape[0] == W[k].shape[1] else W[k].T @ g


def below(W, g, k):
    return W[k - 1].T @ g if W[k - 1].shape == W[k].shape else W[k].T @ g


def own(g, h, k):
    return g @ h[k].T if h[k].shape == h[k - 1].shape else g @ h[k - 1].T


PLANTED = {
    "one example instead of the sum over the batch": {
        "weights": lambda g, h, k: g[:, :1] @ h[k - 1][:, :1].T,
        "bias": lambda g: g[:, :1],
    },
    "only the last example counts": {
        "weights": lambda g, h, k: g[:, -1:] @ h[k - 1][:, -1:].T,
        "bias": lambda g: g[:, -1:],
    },
    "missing sum over the batch": {"bias": lambda g: g},
    "mean instead of sum": {"end": scaled(lambda X: 1 / X.shape[1])},
    "transposed product in the gradient of W": {
        "weights": lambda g, h, k: (g @ h[k - 1].T).T if len(g) == len(h[k - 1]) else g @ h[k - 1].T
    },
    "W instead of its transpose on the way back": {"back": square_only},
    "f'(h) instead of f'(a)": {"bend": lambda g, h, k: g * (1 - np.tanh(h[k - 1]) ** 2)},
    "the derivative's formula in h was given a": {
        "bend": lambda g, h, k: g * (1 - np.arctanh(h[k - 1]) ** 2)
    },
    "f' is forgotten": {"bend": lambda g, h, k: g},
    "softmax over the wrong axis": {
        "start": lambda s, y: softmax(s, axis=1) - one_hot(y, len(s))
    },
    "the 1 of the right class is not subtracted": {"start": lambda s, y: softmax(s)},
    "wrong sign": {"start": lambda s, y: one_hot(y, len(s)) - softmax(s)},
    "bias forgotten on the way up": {"up": without_bias},
    "bias forgotten on the way back": {"bias": lambda g: np.zeros((len(g), 1))},
    "h of the layer itself in the gradient of W": {
        "up": lambda W, b, X: tanh_network(W, b, X), "weights": own,
    },
    "W of the layer below on the way back": {"back": below},
    "softmax without subtracting the maximum": {
        "start": lambda s, y: np.exp(s) / np.exp(s).sum(axis=0) - one_hot(y, len(s))
    },
    "softmax with one maximum for the whole batch": {
        "start": lambda s, y: (
            np.exp(s - s.max()) / np.exp(s - s.max()).sum(axis=0) - one_hot(y, len(s))
        )
    },
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("sizes", [(4, 5, 4, 3), (3, 4, 2), (5, 4, 6, 4, 3)], ids=str)
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_named(name, sizes):
    found = check_gradients(sizes, gradient=written(**PLANTED[name]), random_state=0)
    assert [finding.name for finding in found.findings] == [name]
    assert not found.is_right
    assert found.findings[0].advice


def test_two_mistakes_are_both_named():
    gradient = written(**PLANTED["f' is forgotten"], **PLANTED["mean instead of sum"])
    found = {finding.name for finding in check_gradients(gradient=gradient).findings}
    assert found == {"f' is forgotten", "mean instead of sum"}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_an_overflow_is_seen_besides_another_mistake():
    parts = PLANTED["wrong sign"] | {
        "start": lambda s, y: one_hot(y, len(s)) - np.exp(s) / np.exp(s).sum(axis=0)
    }
    found = [finding.name for finding in check_gradients(gradient=written(**parts)).findings]
    assert found == ["wrong sign", "softmax without subtracting the maximum"]


def test_gradients_that_are_added_up_from_call_to_call_are_noticed():
    kept = {}

    def gradient(W, b, X, y):
        dW, db = written()(W, b, X, y)
        for k, array in dW.items():
            if kept.get(k, array).shape != array.shape:
                kept.clear()
            kept[k] = dW[k] = kept.get(k, 0) + array
        return dW, db

    found = check_gradients((4, 4, 4), gradient=gradient).findings
    assert found[0].name == "another result at the second call"


def test_what_takes_its_size_from_another_layer_is_noticed():
    def gradient(W, b, X, y):
        dW, db = written()(W, b, X, y)
        return {k: array * len(W[1]) / len(array) for k, array in dW.items()}, db

    found = check_gradients((4, 4, 4), gradient=gradient)
    assert [finding.name for finding in found.findings] == [
        "wrong where layers have different sizes"
    ]


def test_an_unknown_mistake_is_placed():
    def gradient(W, b, X, y):
        dW, db = written()(W, b, X, y)
        return {k: array * (1.01 if k == 2 else 1) for k, array in dW.items()}, db

    found = check_gradients((4, 5, 4, 3), gradient=gradient)
    assert found.findings[0].name == "wrong from the gradient of W of layer 2 on"
    assert found.findings[0].advice.startswith("Down to layer 3 all is right.")
    assert [array.is_right for array in found.arrays] == [True, True, False, True, True, True]


def test_a_right_gradient_is_never_accused():
    """A hundred networks drawn at random, of any depth, size and activation."""
    rng = np.random.default_rng(0)
    for trial in range(100):
        sizes = [int(n) for n in rng.integers(2, 7, rng.integers(2, 6))]
        activation = rng.choice(list(ACTIVATIONS))

        def ours(W, b, X, y, activation=activation):
            f, h, slopes = ACTIVATIONS[activation], {0: X}, {}
            for k in W:
                a = W[k] @ h[k - 1] + b[k]
                h[k] = f.value(a) if k < len(W) else a
                slopes[k] = f.slope(a, h[k])
            g, dW, db = softmax(h[len(W)]) - one_hot(y, len(b[len(W)])), [], []
            for k in range(len(W), 0, -1):
                g = g * slopes[k] if k < len(W) else g
                dW.insert(0, g @ h[k - 1].T)
                db.insert(0, g.sum(axis=1))
                g = W[k].T @ g
            return dW, db

        found = check_gradients(sizes, gradient=ours, activation=activation, random_state=trial)
        assert found.is_right, (sizes, activation, found)
        assert check_gradients(sizes, activation=activation, random_state=trial).is_right


def test_slips_differ_from_what_is_right_and_from_each_other():
    """Or a mistake would be given another one's name."""
    inputs = square("tanh", 3, seed=1)
    told = {name: with_slips(inputs, [name]) for name in SLIPS} | {"": with_slips(inputs)}
    flat = {
        name: np.concatenate([array.ravel() for each in gradients for array in each.values()])
        for name, gradients in told.items()
    }
    for name, one in flat.items():
        for other, another in flat.items():
            if name != other:
                assert np.linalg.norm(one - another) > 1e-3 * np.linalg.norm(another)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_gradients_of_models_are_right():
    mlp = MLPClassifier((5, 4), activation="silu", max_iter=3, random_state=0).fit(X, Y)
    assert check_gradients(mlp, X[:20], Y[:20]).is_right
    table = {f"x{i}": column for i, column in enumerate(X.T)} | {
        "town": np.array([f"town {i % 11}" for i in range(150)])
    }
    model = TabularClassifier(max_iter=2, n_models=2, random_state=0).fit(table, Y)
    batch = {name: column[:20] for name, column in table.items()}
    found = check_gradients(model, batch, Y[:20], network=1)
    assert found.is_right
    assert {(array.layer, array.name) for array in found.arrays} >= {
        *[(1, "E"), (2, "V"), (2, "w"), (3, "s"), (4, "W"), (4, "alpha"), (7, "b")]
    }


WRONG = {
    "nothing": (lambda *_: None, "must return two things"),
    "one thing": (lambda W, b, X, y: W, "must return two things"),
    "too few layers": (lambda W, b, X, y: ([W[1]], [b[1]]), "must be 3 arrays"),
    "layers from 0": (
        lambda W, b, X, y: ({k - 1: w for k, w in W.items()}, b),
        "must be those of the layers 1 to 3",
    ),
    "text": (lambda W, b, X, y: (["a"] * 3, ["b"] * 3), "must be arrays of numbers"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_gradient_is_refused(name):
    function, said = WRONG[name]
    with pytest.raises(DataError, match=said):
        check_gradients((4, 5, 4, 3), gradient=function)


def test_ones_own_errors_pass_through():
    with pytest.raises(ZeroDivisionError):
        check_gradients(gradient=lambda *_: 1 / 0)


def test_a_function_is_checked_on_plain_networks():
    model = TabularClassifier(max_iter=1, n_models=1, random_state=0).fit({"a": X[:, 0]}, Y)
    with pytest.raises(SettingError, match="give the sizes of its layers"):
        check_gradients(model, {"a": X[:5, 0]}, Y[:5], gradient=written())


def test_either_slope_will_do_where_there_is_none():
    """relu has no derivative at 0: this one has 1 there, ours 0."""
    a = {}

    def up(W, b, X):
        h = {0: X}
        for k in W:
            a[k] = W[k] @ h[k - 1] + b[k]
            h[k] = np.maximum(a[k], 0) if k < len(W) else a[k]
        return h

    gradient = written(up=up, bend=lambda g, h, k: g * (a[k - 1] >= 0))
    assert check_gradients((4, 5, 3), gradient=gradient, activation="relu").is_right


def test_single_precision_will_do():
    def gradient(W, b, X, y):
        W, b = ({k: v.astype(np.float32) for k, v in each.items()} for each in (W, b))
        return written()(W, b, X.astype(np.float32), y)

    assert not check_gradients((4, 5, 3), gradient=gradient).findings


def test_an_overflow_that_raises_is_one_too():
    def start(scores, y):
        e = np.array([[math.exp(s) for s in row] for row in scores])
        return e / e.sum(axis=0) - one_hot(y, len(scores))

    found = check_gradients((4, 5, 3), gradient=written(start=start)).findings
    assert [finding.name for finding in found] == ["softmax without subtracting the maximum"]


@pytest.mark.parametrize("sizes", [(4, 5, 3), (4, 3)], ids=str)
def test_biases_may_be_flat_but_not_rows(sizes):
    def gradient(W, b, X, y):
        dW, db = written()(W, b, X, y)
        return dW, {k: array.reshape(1, -1) for k, array in db.items()}

    found = check_gradients(sizes, gradient=gradient)
    (finding,) = found.findings
    assert finding.name.startswith("wrong shape in layer ")
    assert not found.is_right


def test_what_is_wrong_on_some_batches_alone_is_placed():
    """The second network that it is tried on has other labels."""
    first = square("tanh", 2, 1)

    def gradient(W, b, X, y):
        dW, db = written()(W, b, X, y)
        if X.shape == first.X.shape and not np.array_equal(X, first.X):
            dW[1] = dW[1] * 1.1
        return dW, db

    found = check_gradients((4, 5, 3), gradient=gradient).findings
    assert found[0].name == "wrong from the gradient of W of layer 1 on"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_function_is_not_checked_on_another_loss():
    model = MLPClassifier((4,), max_iter=2, random_state=0).fit(X, Y > 0)
    with pytest.raises(SettingError, match="of one activation and with softmax"):
        check_gradients(model, X[:9], Y[:9] > 0, gradient=written())


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_network_that_is_sure_is_not_accused():
    """Its gradient is below what rounding makes of the differences; and that is said."""
    model = MLPClassifier((8,), max_iter=50, random_state=0).fit(X, Y)
    some = X[[0, 1, 60, 61, 120, 121]]
    for _ in range(4):
        model.coefs_[1][:] *= 10
        found = check_gradients(model, some, model.predict(some), random_state=0)
        assert found.is_right, found
    assert any(array.is_too_small for array in found.arrays)


def test_a_function_that_writes_into_what_it_is_given_is_told_so():
    def gradient(W, b, X, y):
        dW, db = written()(W, b, X, y)
        for k in W:
            W[k] -= 0.1 * dW[k]
        return dW, db

    (found,) = check_gradients(gradient=gradient).findings
    assert found.name == "changes what it is given"
    assert "After the call W had" in found.advice


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nan_is_called_nan():
    def gradient(W, b, X, y):
        dW, db = written()(W, b, X, y)
        return {k: array / np.zeros(1) for k, array in dW.items()}, db

    (found,) = check_gradients(gradient=gradient).findings
    assert found.name == "not a number"
