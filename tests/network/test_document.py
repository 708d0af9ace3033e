"""The code is the document: it cites its lines and equations, and taken literally they agree.

The document: "Fully Connected Neural Network", hint file of assignment 7, CSE-241N, IIT (BHU)
Varanasi, 2018. Here it is done once more with plain numbers and loops: no matrix, no NumPy.
"""

import inspect
import re
from itertools import chain
from math import exp, log, tanh
from pathlib import Path

import numpy as np
import pytest

import deltarule.network
from deltarule.network import Dense, Forward, Objective, backward, forward

SOURCES = [
    path.read_text(encoding="utf-8")
    for path in sorted(Path(deltarule.network.__file__).parent.rglob("*.py"))
]
ALGORITHM_1 = [inspect.getsource(place) for place in (forward, Forward, Dense.forward, Objective)]
ALGORITHM_2 = [inspect.getsource(place) for place in (backward, Dense.backward)]
# Eq. 3h, J_k = L(Y_k, Y-hat_k), is line 12; Eq. 13 is what it is here.
EQUATIONS = [*(f"3{letter}" for letter in "abcdefgi"), "8", *map(str, range(11, 17))]

SIZES = (3, 5, 4, 3)


def cited(what, texts):
    """The numbers after "line 8", "lines 3 and 9", "Eq. 3b, 3d"; not ranges, which hide gaps.

    A line with a year is about somebody else's equation.
    """
    number = r"\d+[a-i]?\b(?!-)"
    lines = [x for text in texts for x in text.splitlines() if not re.search(r"\b[12]\d{3}\b", x)]
    lists = re.findall(rf"{what} ({number}(?:(?:, | and ){number})*)", "\n".join(lines))
    return set(chain.from_iterable(re.findall(r"\d+[a-i]?", numbers) for numbers in lists))


@pytest.mark.parametrize("line", range(6, 14))
def test_line_of_algorithm_1_is_cited(line):
    assert str(line) in cited("[Ll]ines?", ALGORITHM_1)


@pytest.mark.parametrize("line", range(1, 12))
def test_line_of_algorithm_2_is_cited(line):
    assert str(line) in cited("[Ll]ines?", ALGORITHM_2)


@pytest.mark.parametrize("equation", EQUATIONS)
def test_equation_is_cited(equation):
    assert equation in cited(r"Eq\.", SOURCES)


def literal_forward(W, b, x):
    """Lines 6-11 of Algorithm 1 for one example x: every a(k) and h(k), as lists of numbers."""
    h, a = {0: x}, {}
    for k in range(1, 4):
        a[k] = []
        for i in range(SIZES[k]):
            a[k].append(b[k][i] + sum(W[k][i][j] * h[k - 1][j] for j in range(SIZES[k - 1])))
        h[k] = [tanh(x) for x in a[k]] if k < 3 else a[k]
    return a, h


def literal_loss(scores, label):
    """Eq. 13 and Eq. 14."""
    total = sum(exp(s) for s in scores)
    J = -log(exp(scores[label]) / total)
    return J, [exp(s) / total - (1 if i == label else 0) for i, s in enumerate(scores)]


def literal_backward(W, a, h, g):
    """Algorithm 2 for one example: the gradients of J_k by every number of W and b."""
    grad_W, grad_b = {}, {}
    for k in (3, 2, 1):
        if k < 3:
            g = [g[i] * (1 - tanh(a[k][i]) ** 2) for i in range(SIZES[k])]  # line 7, Eq. 16
        grad_b[k] = list(g)
        grad_W[k] = [[g[i] * h[k - 1][j] for j in range(SIZES[k - 1])] for i in range(SIZES[k])]
        g = [sum(W[k][i][j] * g[i] for i in range(SIZES[k])) for j in range(SIZES[k - 1])]
    return grad_W, grad_b, g


def literal_document(W, b, examples, labels):
    """J (Eq. 3i), the sums of the examples' gradients, and the last g of each example."""
    J, grad_W, grad_b, last = 0.0, {}, {}, []
    for x, label in zip(examples, labels, strict=True):
        a, h = literal_forward(W, b, x)
        J_k, g = literal_loss(h[3], label)
        W_k, b_k, g = literal_backward(W, a, h, g)
        J += J_k
        for k in (1, 2, 3):
            grad_W[k] = grad_W.get(k, 0) + np.array(W_k[k])
            grad_b[k] = grad_b.get(k, 0) + np.array(b_k[k])
        last.append(g)
    return J, grad_W, grad_b, last


@pytest.fixture(scope="module")
def problem(make_problem):
    return make_problem(SIZES, "tanh", "softmax", examples=6)


def run_algorithms(problem):
    """J, the gradients, what Algorithm 1 left, and g before and after Algorithm 2."""
    network, parameters = problem.objective.network, problem.parameters
    gradient = parameters.copy()
    done = forward(network, parameters, problem.X)
    losses, g = problem.objective.loss.value_and_gradient(done.scores, problem.y)
    return losses.sum(), gradient, done, g, backward(network, parameters, done, g, gradient)


def test_code_does_what_the_document_says_taken_literally(problem):
    parameters = problem.parameters
    W = {k: parameters.W[k].tolist() for k in (1, 2, 3)}
    b = {k: parameters.b[k].ravel().tolist() for k in (1, 2, 3)}
    expected = literal_document(W, b, problem.X.T.tolist(), problem.y.tolist())
    J, gradient, _, _, last = run_algorithms(problem)
    assert pytest.approx(expected[0], rel=1e-14) == J
    for k in (1, 2, 3):
        np.testing.assert_allclose(gradient.W[k], expected[1][k], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(gradient.b[k].ravel(), expected[2][k], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(last.T, expected[3], rtol=1e-12, atol=1e-14)


def test_gradient_of_a_score_by_the_weights_has_one_row(problem):
    """Eq. 6, and Eq. 7's first line: grad J_k is the sum over i of dJ_k/da_ik grad a_ik."""
    _, gradient, done, g, _ = run_algorithms(problem)
    total = np.zeros_like(gradient.W[3])
    for example in range(problem.X.shape[1]):
        for i in range(SIZES[3]):
            one_row = np.zeros_like(total)
            one_row[i] = done.h[2][:, example]  # h(2): the document's h(3) is an erratum
            total += g[i, example] * one_row
    np.testing.assert_allclose(gradient.W[3], total, rtol=1e-12)


def test_gradient_is_the_sum_of_outer_products_of_columns(problem):
    """Eq. 7's last line summed over the batch is Eq. 8; for every layer, not only the third."""
    _, gradient, done, g, _ = run_algorithms(problem)
    for k in (3, 2, 1):
        columns = range(problem.X.shape[1])
        outer = sum(np.outer(g[:, i], done.h[k - 1][:, i]) for i in columns)
        np.testing.assert_allclose(gradient.W[k], outer, rtol=1e-12, atol=1e-15)
        if k > 1:
            g = problem.parameters.W[k].T @ g * (1 - done.h[k - 1] ** 2)  # Eq. 11 and Eq. 12
